"""Every screen of a resident at all sizes and in every look: drawn whole, large enough, accessible.

One walk for each size: a kiosk is turned on its side at every stop, a phone shows every stop by
night and in large text too.

With the environment variable SHOTS, pictures of all of them are put there to be looked at.
"""

import os
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import looking, measuring, walks
from tests.browser.looking import assert_well_drawn, keep_picture
from tests.browser.measuring import (
    FINGER,
    LARGEST,
    OLD_FINGER,
    SMALLEST,
    SMALLEST_KIOSK,
    SMALLEST_LARGE,
)
from tests.browser.resident import Resident
from tests.browser.station import Station

pytestmark = pytest.mark.browser

SIZES = {"phone": (390, 844), "tablet": (1024, 768), "kiosk": (1080, 1920)}
LEAST_TEXT = {"phone": SMALLEST, "tablet": SMALLEST, "kiosk": SMALLEST_KIOSK}

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
    page = new_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
    measuring.bring_axe(page.context)
    resident = Resident(page, station.terminal)
    found = []
    for screen in walk(resident, tmp_path / "receipt.png"):
        assert_well_drawn(page)
        camera(page, f"{size} {screen}")
        found += [f"{screen}: {each}" for each in amiss_by_day(page, size)]
        picture = partial(shoot, camera, page, size, screen)
        found += [f"{screen}, other looks: {each}" for each in LOOKS[size](page, picture)]
    assert found == []


def shoot(camera: Camera, page: Page, size: str, screen: str, look: str) -> None:
    camera(page, f"{size} {look} {screen}")


def amiss_by_day(page: Page, size: str) -> Iterator[str]:
    yield from measuring.sizes_amiss(page, target=FINGER, text=LEAST_TEXT[size])
    yield from measuring.axe_findings(page)


def amiss_in_other_looks(page: Page, picture: Callable[[str], None]) -> Iterator[str]:
    """To a screen reader, by night, in large text and in the largest."""
    yield from measuring.tree_amiss(page)
    measuring.wear(page, theme="dark")
    picture("dark")
    yield from measuring.axe_findings(page, measuring.CONTRAST)
    measuring.wear(page, size="large")
    picture("large")
    yield from measuring.axe_findings(page, measuring.CONTRAST)
    yield from measuring.sizes_amiss(page, target=OLD_FINGER, text=SMALLEST_LARGE)
    yield from looking.what_does_not_fit(page)
    measuring.wear(page, size="largest")
    picture("largest")
    yield from looking.what_does_not_fit(page)
    measuring.wear(page)


def amiss_in_large_text(page: Page, picture: Callable[[str], None]) -> Iterator[str]:
    measuring.wear(page, size="large")
    picture("large")
    yield from looking.what_does_not_fit(page)
    measuring.wear(page)


def amiss_on_its_side(page: Page, picture: Callable[[str], None]) -> Iterator[str]:
    """The same kiosk screen, 1920 pixels wide and 1080 high, in ordinary and in large text."""
    yield from amiss_in_large_text(page, picture)
    standing = page.viewport_size
    page.set_viewport_size({"width": 1920, "height": 1080})
    yield from looking.what_does_not_fit(page)
    yield from measuring.sizes_amiss(page, target=FINGER, text=SMALLEST_KIOSK)
    picture("broad")
    yield from amiss_in_large_text(page, lambda look: picture(f"broad {look}"))
    assert standing
    page.set_viewport_size(standing)


LOOKS = {
    "phone": amiss_in_other_looks,
    "tablet": amiss_in_large_text,
    "kiosk": amiss_on_its_side,
}


def test_large_text_is_chosen_and_made_larger_still(
    station: Station, new_page: Callable[..., Page]
) -> None:
    page = new_page(viewport={"width": 390, "height": 844})
    resident = Resident(page, station.terminal)
    sizes = []
    resident.open(f"/items/{walks.CODE}")
    for words in ("长辈版", "再大些"):
        resident.press(words)
        expect(page.locator(".bar__place")).to_be_visible()
        assert_well_drawn(page)
        sizes.append(page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)"))
    assert sizes[0] >= SMALLEST_LARGE
    assert round(sizes[1]) == LARGEST


@pytest.mark.parametrize("place", ["/", "/items/MZ-001/apply/questions/finances/income_sources"])
def test_home_and_a_long_question_need_no_scrolling_at_the_kiosk(
    resident: Resident, place: str
) -> None:
    resident.open("/items/MZ-001")
    resident.press("开始办理")
    resident.open(place)
    assert resident.page.evaluate("document.documentElement.scrollHeight") <= 1920


def test_long_english_words_fit_a_phone_in_every_size_of_text(
    station: Station, new_page: Callable[..., Page]
) -> None:
    page = new_page(viewport={"width": 390, "height": 844})
    resident = Resident(page, station.terminal)
    resident.open("/")
    resident.press("English")
    for screen in ("/", "/search", f"/items/{walks.CODE}", "/items/YJS-10", "/help/projects"):
        resident.open(screen)
        for size in ("", "large", "largest"):
            measuring.wear(page, size=size)
            assert looking.what_does_not_fit(page) == [], (screen, size)


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
