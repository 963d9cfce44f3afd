"""Photographing a paper at the kiosk: camera, a look at the picture, cutting, turning, more pages."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, Playwright, expect

from tests.browser.chromium import chromium
from tests.browser.looking import assert_well_drawn
from tests.browser.resident import Elder, Resident
from tests.browser.station import Station
from tests.builders import documents
from tests.builders.pictures import encoded

pytestmark = pytest.mark.browser


def a_file(picture: bytes) -> FilePayload:
    return {"name": "paper.jpg", "mimeType": "image/jpeg", "buffer": picture}


def a_film(file: Path) -> Path:
    """A film of one frame that repeats: a sharp paper before the camera."""
    frame = documents.photographed(documents.a_paper(3), 3).resize((1280, 960))
    file.write_bytes(encoded(frame, quality=90))
    return file


def at_the_register(resident: Resident) -> None:
    resident.find_the_allowance()
    resident.identify(Elder("沈阿妹"))
    resident.answer_the_questions()
    resident.follow("居民户口簿")


def size_of(page: Page) -> list[int]:
    """Width and height of the picture shown large, in its own pixels."""
    image = page.locator(".cutter img")
    expect(image).to_have_js_property("complete", True)
    return image.evaluate("image => [image.naturalWidth, image.naturalHeight]")


def photograph_with_the_camera(resident: Resident) -> None:
    page = resident.page
    page.get_by_role("button", name="打开摄像头拍照").click()
    expect(page.locator("[data-shoot]")).to_be_focused(timeout=20_000)
    resident.press("拍照")
    expect(page.locator(".shot")).to_have_count(1)
    expect(page.locator(".shot[data-doubtful]")).to_have_count(0)


def cut_the_lower_right_corner_off(resident: Resident) -> None:
    page = resident.page
    page.get_by_role("button", name="裁剪", exact=True).click()
    corner = page.get_by_role("button", name="右下角")
    box = page.locator("[data-over]").bounding_box()
    assert box
    corner.hover()
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.6, steps=4)
    page.mouse.up()
    corner.press("ArrowLeft")
    assert_well_drawn(page)
    resident.press("按四角裁剪")


def test_a_paper_is_photographed_cut_turned_and_gets_a_second_page(
    station: Station, new_page: Callable[..., Page], playwright: Playwright, tmp_path: Path
) -> None:
    film = a_film(tmp_path / "camera.mjpeg")
    with chromium(
        playwright,
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ) as with_camera:
        resident = Resident(new_page(with_camera), station.terminal)
        page = resident.page
        at_the_register(resident)
        photograph_with_the_camera(resident)

        page.locator(".shot__see").click()
        assert size_of(page) == [1280, 960]
        cut_the_lower_right_corner_off(resident)
        width, height = size_of(page)
        assert width < 1100 and height < 800
        resident.press("向右转")
        assert size_of(page) == [height, width]
        resident.follow("这一页好了")

        blurred = documents.blurred(documents.photographed(documents.a_paper(2), 2), 5)
        page.locator("#picture").set_input_files(a_file(encoded(blurred, quality=90)))
        expect(page.locator("[data-found]")).to_contain_text("字迹有些糊", timeout=20_000)
        resident.press("就用这张")
        expect(page.locator(".shot")).to_have_count(2)
        assert_well_drawn(page)


def test_without_a_camera_the_page_says_so_and_the_other_ways_remain(resident: Resident) -> None:
    at_the_register(resident)
    resident.page.get_by_role("button", name="打开摄像头拍照").click()
    expect(resident.page.locator("[data-off]")).to_contain_text("摄像头")
    resident.page.locator("#picture").set_input_files(
        a_file(encoded(documents.photographed(documents.a_paper(1), 1), quality=85))
    )
    expect(resident.page.locator(".shot")).to_have_count(1)
