"""All ways through the screens, in groups that are walked apart, and the templates each must show.

A template that stands nowhere here is on no screen that is measured, which a guard in
`test_screens.py` finds; what stands here and is not drawn on the way, the walk itself finds. Each
is named once, though others may draw it too. Neighbours: `walks.py`, `rarer.py` and `staffed.py`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from tests.browser import rarer, staffed, walks
from tests.browser.premises import Premises
from tests.browser.resident import Resident
from tests.browser.sizes import ALL, KIOSK

#: A page that is open, the name of the screen, and the windows it is looked at in.
Stop = tuple[Page, str, tuple[str, ...]]


@dataclass(frozen=True)
class Place:
    """Where people come to the screens: `somebody` opens a browser for one more of them."""

    premises: Premises
    somebody: Callable[[], Resident]
    folder: Path


def reading(place: Place) -> Iterator[Stop]:
    """Everything before an application is begun."""
    for way in (walks.through_the_doors, walks.through_mistakes):
        yield from stops(place.somebody(), way)
    for rarer_way in (rarer.through_codes, rarer.through_places):
        yield from stops(place.somebody(), rarer_way, place.premises)


def applying(place: Place) -> Iterator[Stop]:
    """Every type of question, one whole application, and its progress by its receipt."""
    yield from stops(place.somebody(), walks.through_other_questions)
    resident, code = place.somebody(), place.folder / "receipt.png"
    yield from stops(resident, walks.through_an_application)
    resident.take_a_picture_of_the_code(code)
    resident.press("办好了，清除并退出")
    yield from stops(resident, walks.through_progress, code)


def afterwards(place: Place) -> Iterator[Stop]:
    """What the hall has decided, what staff do, and a form that changed meanwhile."""
    for way in (
        rarer.through_decisions,
        rarer.through_the_staffs,
        rarer.through_a_form_that_changed,
    ):
        yield from stops(place.somebody(), way, place.premises)


def elsewhere(place: Place) -> Iterator[Stop]:
    """A form on a phone, seen from both sides, and what only a kiosk shows."""
    for way in (rarer.through_a_loan, rarer.through_endings):
        for side, screen in way(place.somebody(), place.somebody()):
            yield side.page, screen, ALL
    kiosk = place.somebody()
    for screen in rarer.at_a_kiosk(kiosk, place.premises):
        yield kiosk.page, screen, KIOSK


def serving(place: Place) -> Iterator[Stop]:
    """A station with staff: its counter, its cases, its help, its tablets."""
    station = staffed.staffed(place.premises, place.somebody(), place.somebody())
    for way in (
        staffed.at_the_counter,
        staffed.at_the_cases,
        staffed.at_the_help,
        staffed.at_a_pre_check,
        staffed.at_the_tablets,
    ):
        for side, screen, windows in way(station):
            yield side.page, screen, windows


def carrying(place: Place) -> Iterator[Stop]:
    """A station without a line: its queue goes by a stick or by codes."""
    station = staffed.staffed(place.premises, place.somebody(), place.somebody())
    for side, screen, windows in staffed.at_the_carriers(station):
        yield side.page, screen, windows


def stops(resident: Resident, way: Callable[..., Iterator[str]], *given: object) -> Iterator[Stop]:
    for screen in way(resident, *given):
        yield resident.page, screen, ALL


WAYS = {
    "reading": reading,
    "applying": applying,
    "afterwards": afterwards,
    "elsewhere": elsewhere,
    "serving": serving,
    "carrying": carrying,
}

#: By the way on which it must be drawn, the names of the templates in each folder.
_SHOWS = {
    "reading": {
        "shared": """
            banners base bundle case controls error fields icons keypad receipt street tasks
        """,
        "terminal": """
            apply_layout browse bundle bundles clearing credential credential_scan device_own guide
            help help_list help_parts help_projects home identify layout medical_insurance nearest
            paper phone_claim precheck prechecked progress_ask scan scanned scanned_several scanning
            search section_parts sign_in station styleguide styleguide_part
        """,
    },
    "applying": {
        "terminal": """
            began certificate check list material materials no_camera phone_code picture
            picture_parts progress question receipt sign supply withdraw
        """,
    },
    "afterwards": {
        "shared": "backup calls",
        "terminal": "bundle_progress changed correcting late rating section staff",
    },
    "elsewhere": {
        "terminal": "attract kiosk kiosk_end phone phone_done phone_elsewhere phone_has_it",
    },
    "serving": {
        "shared": "help_story help_tally versions",
        "terminal": """
            again ahead ahead_ask casework counter help_banner help_begin help_new help_now
            help_record help_tally helpdesk pair remarks screen staff_nav tablet_code tablet_parts
            tablet_revoke tablets ticket versions visit_new visits work work_words
        """,
    },
    "carrying": {"shared": "carrying", "terminal": "carrier carrier_camera carrier_codes"},
}
SHOWS = {
    way: {f"{folder}/{name}.html" for folder, names in folders.items() for name in names.split()}
    for way, folders in _SHOWS.items()
}

#: Templates that no screen of these ways shows, each with its reason.
NOT_MEASURED = {
    "terminal/tablet.html": "an app that needs a paired browser: `test_tablet_offline.py` measures it",
    "terminal/tablet_form.html": "no page: its parts are put into the tablets' app and measured there",
}
