"""An entry that nobody can read is set aside, and everything else goes on."""

import os

from kiosk import clock, crypto
from kiosk.hall.monitor import overview
from sync import journal, keys
from sync.journal import Fact
from sync.state import peer_of
from tests.builders.platforms import RunningPlatform, until
from tests.exchange.proving import everything_agrees

OTHERS = 99


def poison(platform: RunningPlatform) -> str:
    """Write an entry that the terminal's own code would never write; return its subject."""
    subject = clock.new_id()
    fact = Fact(
        entry_id=clock.new_id(),
        subject=subject,
        kind="case.submitted",
        body=os.urandom(600),
        blobs=(),
        recorded_at=int(clock.now().timestamp() * 1_000_000),
        uptime_ms=clock.uptime_ms(),
    )
    with platform.terminal.writing() as session:
        keys.add(session, platform.terminal.parts.keyring, subject, crypto.new_key())
        journal.append(session, fact, peer_of(session).epoch)
    return subject


def test_a_poisoned_entry_is_quarantined_and_all_others_are_applied(apart):
    half = apart.applications(OTHERS)
    apart.stop("terminal-worker")
    try:
        before = everything_agrees(apart)
        receipts = apart.flood(half[: OTHERS // 2])
        poison(apart)
        receipts += apart.flood(half[OTHERS // 2 :])
    finally:
        apart.start("terminal-worker")
    assert None not in receipts
    until(apart.all_delivered, 60, "everything at the hall")
    at_hall = apart.at_hall()
    assert [r["number"] for r in receipts if at_hall.count(r["number"]) != 1] == []
    found = everything_agrees(apart)
    assert found["quarantined"] == before["quarantined"] + 1
    assert found["applied"] == before["applied"] + before["pending"] + OTHERS
    (state,) = (each for each in apart.hall.within(overview) if each.number == "100001")
    assert (state.light, "quarantined" in state.words.en) == ("red", True)
