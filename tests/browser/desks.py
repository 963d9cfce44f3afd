"""Pages of the hall as people there have them: on two sizes of desk screens, and on a phone.

With the environment variable SHOTS, pictures of all that is looked at are put there. Neighbours:
`looking.py` and `measuring.py` have the measures, `sizes.py` those of a terminal's screens.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import template_rendered
from playwright.sync_api import Page

from tests.browser import looking, measuring
from tests.browser.hallway import Hallway
from tests.builders.clerks import PASSWORD

#: The widths at which a page is measured, the one that people work at last.
PHONE, SMALL, DESK = 390, 1024, 1440
#: CSS pixels that a control has on a phone: WCAG 2.2, 2.5.8, since many stand in rows of tables.
LEAST = 24


def at_a_desk(page: Page, address: str, username: str) -> None:
    """Sign in at the hall at `address` with the common password."""
    page.set_viewport_size({"width": DESK, "height": 900})
    measuring.bring_axe(page.context)
    page.goto(f"{address}/sign-in")
    page.get_by_label("账号").fill(username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url(lambda url: not url.endswith("/sign-in"))


@contextmanager
def noting(hallway: Hallway) -> Iterator[set[str]]:
    """The names of the hall's page templates that are drawn meanwhile, without their folder."""
    drawn: set[str] = set()

    def note(_app: object, template: Any, **_more: object) -> None:
        drawn.add(template.name.removeprefix("hall/").removesuffix(".html"))

    with template_rendered.connected_to(note, hallway.terminal.app):
        yield drawn


def all_amiss(
    page: Page, hallway: Hallway, screens: Mapping[str, str], shows: str, **named: str
) -> list[str]:
    """Open each of these addresses; what is wrong there, and which templates were not drawn."""
    found = []
    with noting(hallway) as drawn:
        for name, path in screens.items():
            page.goto(hallway.address + path.format(**named))
            found += amiss(page, name)
    return [*found, *(f"no screen shows {name}" for name in sorted({*shows.split()} - drawn))]


def amiss(page: Page, name: str, *, axe: bool = True) -> list[str]:
    """Return what is wrong with the open page, each with its name and the width.

    Of a phone layout and sizes of controls alone; axe looks once, for its rules know no width.
    """
    found: list[str] = []
    for width in (PHONE, SMALL, DESK):
        page.set_viewport_size({"width": width, "height": 900})
        wrong = amiss_on_a_phone(page) if width == PHONE else looking.what_does_not_fit(page)
        if axe and width == DESK:
            wrong += measuring.axe_findings(page)
        if shots := os.environ.get("SHOTS"):
            Path(shots).mkdir(exist_ok=True)
            looking.keep_picture(page, Path(shots), f"{width} {name}")
        found += [f"{name} at {width}: {each}" for each in wrong]
    return found


def amiss_on_a_phone(page: Page) -> list[str]:
    """Return what is wrong with the open page, whose window has a phone's width already."""
    # What somebody typed may be longer than a line of a phone; it is there to be moved.
    wrong = [each for each in looking.what_does_not_fit(page) if "INPUT.in hides" not in each]
    small: list[str] = page.evaluate(measuring.SMALL_TARGETS, LEAST)
    return [*wrong, *small]
