"""Every screen of a resident at the three sizes: no error, no sideways scroll, Chinese drawn.

With the environment variable SHOTS, pictures of all of them are put there to be looked at.
"""

import os
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import looking, walks
from tests.browser.looking import assert_well_drawn, keep_picture
from tests.browser.resident import Resident
from tests.browser.station import Station

pytestmark = pytest.mark.browser

SIZES = {"phone": (390, 844), "tablet": (1024, 768), "kiosk": (1080, 1920)}


Camera = Callable[[Page, str], None]


@pytest.fixture
def camera() -> Camera:
    """Takes a picture of a screen; without SHOTS it has no film, which saves time."""
    asked_for = os.environ.get("SHOTS")
    if not asked_for:
        return lambda _page, _name: None
    folder = Path(asked_for)
    folder.mkdir(parents=True, exist_ok=True)
    return lambda page, name: keep_picture(page, folder, name)


@pytest.mark.parametrize("size", SIZES)
def test_every_screen_is_well_drawn(
    station: Station, new_page: Callable[..., Page], camera: Camera, tmp_path: Path, size: str
) -> None:
    width, height = SIZES[size]
    page = new_page(viewport={"width": width, "height": height})
    resident = Resident(page, station.terminal)
    code = tmp_path / "receipt.png"
    for screen in walk(resident, code):
        assert_well_drawn(page)
        camera(page, f"{size} {screen}")


@pytest.mark.parametrize(
    "screen", ["/", "/search", f"/items/{walks.CODE}", "/progress", "/scan", "/nowhere"]
)
def test_large_text_still_fits_a_phone(
    station: Station, new_page: Callable[..., Page], camera: Camera, screen: str
) -> None:
    page = new_page(viewport={"width": 390, "height": 844})
    resident = Resident(page, station.terminal)
    resident.open(screen)
    resident.press("长辈版")
    assert page.locator("html").get_attribute("data-mode") == "care"
    expect(page.locator(".bar__place")).to_be_visible()
    assert_well_drawn(page)
    camera(page, f"phone large text {screen}")


@pytest.mark.parametrize("place", ["/", "/items/MZ-001/apply/questions/finances/income_sources"])
def test_home_and_a_long_question_need_no_scrolling_at_the_kiosk(
    resident: Resident, place: str
) -> None:
    resident.open("/items/MZ-001")
    resident.press("开始办理")
    resident.open(place)
    assert resident.page.evaluate("document.documentElement.scrollHeight") <= 1920


def test_the_search_is_not_cut_in_english_on_a_phone(
    station: Station, new_page: Callable[..., Page]
) -> None:
    page = new_page(viewport={"width": 390, "height": 844})
    resident = Resident(page, station.terminal)
    for screen in ("/", "/search"):
        resident.open(screen)
        if screen == "/":
            resident.press("English")
        assert looking.what_is_cut(page) == []


def walk(resident: Resident, code: Path) -> Iterator[str]:
    yield from chain(
        walks.through_the_doors(resident),
        walks.through_mistakes(resident),
        walks.through_other_questions(resident),
        walks.through_an_application(resident),
    )
    resident.take_a_picture_of_the_code(code)
    resident.press("办好了，清除并退出")
    yield from walks.through_progress(resident, code)
