"""Every screen at all sizes and in every look: drawn whole, large enough, accessible, none left out.

A person comes to each screen once; there the window takes all sizes in turn, and the page by night
and in large text too. With the environment variable SHOTS, pictures of all of them are put there to
be looked at.
"""

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import looking, measuring, premises, walks
from tests.browser.drawing import Drawing, templates_of
from tests.browser.looking import assert_well_drawn, keep_picture
from tests.browser.measuring import LARGEST, SMALLEST_LARGE
from tests.browser.premises import Premises
from tests.browser.resident import Resident
from tests.browser.sizes import amiss_on
from tests.browser.station import Station
from tests.browser.ways import NOT_MEASURED, SHOWS, WAYS, Place

pytestmark = pytest.mark.browser

Camera = Callable[[str, Page, str], None]


@pytest.fixture
def here(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Premises]:
    with premises.opened(tmp_path, migrated_sqlite) as opened:
        yield opened


@pytest.fixture
def camera() -> Camera | None:
    """Takes a picture of a screen; without SHOTS there is none, which saves time."""
    asked_for = os.environ.get("SHOTS")
    if not asked_for:
        return None
    folder = Path(asked_for)
    folder.mkdir(parents=True, exist_ok=True)
    return lambda screen, page, look: keep_picture(page, folder, f"{look} {screen}")


@pytest.mark.parametrize("way", WAYS)
def test_every_screen_is_well_drawn(
    here: Premises,
    new_page: Callable[..., Page],
    camera: Camera | None,
    tmp_path: Path,
    way: str,
) -> None:
    def somebody() -> Resident:
        page = new_page(reduced_motion="reduce")
        measuring.bring_axe(page.context)
        return Resident(page, here.hallway.address)

    drawing = Drawing(here.terminal.app)
    kinds: set[frozenset[str]] = set()
    found = []
    for page, screen, sizes in WAYS[way](Place(here, somebody, tmp_path)):
        made_of = frozenset(drawing.of(page))
        picture = partial(camera, screen) if camera else None
        amiss = amiss_on(page, sizes, picture, is_like_another=made_of in kinds)
        found += [f"{screen}, {each}" for each in amiss]
        kinds.add(made_of)
    assert found == [], "\n".join(found)
    assert SHOWS[way] - frozenset().union(*kinds) == set()


def test_every_template_is_on_a_screen_that_is_measured() -> None:
    shown = set().union(*SHOWS.values())
    assert templates_of("terminal", "shared") == shown | NOT_MEASURED.keys()
    assert sum(map(len, SHOWS.values())) == len(shown), "a template is named twice"


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


def test_home_and_a_long_question_need_no_scrolling_at_the_kiosk(resident: Resident) -> None:
    page, height = resident.page, "document.documentElement.scrollHeight"
    resident.open("/items/MZ-001")
    resident.press("开始办理")
    resident.open("/items/MZ-001/apply/questions/finances/income_sources")
    assert page.evaluate(height) <= 1920
    resident.open("/")
    assert page.evaluate(height) <= 1920
    page.set_viewport_size({"width": 1920, "height": 1080})
    for size in ("", "large"):
        measuring.wear(page, size=size)
        assert page.evaluate(height) <= 1080, size


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
