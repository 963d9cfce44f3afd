"""The kiosk in its hallway: nobody stays, the next person finds nothing, and whoever types is helped."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.browser.chromium import chromium
from tests.browser.hallway import Hallway, serving
from tests.browser.resident import CODE, Elder, Resident
from tests.browser.test_leaving import pages_behind, storage
from tests.browser.waiting import wait_until
from tests.builders.machines import Machine

pytestmark = pytest.mark.browser

ELDER = Elder("周秀珍", phone="13862270099")
NOTHING = {"local": {}, "session": {}, "cookies": "", "caches": [], "databases": [], "workers": 0}


@pytest.fixture(scope="module")
def hallway(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Hallway]:
    """A terminal with a kiosk."""
    folder = tmp_path_factory.mktemp("hallway")
    shutil.copy(migrated_sqlite, folder / "terminal.db")
    terminal = Machine.made("terminal", folder)
    with serving(terminal) as running:
        yield running
    terminal.close()


@pytest.fixture(autouse=True)
def patient(hallway: Hallway) -> None:
    """The kiosk waits as long as people need until a test says otherwise."""
    hallway.set(idle_seconds=60, warning_seconds=30, attract_seconds=45)


@pytest.fixture(scope="module")
def as_people_have_it(playwright: Playwright) -> Iterator[Browser]:
    """A browser that freezes pages for Back."""
    with chromium(playwright, keeps_left_pages=True) as running:
        yield running


def begin(resident: Resident) -> None:
    resident.open(f"/items/{CODE}")
    resident.press("开始办理")


def test_a_kiosk_left_alone_asks_then_wipes_everything_and_back_shows_nothing(
    hallway: Hallway, new_page: Callable[..., Page], as_people_have_it: Browser
) -> None:
    page = new_page(as_people_have_it)
    resident = hallway.at_the_kiosk(page)
    begin(resident)
    resident.identify(ELDER)
    resident.choose("80至89周岁")
    page.evaluate("localStorage.left = sessionStorage.left = '周秀珍'")
    page.evaluate("caches.open('left')")
    hallway.set(idle_seconds=1)
    page.reload()
    expect(page.get_by_role("alertdialog")).to_contain_text("您还在吗")
    page.get_by_role("button", name="我还在").click()
    expect(page.get_by_role("alertdialog")).to_be_hidden()
    assert hallway.drafts == 1

    hallway.set(idle_seconds=1, warning_seconds=1)
    page.reload()
    page.wait_for_url(f"{hallway.address}/")
    assert hallway.drafts == 0
    assert storage(page) == NOTHING
    assert {cookie["name"] for cookie in page.context.cookies()} <= {"device", "terminal_session"}
    assert page.context.request.get(f"{hallway.address}/items/{CODE}/apply/check").status == 404
    secrets = (ELDER.name, ELDER.id_number, ELDER.phone)
    pages = list(pages_behind(page))
    assert len(pages) >= 3
    for content in pages:
        assert not [secret for secret in secrets if secret in content]


def test_the_way_out_in_the_frame_wipes_at_once_and_also_while_the_server_is_away(
    hallway: Hallway, browser: Browser
) -> None:
    # A page whose console may complain that the server does not answer.
    page = browser.new_page(viewport={"width": 1080, "height": 1920}, locale="zh-CN")
    resident = hallway.at_the_kiosk(page)
    begin(resident)
    page.get_by_label("姓名").fill(ELDER.name)
    page.route("**/end", lambda route: route.abort("connectionrefused"))
    page.get_by_role("button", name="结束并清除", exact=True).click()
    expect(page.get_by_text("屏幕上的内容已全部清除")).to_be_visible()
    assert ELDER.name not in page.content() and hallway.drafts == 1
    page.unroute("**/end")
    page.wait_for_url(f"{hallway.address}/")
    assert hallway.drafts == 0
    page.close()


def test_a_browser_without_caches_that_forbids_its_storage_is_wiped_all_the_same(
    hallway: Hallway, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    # As over http at an address of the local network, in a browser that keeps nothing.
    page.add_init_script(
        "delete window.caches; delete Window.prototype.caches;"
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no'); } });"
    )
    resident = hallway.at_the_kiosk(page)
    begin(resident)
    page.get_by_label("姓名").fill(ELDER.name)
    assert page.evaluate("'caches' in window") is False
    page.get_by_role("button", name="结束并清除", exact=True).click()
    page.wait_for_url(f"{hallway.address}/")
    assert hallway.drafts == 0


def test_pictures_come_while_nobody_is_there_without_a_line_and_end_with_the_first_touch(
    hallway: Hallway, new_page: Callable[..., Page]
) -> None:
    hallway.set(attract_seconds=1)
    page = new_page(reduced_motion="reduce")
    hallway.at_the_kiosk(page)
    page.get_by_role("searchbox").fill("低保")
    page.context.set_offline(True)
    pictures = page.locator("[data-attract]")
    expect(pictures).to_be_visible()
    expect(page.get_by_role("searchbox")).to_have_value("")
    slide = page.locator(".attract__slide_on")
    assert slide.evaluate("(it) => getComputedStyle(it).transitionDuration") == "0s"
    # Where the first door lies underneath.
    page.mouse.click(280, 900)
    expect(pictures).to_be_hidden()
    assert page.url == f"{hallway.address}/"
    page.context.set_offline(False)


def keys(page: Page, signs: str) -> None:
    for sign in signs:
        page.locator(f'[data-board] [data-skbtn="{sign}"]').click()


def test_the_keyboard_writes_names_in_pinyin_and_offers_no_words_for_numbers(
    hallway: Hallway, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    resident = hallway.at_the_kiosk(page)
    board, strip = page.locator("[data-board]"), page.locator(".board__strip")
    resident.open("/search")
    expect(board).to_be_hidden()
    page.get_by_role("searchbox").click()
    keys(page, "zlj")
    expect(page.locator("[data-hits]")).to_contain_text("尊老金")
    begin(resident)
    name, number = page.get_by_label("姓名"), page.get_by_label("公民身份号码")
    name.click()
    keys(page, "zhouxiu")
    for word in ("周", "秀"):
        strip.get_by_text(word, exact=True).first.click()
    keys(page, "zhen")
    strip.get_by_text("珍", exact=True).click()
    expect(name).to_have_value("周秀珍")
    page.locator('[data-board] [data-skbtn="{done}"]').click()
    expect(number).to_be_focused()
    keys(page, "32X")
    expect(number).to_have_value("32X")
    expect(strip).to_be_hidden()
    box, keyboard = number.bounding_box(), board.bounding_box()
    assert box and keyboard and box["y"] + box["height"] < keyboard["y"]
    key = page.locator('[data-board] [data-skbtn="5"]').bounding_box()
    assert key and min(key["width"], key["height"]) >= 60
    resident.press("下一步")
    expect(board).to_be_hidden()


_VOICE = """
window.said = [];
speechSynthesis.getVoices = () => [{ lang: "zh-CN", localService: true }];
speechSynthesis.speak = (utterance) => window.said.push(utterance.text);
window.SpeechSynthesisUtterance = function (text) { this.text = text; };
"""


def test_a_page_is_read_aloud_where_there_is_a_voice_and_nothing_that_was_entered(
    hallway: Hallway, new_page: Callable[..., Page]
) -> None:
    silent, page = new_page(), new_page()
    silent.goto(f"{hallway.address}/items/{CODE}")
    expect(silent.get_by_role("button", name="朗读")).to_be_hidden()
    page.add_init_script(_VOICE)
    resident = Resident(page, hallway.address)
    begin(resident)
    page.get_by_label("姓名").fill(ELDER.name)
    page.get_by_role("button", name="朗读").click()
    said = " ".join(wait_until(lambda: page.evaluate("window.said")))
    assert "身份证上的18位号码" in said and ELDER.name not in said
