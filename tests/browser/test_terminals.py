"""The terminals in a browser: drawn well, and news on the screen without anybody doing anything.

With the environment variable SHOTS, pictures of the screens are put there to be looked at.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from kiosk import clock
from tests.browser import looking, measuring
from tests.browser.hallway import serving
from tests.browser.looking import keep_picture
from tests.builders import fleets
from tests.builders.clerks import PASSWORD, an_account
from tests.builders.machines import Machine

pytestmark = pytest.mark.browser

SCREENS = {
    "list": "/terminals",
    "second page": "/terminals?after=2-200013",
    "one reason": "/terminals?why=disk",
    "wall": "/terminals?view=wall",
    "map": "/terminals?view=map",
    "one": "/terminals/200001",
    "pause": "/terminals/200001/pause",
    "ask": "/terminals/200001/ask",
    "resume": "/terminals/200005/resume",
}


@pytest.fixture
def admin(a_hall: Callable[..., Machine], new_page: Callable[..., Page]) -> Iterator[Page]:
    hall = a_hall()
    an_account(hall, "admin")
    fleets.a_fleet(hall, well=40)
    with serving(hall) as served:
        page = new_page(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
        measuring.bring_axe(page.context)
        page.goto(f"{served.address}/sign-in")
        page.get_by_label("账号").fill("admin")
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录", exact=True).click()
        page.hall, page.address = hall, served.address  # type: ignore[attr-defined]
        yield page
        # The stream ends with its page, and the server's thread with the stream.
        page.goto("about:blank")


def test_every_screen_of_the_terminals_is_well_drawn(admin: Page) -> None:
    shots, found = os.environ.get("SHOTS"), []
    for name, path in SCREENS.items():
        admin.goto(admin.address + path)  # type: ignore[attr-defined]
        for width in (1440, 1024):
            admin.set_viewport_size({"width": width, "height": 900})
            if shots:
                Path(shots).mkdir(exist_ok=True)
                keep_picture(admin, Path(shots), f"{width} {name}")
            amiss = [
                *looking.what_does_not_fit(admin),
                *looking.what_is_cut(admin),
                *measuring.axe_findings(admin),
            ]
            found += [f"{name} at {width}: {each}" for each in amiss]
    assert found == [], "\n".join(found)


def test_a_state_is_on_the_screen_soon_after_the_truth_without_a_reload(admin: Page) -> None:
    admin.goto(f"{admin.address}/terminals?why=well")  # type: ignore[attr-defined]
    first = admin.locator("[data-number='200013']")
    expect(first).to_contain_text("正常")
    admin.evaluate("window.stays = true")
    hall: Machine = admin.hall  # type: ignore[attr-defined]
    fleets.changed(hall, "200013", last_seen=clock.now(), reported_pending=5)
    # Two heartbeats are half a minute; what is pushed comes at once.
    expect(first).to_have_count(0, timeout=12_000)
    admin.goto(f"{admin.address}/terminals?q=200013")  # type: ignore[attr-defined]
    expect(first).to_contain_text("正在传送，还有 5 条")
    admin.evaluate("window.stays = true")
    fleets.changed(hall, "200013", last_seen=clock.now(), reported_pending=0)
    expect(first).to_contain_text("正常，全部送达", timeout=12_000)
    assert admin.evaluate("window.stays") is True
