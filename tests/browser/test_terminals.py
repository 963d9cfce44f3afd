"""The terminals in a browser: drawn well, and news on the screen without anybody doing anything."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from kiosk import clock
from tests.browser import desks
from tests.browser.hall_pages import SHOWS
from tests.browser.hallway import Hallway, serving
from tests.builders import fleets
from tests.builders.clerks import an_account
from tests.builders.machines import Machine

pytestmark = pytest.mark.browser

SCREENS = {
    "list": "/terminals",
    "second page": "/terminals?after=2-200013",
    "one reason": "/terminals?why=disk",
    "wall": "/terminals?view=wall",
    "map": "/terminals?view=map",
    "one": "/terminals/200001",
    "one with a queue": "/terminals/200002",
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
        page = new_page(reduced_motion="reduce")
        desks.at_a_desk(page, served.address, "admin")
        page.hall, page.address = hall, served.address  # type: ignore[attr-defined]
        yield page
        # The stream ends with its page, and the server's thread with the stream.
        page.goto("about:blank")


def test_every_screen_of_the_terminals_is_well_drawn(admin: Page) -> None:
    hallway = Hallway(admin.hall, admin.address)  # type: ignore[attr-defined]
    found = desks.all_amiss(admin, hallway, SCREENS, SHOWS["terminals"])
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
