"""Scanners that type, cameras that are refused, and what the browser itself reads."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from kiosk.receipts import qr
from tests.browser.chromium import chromium
from tests.browser.resident import Resident
from tests.browser.station import Station
from tests.builders.pictures import camera_frame, encoded, qr_code

pytestmark = pytest.mark.browser

ITEM = qr.payload("item", "MZ-006")
TOKEN = qr.payload("receipt", "ABCDEFGHIJKLMNOPQRSTUVWXY2")
HANDOFF = "http://192.168.3.7:8200/h#3K7M9QPT"
# Longer than the page waits before it searches for what stands in the box.
SEARCHED = "new Promise((done) => setTimeout(done, 200))"
OWN_READER = """
window.BarcodeDetector = class {
  static async getSupportedFormats() { return ["qr_code"]; }
  async detect() { return [{ rawValue: "%s" }]; }
};
"""
# The camera of the tests has no lamp.
LAMP = """
MediaStreamTrack.prototype.getCapabilities = () => ({ torch: true });
MediaStreamTrack.prototype.applyConstraints = async (wanted) => { window.lamp = wanted.advanced[0].torch; };
"""


@pytest.fixture(scope="module")
def with_camera(
    playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """A browser whose camera sees two codes, for whoever may use it."""
    film = tmp_path_factory.mktemp("film") / "camera.mjpeg"
    seen = camera_frame(qr_code("https://example.org/"), qr_code(ITEM))
    film.write_bytes(encoded(seen.convert("RGB"), quality=85))
    with chromium(
        playwright,
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ) as running:
        yield running


def test_a_usb_scanner_is_heard_wherever_the_cursor_is_but_in_a_text_box(
    resident: Resident,
) -> None:
    page = resident.page
    resident.open("/")
    page.get_by_role("link", name="查进度").focus()
    with page.expect_navigation():
        page.keyboard.type(ITEM)
        page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("这是一个服务事项")
    assert page.url == resident.address + "/scan"

    resident.open("/")
    page.get_by_role("searchbox").focus()
    with page.expect_navigation():
        page.keyboard.type("gaoling")
        page.keyboard.press("Enter")
    assert page.url.endswith("/search?q=gaoling")


def test_what_a_usb_scanner_types_into_a_search_is_in_no_address(resident: Resident) -> None:
    page = resident.page
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.on("framenavigated", lambda frame: addresses.append(frame.url))
    for path, code, title in (
        ("/", TOKEN, "这是受理凭证"),
        ("/", HANDOFF, "这是续办码"),
        ("/search", TOKEN, "这是受理凭证"),
        ("/search?q=gaoling", HANDOFF, "这是续办码"),
    ):
        resident.open(path)
        page.get_by_role("searchbox").fill("")
        page.get_by_role("searchbox").press_sequentially(code)
        page.evaluate(SEARCHED)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text(title)
        assert page.url == resident.address + "/scan"
    assert not [url for url in addresses for part in (TOKEN[7:30], HANDOFF[-8:]) if part in url]


def test_what_a_person_types_slowly_outside_of_a_box_is_no_scan(resident: Resident) -> None:
    resident.open("/")
    resident.page.locator("main").focus()
    resident.page.keyboard.type("JSB1.I", delay=200)
    resident.page.keyboard.press("Enter")
    assert resident.page.url == resident.address + "/"


def test_a_camera_that_is_not_allowed_is_named_with_the_other_ways(
    station: Station, new_page: Callable[..., Page], with_camera: Browser
) -> None:
    somebody = Resident(new_page(with_camera), station.terminal)
    somebody.open("/scan")
    hint = somebody.page.locator("[data-hint]")
    expect(hint).to_have_text("这里没有允许使用摄像头。 请用扫码枪、选择图片，或在下面输入编码。")
    expect(somebody.page.locator("video")).to_be_hidden()


def test_the_camera_sees_two_codes_and_a_person_chooses(
    station: Station, new_page: Callable[..., Page], with_camera: Browser
) -> None:
    somebody = Resident(new_page(with_camera, permissions=["camera"]), station.terminal)
    somebody.open("/scan")
    expect(somebody.page.locator("h1")).to_contain_text("要用哪一个", timeout=15_000)
    somebody.page.get_by_role("button", name="用这个").first.click()
    expect(somebody.page.locator("h1")).to_have_text("这是一个服务事项")


@pytest.mark.parametrize(("word", "asked"), [(ITEM, 0), ("第一号窗口", 1)])
def test_the_browsers_own_reader_is_believed_where_it_cannot_be_wrong(
    station: Station, new_page: Callable[..., Page], with_camera: Browser, word: str, asked: int
) -> None:
    page = new_page(with_camera, permissions=["camera"])
    page.add_init_script(OWN_READER % word)
    frames: list[str] = []
    page.on("request", lambda request: frames.append(request.url))
    page.goto(f"{station.terminal}/scan")
    # The film holds two codes: the server finds both, the reader above says one.
    expected = "要用哪一个" if asked else "这是一个服务事项"
    expect(page.locator("h1")).to_contain_text(expected, timeout=15_000)
    assert bool([url for url in frames if url.endswith("/api/v1/scan")]) == bool(asked)


def test_a_camera_with_a_lamp_has_a_button_for_it(
    station: Station, new_page: Callable[..., Page], with_camera: Browser
) -> None:
    page = new_page(with_camera, permissions=["camera"])
    page.add_init_script(LAMP)
    # No frame is answered while the button is tried.
    page.route("**/api/v1/scan", lambda route: None)
    page.goto(f"{station.terminal}/scan")
    button = page.get_by_role("button", name="补光")
    for on in (True, False):
        button.click()
        expect(button).to_have_attribute("aria-pressed", str(on).lower())
        assert page.evaluate("window.lamp") is on
