"""The organisation's pages in a browser: drawn well at a desk's screen, a small one, a phone's."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from kiosk import clock
from kiosk.operators import chain, departments, service
from kiosk.operators.departments import DepartmentItem
from tests.browser import desks
from tests.browser.hall_pages import SHOWS
from tests.browser.hallway import Hallway, serving
from tests.builders import rosters
from tests.builders.clerks import PASSWORD, an_account
from tests.builders.machines import STATION, Machine

pytestmark = pytest.mark.browser

SCREENS = {
    "accounts": "/operators",
    "accounts narrowed to nothing": "/operators?q=nobody&role=clerk",
    "accounts further on": "/operators?after=0.staff.person.00000",
    "new account": "/operators/new",
    "account": "/operators/{clerk}",
    "departments": "/departments",
    "department": "/departments/RS",
    "department with an item by exception": "/departments/YB",
    "new department": "/departments/new",
    "items by exception": "/departments/items",
    "stations": "/stations",
    "audit": "/audit",
    "audit narrowed to nothing": "/audit?act=case.taken",
    "password": "/confirm?next=/terminals",
}


@pytest.fixture
def hall(a_hall: Callable[..., Machine]) -> Machine:
    made: Machine = a_hall()
    an_account(made, "admin")
    made.within(service.create, "zhou", "周晓梅", "staff", PASSWORD, (STATION, "320582100004"))
    with made.writing() as session:
        departments.set_up(session, made.parts.catalogue, "command")
        session.add_all(rosters.accounts(90))
        session.add(DepartmentItem(item="RS-001", department="YB"))
        session.add(DepartmentItem(item="XX-999", department="MZ"))
    made.within(service.create, "wang.fang", "王芳", "clerk", PASSWORD, (), ("RS", "YB"))
    made.within(chain.prove_and_keep, by="command")
    return made


@pytest.fixture
def admin(hall: Machine, new_page: Callable[..., Page]) -> Iterator[Page]:
    with serving(hall) as served:
        page = new_page(reduced_motion="reduce")
        desks.at_a_desk(page, served.address, "admin")
        page.address = served.address  # type: ignore[attr-defined]
        yield page
        page.goto("about:blank")


def test_every_screen_of_the_organisation_is_well_drawn(hall: Machine, admin: Page) -> None:
    with hall.reading() as session:
        clerk = session.query(service.Operator).filter_by(username="wang.fang").one().id
    hallway = Hallway(hall, admin.address)  # type: ignore[attr-defined]
    found = desks.all_amiss(admin, hallway, SCREENS, SHOWS["organisation"], clerk=clerk)
    assert found == [], "\n".join(found)


def test_the_longer_words_of_english_fit_into_the_lists_as_well(hall: Machine, admin: Page) -> None:
    address = admin.address  # type: ignore[attr-defined]
    with hall.writing() as session:
        session.add_all(rosters.counter_days(clock.today(), 1, 2))
    admin.goto(f"{address}/operators")
    admin.get_by_role("button", name="English").click()
    found = []
    for path in (
        "/operators",
        "/departments",
        "/departments/YB",
        "/counters",
        "/departments/items",
    ):
        admin.goto(address + path)
        found += desks.amiss(admin, f"english {path.replace('/', ' ')}")
    admin.get_by_role("button", name="Give it").click()
    admin.get_by_role("heading", name="Please put this right").wait_for()
    found += desks.amiss(admin, "english nothing given")
    assert found == [], "\n".join(found)


def test_a_proof_says_so_on_the_screen(admin: Page) -> None:
    admin.goto(f"{admin.address}/audit")  # type: ignore[attr-defined]
    admin.get_by_role("button", name="校验链条").click()
    admin.get_by_text("链条完整").wait_for()
    assert desks.amiss(admin, "audit proved") == []
