"""A clock that is wrong by a year, at the terminal or at the hall: nothing is bricked."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from kiosk import clock
from kiosk.cases.model import Case
from kiosk.cli.selftest import Api
from kiosk.hall.monitor import SKEW_MS, overview
from sync.ledger import LedgerEntry
from tests.builders.platforms import RunningPlatform, until
from tests.exchange.proving import everything_agrees

YEAR = timedelta(days=365)
PROGRAMS = {"terminal": ("terminal-web", "terminal-worker"), "hall": ("hall-web",)}


def library() -> str:
    """Where Debian's `faketime` package has its library."""
    (found,) = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
    return str(found)


@contextmanager
def clock_off(platform: RunningPlatform, role: str, days: int) -> Iterator[None]:
    """Let the processes of a role believe in another day; intervals stay what they are."""
    settings = {
        "LD_PRELOAD": library(),
        "FAKETIME": f"{days:+d}d",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DISABLE_SHM": "1",
        "PYTHONPATH": str(Path(__file__).with_name("sleeping")),
        # Gunicorn sees by the times of a file that its workers live.
        "NO_FAKE_STAT": "1",
    }
    with platform.instead(*PROGRAMS[role], **settings):
        yield


def sign_in(platform: RunningPlatform) -> tuple[Api, Api]:
    terminal, hall = Api(platform.started.terminal), Api(platform.started.hall)
    hall.sign_in(platform.started.accounts["clerk"])
    terminal.sign_in(platform.started.accounts["staff"])
    return terminal, hall


@pytest.mark.parametrize(
    ("role", "days"),
    [
        ("terminal", 365),
        pytest.param("hall", -365, marks=pytest.mark.soak),
        pytest.param("terminal", -365, marks=pytest.mark.soak),
        pytest.param("hall", 365, marks=pytest.mark.soak),
    ],
)
def test_a_clock_that_is_off_by_a_year_changes_no_order_and_is_shown(apart, role, days):
    with clock_off(apart, role, days):
        terminal, hall = sign_in(apart)
        receipts = [apart.submit(each) for each in apart.applications(3)]
        assert None not in receipts
        numbers = [receipt["number"] for receipt in receipts]
        until(lambda: found(hall, numbers[-1]), 60, "the cases at the hall")
        until(apart.all_delivered, 60, "their files")
        (case,) = found(hall, numbers[0])
        hall.post(f"/cases/{case['id']}/decisions", {"action": "accept"})
        asker = {"Authorization": f"Receipt {receipts[0]['token']}"}
        shown = f"/cases/{numbers[0]}"
        until(
            lambda: terminal.get(shown, asker)["state"] == "accepted", 60, "the decision came back"
        )
        # What a terminal's clock is ahead, a hall's is behind.
        ahead = timedelta(days=days if role == "terminal" else -days)
        until(lambda: near(skew(apart), ahead), 40, "the skew at the hall's monitor")
        assert told_age(apart, numbers[0]) < timedelta(minutes=10) + (YEAR * 2)
    assert in_order(apart, numbers)
    everything_agrees(apart)
    # The clock is right again, and everything goes on.
    receipt = apart.submit(apart.applications(1)[0])
    assert receipt is not None
    until(lambda: found(sign_in(apart)[1], receipt["number"]), 60, "a case after that")
    until(lambda: abs(skew(apart)) < timedelta(milliseconds=SKEW_MS), 40, "no skew any more")


def found(hall: Api, number: str) -> list[dict]:
    return hall.get(f"/cases?number={number}")["cases"]


def skew(platform: RunningPlatform) -> timedelta:
    (state,) = (each for each in platform.hall.within(overview) if each.number == "100001")
    return timedelta(milliseconds=state.skew_ms or 0)


def near(one: timedelta, other: timedelta) -> bool:
    return abs(one - other) < timedelta(hours=1)


def told_age(platform: RunningPlatform, number: str) -> timedelta:
    with platform.hall.reading() as session:
        at = session.scalars(select(Case.submitted_at).where(Case.number == number)).one()
    return abs(clock.now() - at)


def in_order(platform: RunningPlatform, numbers: list[str]) -> bool:
    """Whether the hall has the entries in the order in which they were made."""
    with platform.hall.reading() as session:
        query = (
            select(Case.number)
            .join(LedgerEntry, LedgerEntry.subject == Case.id)
            .where(LedgerEntry.kind == "case.submitted", Case.number.in_(numbers))
            .order_by(LedgerEntry.epoch, LedgerEntry.seq)
        )
        return session.scalars(query).all() == numbers
