"""The pages of redress, bundles and releases at a desk: drawn whole, large enough, by axe too."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from kiosk import clock
from kiosk.cases import afterwards, desk, redress_steps, redressing, service
from kiosk.cases.model import Case, Rating
from kiosk.cases.redress_steps import Entered
from kiosk.cases.redressing import Redress
from kiosk.hall import releasing, staging
from tests.browser import desks
from tests.browser.hall_pages import SHOWS
from tests.browser.hallway import serving
from tests.builders.bundles import a_bundle
from tests.builders.cases import PROMISED_ITEM, a_case_at, a_submission
from tests.builders.clerks import an_account
from tests.builders.machines import STATION, Pair
from tests.builders.releases import released, renamed, with_field

pytestmark = pytest.mark.browser

WORDS = "让我跑了三次，每次都说缺材料，没有一次说清楚。"


def a_bad_rating(pair: Pair, clerk: str) -> str:
    """One of a real case, contacted; and others of the last weeks around it. Its id."""
    case_id = a_case_at(pair.terminal, a_submission(pair.terminal, PROMISED_ITEM)).case_id
    pair.settle()
    for verb in ("accept", "approve"):
        pair.hall.within(desk.decide, pair.hall.parts, case_id, verb, "decider")
    pair.settle()
    tags = ["repeated", "unclear"]
    pair.terminal.within(afterwards.rate, pair.terminal.parts, case_id, 1, tags, WORDS)
    pair.settle()
    with pair.hall.reading() as session:
        redress = session.scalars(select(Redress.id)).one()
    contacted = Entered("已电话联系，居民在家", "", True)
    pair.hall.within(redress_steps.take, pair.hall.parts, redress, "contact", clerk, contacted)
    for days in range(3, 15):
        then = clock.now() - timedelta(days=days)
        with clock.use(lambda then=then: then), pair.hall.writing() as session:
            rating = Rating(
                **{"terminal_id": "t", "entry_id": str(days), "station_code": STATION},
                **{"item": f"MZ-00{days % 5 + 1}", "grade": days % 2 + 1, "tags": '["slow"]'},
            )
            redressing.open_for(session, rating, str(days))
    return redress


def bundles_of(pair: Pair) -> dict[str, str]:
    """A bundle that goes on, and one that waits for its result."""
    found = {}
    for name in ("open", "decided"):
        submission = a_bundle(pair.terminal, "YJS-04", "RS-011", "RS-017").submission()
        made = pair.terminal.within(service.submit, pair.terminal.parts, submission, name)
        found[name] = made.case_id
    pair.settle()
    with pair.hall.reading() as session:
        cases = session.scalars(select(Case.id).where(Case.bundle_id == found["decided"])).all()
    for case in cases:
        for verb in ("accept", "approve"):
            pair.hall.within(desk.decide, pair.hall.parts, case, verb, "clerk")
    return found


def releases_of(pair: Pair, admin: str) -> dict[str, str]:
    """A current release, and a newer one that one station has ahead."""
    hall, shipped = pair.hall, pair.terminal.parts.releases.shipped
    released(hall, renamed(shipped, PROMISED_ITEM, "高龄津贴申领"))
    newer = hall.within(
        releasing.prepare, hall.parts, with_field(shipped, PROMISED_ITEM), "2026年12月"
    )
    hall.within(staging.stage, newer.sha256, [STATION], admin)
    return {"new": newer.sha256}


def test_the_pages_of_follow_ups_and_releases_are_well_drawn_at_a_desk(
    small_pair: Pair, new_page: Callable[..., Page]
) -> None:
    admin = an_account(small_pair.hall, "admin")
    named = {"redress": a_bad_rating(small_pair, admin), **bundles_of(small_pair)}
    named |= releases_of(small_pair, admin)
    screens = {
        "redress": "/redress",
        "no redress": "/redress?state=marked&item=MZ-001",
        "one redress": "/redress/{redress}",
        "bundles": "/bundles?which=going_on",
        "no bundles": "/bundles?which=closed",
        "an open bundle": "/bundles/{open}",
        "a bundle to close": "/bundles/{decided}",
        "releases": "/releases",
        "compare": "/releases/compare",
        "roll-out": "/releases/{new}",
        "stations": "/releases/{new}/stations",
        "current": "/releases/{new}/current",
    }
    page = new_page(reduced_motion="reduce")
    with serving(small_pair.hall) as hallway:
        desks.at_a_desk(page, hallway.address, "admin")
        found = desks.all_amiss(page, hallway, screens, SHOWS["redress"], **named)
    assert found == [], "\n".join(found)
