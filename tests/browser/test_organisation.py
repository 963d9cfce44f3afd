"""The organisation's pages in a browser: drawn well at a desk's screen and on a small one.

With the environment variable SHOTS, pictures of the screens are put there to be looked at.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from kiosk.operators import chain, departments, service
from tests.browser import looking, measuring
from tests.browser.hallway import serving
from tests.browser.looking import keep_picture
from tests.builders.clerks import PASSWORD, an_account
from tests.builders.machines import STATION, Machine

pytestmark = pytest.mark.browser

SCREENS = {
    "accounts": "/operators",
    "new account": "/operators/new",
    "account": "/operators/{clerk}",
    "departments": "/departments",
    "department": "/departments/RS",
    "new department": "/departments/new",
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
    made.within(service.create, "wang.fang", "王芳", "clerk", PASSWORD, (), ("RS", "YB"))
    made.within(chain.prove_and_keep, by="command")
    return made


@pytest.fixture
def admin(hall: Machine, new_page: Callable[..., Page]) -> Iterator[Page]:
    with serving(hall) as served:
        page = new_page(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
        measuring.bring_axe(page.context)
        page.goto(f"{served.address}/sign-in")
        page.get_by_label("账号").fill("admin")
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录", exact=True).click()
        page.address = served.address  # type: ignore[attr-defined]
        yield page
        page.goto("about:blank")


def amiss(page: Page, name: str, width: int) -> list[str]:
    shots = os.environ.get("SHOTS")
    page.set_viewport_size({"width": width, "height": 900})
    if shots:
        Path(shots).mkdir(exist_ok=True)
        keep_picture(page, Path(shots), f"{width} {name}")
    found = [
        *looking.what_does_not_fit(page),
        *looking.what_is_cut(page),
        *measuring.axe_findings(page),
    ]
    return [f"{name} at {width}: {each}" for each in found]


def test_every_screen_of_the_organisation_is_well_drawn(hall: Machine, admin: Page) -> None:
    with hall.reading() as session:
        clerk = session.query(service.Operator).filter_by(username="wang.fang").one().id
    found = []
    for name, path in SCREENS.items():
        admin.goto(admin.address + path.format(clerk=clerk))  # type: ignore[attr-defined]
        for width in (1440, 1024):
            found += amiss(admin, name, width)
    assert found == [], "\n".join(found)


def test_a_proof_says_so_on_the_screen(admin: Page) -> None:
    admin.goto(f"{admin.address}/audit")  # type: ignore[attr-defined]
    admin.get_by_role("button", name="校验链条").click()
    admin.get_by_text("链条完整").wait_for()
    assert amiss(admin, "audit proved", 1440) == []
