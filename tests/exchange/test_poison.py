"""An entry that nobody can read is set aside, and everything else goes on."""

import os

import pytest
from sqlalchemy import select

from kiosk import clock
from kiosk.cases.model import Case
from kiosk.hall.monitor import overview
from sync import journal
from sync.journal import Fact
from sync.state import peer_of
from tests.builders.platforms import RunningPlatform, until
from tests.exchange.proving import everything_agrees

#: Each of them brings two files, which take longer than all the entries.
SECONDS_FOR_FILES = 0.2


def poison(platform: RunningPlatform, subject: str) -> None:
    """Write an entry of a case that the terminal's own code would never write."""
    fact = Fact(
        entry_id=clock.new_id(),
        subject=subject,
        kind="case.rated",
        body=os.urandom(600),
        blobs=(),
        recorded_at=int(clock.now().timestamp() * 1_000_000),
        uptime_ms=clock.uptime_ms(),
    )
    with platform.terminal.writing() as session:
        journal.append(session, fact, peer_of(session).epoch)


def case_of(platform: RunningPlatform, number: str) -> str:
    with platform.terminal.reading() as session:
        return session.scalars(select(Case.id).where(Case.number == number)).one()


@pytest.mark.parametrize("others", [99, pytest.param(999, marks=pytest.mark.soak)])
def test_a_poisoned_entry_is_quarantined_and_all_others_are_applied(apart, others):
    cases = apart.applications(others)
    apart.stop("terminal-worker")
    try:
        before = everything_agrees(apart)
        receipts = apart.flood(cases[: others // 2])
        poison(apart, case_of(apart, receipts[0]["number"]))
        receipts += apart.flood(cases[others // 2 :])
    finally:
        apart.start("terminal-worker")
    assert None not in receipts
    until(apart.all_delivered, 60 + SECONDS_FOR_FILES * others, "everything at the hall")
    at_hall = apart.at_hall()
    assert [r["number"] for r in receipts if at_hall.count(r["number"]) != 1] == []
    found = everything_agrees(apart)
    assert found["quarantined"] == before["quarantined"] + 1
    assert found["applied"] == before["applied"] + before["pending"] + others
    (state,) = (each for each in apart.hall.within(overview) if each.number == "100001")
    assert (state.light, "quarantined" in state.words.en) == ("red", True)
