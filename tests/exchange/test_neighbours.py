"""Neighbouring releases at once, each a process of its own: nothing is lost, all is told and made up for.

The programs are copies with a few lines changed (`tests.builders.programs`). What can be shown in one
process is in `tests/unit/sync/test_versions.py`; here they are updated and rolled back while cases come.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from kiosk.cases.awaiting import queue_state
from kiosk.hall.monitor import overview
from sync.ledger import LedgerEntry, Terminal
from sync.state import peer_of
from tests.builders.platforms import RunningPlatform, until
from tests.builders.programs import AFTER, BEFORE, FAR_AFTER, program
from tests.exchange.proving import everything_agrees

HALL = ("hall-web", "hall-worker")
TERMINAL = ("terminal-web", "terminal-worker")
CASES = 10

Running = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def running(apart: RunningPlatform, tmp_path: Path) -> Running:
    """Run programs of `apart` from another release."""

    def run(release: str, changes: tuple[Any, ...], *programs: str) -> AbstractContextManager[None]:
        folder = tmp_path / release
        return apart.instead(
            *programs, PYTHONPATH=str(folder if folder.exists() else program(folder, changes))
        )

    return run


def handed_in(platform: RunningPlatform) -> list[str]:
    receipts = platform.flood(platform.applications(CASES))
    assert None not in receipts
    return [receipt["number"] for receipt in receipts if receipt]


def are_at_hall(platform: RunningPlatform, numbers: list[str]) -> bool:
    listed = platform.at_hall()
    return all(listed.count(number) == 1 for number in numbers)


def terminal(platform: RunningPlatform) -> Terminal:
    with platform.hall.reading() as session:
        return session.scalars(select(Terminal).where(Terminal.number == "100001")).one()


def words(platform: RunningPlatform) -> str:
    return next(s for s in platform.hall.within(overview) if s.number == "100001").words.en


def count(platform: RunningPlatform, verdict: str) -> int:
    query = select(func.count()).select_from(LedgerEntry).where(LedgerEntry.verdict == verdict)
    with platform.hall.reading() as session:
        return session.scalars(query).one()


def hall_versions(platform: RunningPlatform) -> str | None:
    with platform.terminal.reading() as session:
        return peer_of(session).hall_versions


def test_a_hall_rolled_back_to_the_release_before_gets_all_and_reads_the_rest_after_its_update(
    apart, running
):
    before = everything_agrees(apart)
    numbers = handed_in(apart)
    until(lambda: are_at_hall(apart, numbers), 60, "cases of before")
    with running("before", BEFORE, *HALL):
        # Packed with a dictionary, of which the terminal does not know yet that it is gone.
        unread = handed_in(apart)
        until(
            lambda: count(apart, "quarantined") == before["quarantined"] + CASES,
            60,
            "those set apart",
        )
        until(lambda: hall_versions(apart) == "1", 40, "the terminal knows the older hall")
        read = handed_in(apart)
        until(lambda: are_at_hall(apart, read), 60, "cases at the older hall")
    numbers += unread + read + handed_in(apart)
    until(lambda: are_at_hall(apart, numbers), 60, "all of them after the update")
    until(lambda: hall_versions(apart) == "1 2", 40, "the terminal knows of the update")
    until(apart.all_delivered, 60, "their files")
    assert everything_agrees(apart)["quarantined"] == before["quarantined"]


@pytest.mark.soak
def test_what_a_terminal_of_the_release_after_writes_is_held_until_the_hall_is_updated(
    apart, running
):
    before = everything_agrees(apart)
    with running("after", AFTER, *TERMINAL):
        numbers = handed_in(apart)
        until(
            lambda: count(apart, "held") == before["held"] + CASES, 60, "all held at today's hall"
        )
        until(lambda: "wait for an update of the hall" in words(apart), 40, "told to the admin")
        assert not any(number in apart.at_hall() for number in numbers)
        everything_agrees(apart)
        with running("after", AFTER, *HALL):
            until(lambda: are_at_hall(apart, numbers), 60, "replayed by the updated hall")
            numbers += handed_in(apart)
            until(lambda: are_at_hall(apart, numbers), 60, "cases between two of the release after")
            until(lambda: terminal(apart).reported_versions == "1 2 3", 40, "both speak the third")
            assert hall_versions(apart) == "1 2 3"
        # The hall is rolled back: it refuses the third version, and is written to in the second.
        until(lambda: hall_versions(apart) == "1 2", 60, "the terminal goes back too")
    numbers += handed_in(apart)
    until(lambda: are_at_hall(apart, numbers), 60, "cases of today's terminal")
    until(apart.all_delivered, 60, "their files")
    assert everything_agrees(apart)["held"] == before["held"]


def test_a_terminal_that_shares_no_version_keeps_all_until_an_update(apart, running):
    until(apart.all_delivered, 60, "what was before")
    with running("far after", FAR_AFTER, *TERMINAL):
        numbers = handed_in(apart)
        until(lambda: "writes version 3, this hall reads 2" in words(apart), 60, "told at the hall")
        queue = apart.terminal.within(queue_state, apart.terminal.parts)
        assert (queue.pending, queue.needs_update) == (CASES, True)
        assert not any(number in apart.at_hall() for number in numbers)
    until(lambda: are_at_hall(apart, numbers), 60, "cases after the update")
    until(lambda: terminal(apart).unread_version is None, 40, "the admin sees that it is over")
    until(apart.all_delivered, 60, "their files")
    everything_agrees(apart)
