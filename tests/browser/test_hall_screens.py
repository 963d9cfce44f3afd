"""Every page of the hall at a desk: drawn whole, accessible, with something on it, none left out.

The pages that belong to one topic are walked in a file of their own; `hall_pages.py` says where
each is measured.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from kiosk.operators import departments
from kiosk.operators import service as operators
from tests.browser import desks, measuring
from tests.browser.drawing import templates_of
from tests.browser.hall_pages import PARTS, SHOWS
from tests.browser.hallway import serving
from tests.builders import full_halls
from tests.builders.clerks import PASSWORD, an_account
from tests.builders.machines import STATION, Machine, Pair

pytestmark = pytest.mark.browser

FIGURES = {
    "figures": "/figures",
    "statistics": "/statistics",
    "statistics by station": "/statistics?by=station",
    "statistics by department": "/statistics?by=department",
    "statistics by item": "/statistics?by=item",
    "statistics of nothing": "/statistics?item=CL-001",
    "ratings": "/ratings",
    "counters": "/counters",
    "help in numbers": "/help-service/tally",
}
CASEWORK = {
    "work list": "/desk",
    "case": "/desk/{case}",
    "versions": "/desk/{case}/versions",
    "notice": "/notices/{notice}",
    "help service": "/help-service",
    "pre-check": "/help-service/pre-checks/{pre_check}",
    "follow-ups": "/follow-ups",
}
TROUBLE = {
    "quarantine": "/quarantine",
    "quarantine of nothing": "/quarantine?reason=update",
    "entry": "/quarantine/{number}/{entry}",
    "replay": "/quarantine/{number}/{entry}/replay",
    "set aside": "/quarantine/{number}/{entry}/set-aside",
    "carriers": "/carriers",
    "carrier codes": "/carriers/{number}/codes",
    "carrier camera": "/carriers/camera",
    "rejoin": "/terminals/{number}/rejoin",
    "shut a tablet out": "/terminals/{number}/tablets/{tablet}/revoke",
    "revoke": "/terminals/{number}/revoke",
    "badge": "/operators/{staff}/badge",
    "invite": "/terminals/invite",
}


def a_page(new_page: Callable[..., Page], address: str, who: str) -> Page:
    page = new_page(reduced_motion="reduce")
    desks.at_a_desk(page, address, who)
    return page


def test_the_pages_of_figures_are_well_drawn_at_a_desk(
    a_hall: Callable[..., Machine], new_page: Callable[..., Page]
) -> None:
    hall = a_hall()
    full_halls.with_figures(hall)
    an_account(hall, "auditor")
    with serving(hall) as hallway:
        page = a_page(new_page, hallway.address, "auditor")
        found = desks.all_amiss(page, hallway, FIGURES, SHOWS["figures"])
    assert found == [], "\n".join(found)


def test_the_pages_of_cases_are_well_drawn_at_a_desk(
    small_pair: Pair, new_page: Callable[..., Page]
) -> None:
    clerk = an_account(small_pair.hall, "clerk")
    named = full_halls.with_casework(small_pair, clerk)
    with serving(small_pair.hall) as hallway:
        page = a_page(new_page, hallway.address, "clerk")
        found = desks.all_amiss(page, hallway, CASEWORK, SHOWS["cases"], **named)
    assert found == [], "\n".join(found)


def test_the_pages_of_trouble_are_well_drawn_at_a_desk_and_so_is_what_they_lead_to(
    small_pair: Pair, new_page: Callable[..., Page], tmp_path: Path
) -> None:
    hall = small_pair.hall
    with hall.writing() as session:
        departments.set_up(session, hall.parts.catalogue, "command")
    an_account(hall, "admin")
    staff = hall.within(operators.create, "zhou", "周晓梅", "staff", PASSWORD, (STATION,)).id
    named = {**full_halls.with_trouble(small_pair, tmp_path), "staff": staff}
    page = new_page(reduced_motion="reduce")
    measuring.bring_axe(page.context)
    with serving(hall) as hallway, desks.noting(hallway) as drawn:
        page.goto(f"{hallway.address}/sign-in")
        found = desks.amiss(page, "sign in")
        page.get_by_label("账号").fill("admin")
        page.get_by_label("密码").fill("wrong")
        page.get_by_role("button", name="登录", exact=True).click()
        desks.at_a_desk(page, hallway.address, "admin")
        found += desks.all_amiss(page, hallway, TROUBLE, "", **named)
        page.get_by_label("放在哪个服务站").select_option(STATION)
        page.get_by_role("button", name="生成登记码").click()
        found += desks.amiss(page, "invited")
        # What is in an entry is shown to who asks for it.
        page.goto(f"{hallway.address}/quarantine/{named['number']}/{named['entry']}")
        page.get_by_role("button", name="查看内容").click()
        expect(page.locator("#body")).to_be_visible()
        found += desks.amiss(page, "contents")
        page.goto(f"{hallway.address}/terminals/{named['number']}/replace")
        found += desks.amiss(page, "replace")
        page.goto(f"{hallway.address}/operators/new")
        page.locator("#username").fill("lin")
        page.locator("#display_name").fill("林小青")
        page.locator("#role-auditor").check(force=True)
        page.locator("main form button").last.click()
        found += desks.amiss(page, "account made")
    found += [f"no screen shows {name}" for name in {*SHOWS["trouble"].split()} - drawn]
    assert found == [], "\n".join(found)


def test_every_page_of_the_hall_is_on_a_screen_that_is_measured() -> None:
    shown = [name for names in SHOWS.values() for name in names.split()]
    assert len(shown) == len({*shown}), "a page is named twice"
    assert templates_of("hall") == {f"hall/{name}.html" for name in {*shown} | PARTS.keys()}
