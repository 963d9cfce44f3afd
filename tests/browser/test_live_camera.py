"""The live camera of the scan page, fed with a film of what would be held before it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Playwright, expect

from tests.browser.chromium import chromium
from tests.browser.resident import Elder, Resident
from tests.browser.station import Station
from tests.builders.pictures import camera_frame, encoded

pytestmark = pytest.mark.browser


def a_film(of: Path, file: Path) -> Path:
    """A film of one frame that repeats: the picture held before a camera, a little turned."""
    with Image.open(of) as picture:
        code = picture.convert("L").resize((380, 380), Image.Resampling.BILINEAR)
    held = code.rotate(8, Image.Resampling.BICUBIC, expand=True, fillcolor=190)
    file.write_bytes(encoded(camera_frame(held).convert("RGB"), quality=85))
    return file


def test_the_camera_reads_the_code_of_a_receipt_and_a_person_confirms_it(
    station: Station,
    resident: Resident,
    new_page: Callable[..., Page],
    playwright: Playwright,
    tmp_path: Path,
) -> None:
    number = resident.apply(Elder("孙金妹"))
    code = resident.take_a_picture_of_the_code(tmp_path / "receipt.png")
    film = a_film(code, tmp_path / "camera.mjpeg")
    with chromium(
        playwright,
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ) as with_camera:
        somebody = Resident(new_page(with_camera), station.terminal)
        somebody.open("/scan")
        expect(somebody.page.locator("h1")).to_have_text("这是受理凭证", timeout=15_000)
        assert number not in somebody.text()
        somebody.press("查看进度")
        assert number in somebody.text()


def test_without_a_camera_the_page_says_so_and_the_other_ways_remain(resident: Resident) -> None:
    resident.open("/scan")
    expect(resident.page.locator("[data-hint]")).to_contain_text("这台机器没有摄像头。")
    expect(resident.page.get_by_label("用扫码枪对准二维码")).to_be_focused()
    resident.page.keyboard.type("JSB1.I.MZ-006")
    resident.page.keyboard.press("Enter")
    expect(resident.page.locator("h1")).to_contain_text("这")
