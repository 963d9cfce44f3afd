"""Faults at a real terminal, and what an admin sees of them: the light, the words, the oldest age.

Each fault is made at real processes, appears at the hall within two heartbeats and clears again.
Only for silence nobody waits a quarter of an hour: the hall is looked at as it will be then.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from kiosk import clock
from kiosk.carriers import report
from kiosk.cases.feedback import Feedback
from kiosk.hall import caring, enrolment, resolving
from kiosk.hall.monitor import TerminalState, states
from kiosk.hall.quarantined import find
from kiosk.hall.rejoining import take_back
from sync import journal, pull
from sync.contact import OVERTAKEN
from sync.jobs import Doorbell
from sync.journal import Fact
from sync.ledger import LedgerEntry, Terminal
from sync.push import Line
from sync.state import Peer, peer_of
from sync.transport import HttpTransport
from tests.builders.cases import a_case_at
from tests.builders.platforms import RunningPlatform, until
from tests.builders.proxy import Proxy, saying
from tests.exchange.test_clocks import clock_off

NUMBER, BY = "100001", "command"
#: Two heartbeats, of 18 s at most.
SOON = 36.0
Fault = Callable[[RunningPlatform, Proxy], Iterator[tuple[str, str, str]]]


def seen(platform: RunningPlatform, later: timedelta = timedelta(0)) -> TerminalState:
    """The terminal as the hall shows it now, or as it will without further news."""
    at = clock.now() + later
    with clock.use(lambda: at), platform.hall.reading() as session:
        ids = session.scalars(select(Terminal.terminal_id).where(Terminal.number == NUMBER)).all()
        return states(session, ids)[0]


def ring(platform: RunningPlatform, job: str = "pull") -> None:
    """Have the worker do now what it would do within a heartbeat."""
    with platform.redis() as redis:
        Doorbell(redis).ring(job, anew=True)


def is_well(platform: RunningPlatform) -> bool:
    ring(platform, "push")
    ring(platform)
    return seen(platform).finding in {"well", "sending"}


# ---- faults: each yields finding, light and words while it lasts, and has mended it at its end ----


def line_is_cut(platform: RunningPlatform, line: Proxy) -> Iterator[tuple[str, str, str]]:
    line.is_down = True
    yield "silent", "red", "no power or no line?"
    line.is_down = False


def hall_is_away(platform: RunningPlatform, line: Proxy) -> Iterator[tuple[str, str, str]]:
    line.toxic = saying(503)
    yield "silent", "red", "no power or no line?"
    line.toxic = None


def worker_is_dead(platform: RunningPlatform, line: Proxy) -> Iterator[tuple[str, str, str]]:
    platform.stop("terminal-worker")
    yield "silent", "red", "no power or no line?"
    platform.start("terminal-worker")


def queue_is_old(platform: RunningPlatform, line: Proxy) -> Iterator[tuple[str, str, str]]:
    line.soon(saying(503), times=10**6, path="/envelopes")
    then = clock.now() - timedelta(hours=5)
    with clock.use(lambda: then):
        a_case_at(platform.terminal)
    ring(platform)
    yield "old", "red", "more than 4 hours"
    line.toxic = None


def exchange_breaks(platform: RunningPlatform, line: Proxy) -> Iterator[tuple[str, str, str]]:
    line.soon(saying(400, b"{}"), times=10**6, path="/envelopes")
    a_case_at(platform.terminal)
    ring(platform, "push")
    yield "error", "yellow", "reports an error"
    line.toxic = None


def clock_is_wrong(platform: RunningPlatform, line: Proxy) -> Iterator[tuple[str, str, str]]:
    with clock_off(platform, "terminal", 1):
        yield "skewed", "yellow", "clock is off"


def entry_is_poison(platform: RunningPlatform, line: Proxy) -> Iterator[tuple[str, str, str]]:
    entry = written(platform, "case.rated", 1)
    yield "quarantined", "red", "1 entries quarantined"
    set_aside(platform, entry)


def entry_is_newer(platform: RunningPlatform, line: Proxy) -> Iterator[tuple[str, str, str]]:
    entry = written(platform, "case.dreamt", 9)
    yield "held", "yellow", "wait for an update of the hall"
    set_aside(platform, entry)


def terminal_was_rolled_back(
    platform: RunningPlatform, line: Proxy
) -> Iterator[tuple[str, str, str]]:
    def told() -> bool:
        # As in a file of yesterday: a token that is neither the last nor the one before. A pull
        # that is under way may put a good one in its place; the answer to the old one has one by
        # which the next report shows that there is such a machine.
        with platform.terminal.writing() as session:
            peer = session.get_one(Peer, 1)
            if seen(platform).is_doubtful:
                return True
            if OVERTAKEN not in (peer.contact or ""):
                peer.contact = "ab" * 16
        ring(platform)
        return False

    until(told, SOON, "the token at the hall")
    yield "cloned", "yellow", "there is a copy of it"
    platform.hall.within(take_back, NUMBER)


def disk_is_low(platform: RunningPlatform, line: Proxy) -> Iterator[tuple[str, str, str]]:
    with reporting(platform, disk_free=300_000_000):
        yield "disk", "yellow", "Less than 1 GB"


def release_is_refused(platform: RunningPlatform, line: Proxy) -> Iterator[tuple[str, str, str]]:
    refused = {"release": "ab" * 32, "reason": "too_new"}
    with reporting(platform, release_refused=refused):
        yield "release", "yellow", "Refuses the new catalogue release"


def somebody_works_on_it(platform: RunningPlatform, line: Proxy) -> Iterator[tuple[str, str, str]]:
    platform.hall.within(caring.pause, NUMBER, 4, "new screen", BY)
    yield "paused", "grey", "In maintenance until"
    platform.hall.within(caring.go_on, NUMBER, BY)


def terminal_is_shut_out(platform: RunningPlatform, line: Proxy) -> Iterator[tuple[str, str, str]]:
    platform.hall.within(enrolment.revoke, NUMBER)
    yield "revoked", "grey", "Revoked"
    platform.hall.within(enrolment.approve, NUMBER)


QUICK = (
    line_is_cut,
    queue_is_old,
    entry_is_poison,
    terminal_was_rolled_back,
    disk_is_low,
    somebody_works_on_it,
)
SLOW = (
    hall_is_away,
    worker_is_dead,
    exchange_breaks,
    clock_is_wrong,
    entry_is_newer,
    release_is_refused,
    terminal_is_shut_out,
)


@pytest.fixture(scope="module")
def line(platform: RunningPlatform) -> Iterator[Proxy]:
    with platform.line() as started:
        yield started


@pytest.mark.parametrize(
    "fault", [*QUICK, *(pytest.param(each, marks=pytest.mark.soak) for each in SLOW)]
)
def test_a_fault_appears_with_its_light_and_words_and_clears(
    platform: RunningPlatform, line: Proxy, fault: Fault
) -> None:
    until(lambda: is_well(platform), SOON, "a terminal that is well")
    course = fault(platform, line)
    finding, light, words = next(course)
    try:
        later = timedelta(minutes=20) if finding == "silent" else timedelta(0)
        until(lambda: seen(platform, later).finding == finding, SOON, finding)
        state = seen(platform, later)
        assert (state.light, words in state.words.en) == (light, True), state.words
        if finding == "silent":
            assert "20 min" in state.words.en or "21 min" in state.words.en, state.words
        if finding == "old":
            assert state.oldest_at is not None
            age = clock.now() - state.oldest_at
            assert timedelta(hours=5) <= age < timedelta(hours=5, minutes=5)
    finally:
        next(course, None)
        line.toxic, line.is_down = None, False
    until(lambda: is_well(platform), SOON, f"{finding} has cleared")
    before = seen(platform).last_seen
    assert before is not None
    if finding == "silent":
        ring(platform)
        until(lambda: (seen(platform).last_seen or before) > before, SOON, "news of it")


def written(platform: RunningPlatform, kind: str, version: int) -> tuple[int, int]:
    """Let the terminal write an entry that its own code would not; return its place at the hall."""
    receipt = a_case_at(platform.terminal)
    fact = Fact(
        entry_id=clock.new_id(),
        subject=receipt.case_id,
        kind=kind,
        body=os.urandom(600),
        blobs=(),
        recorded_at=int(clock.now().timestamp() * 1_000_000),
        uptime_ms=clock.uptime_ms(),
        **({"version": version} if version != 1 else {}),
    )
    with platform.terminal.writing() as session:
        journal.append(session, fact, peer_of(session).epoch)
    ring(platform, "push")

    def place() -> tuple[int, int] | None:
        with platform.hall.reading() as session:
            query = select(LedgerEntry.epoch, LedgerEntry.seq)
            row = session.execute(query.where(LedgerEntry.entry_id == fact.entry_id)).first()
            return (row[0], row[1]) if row else None

    return until(place, SOON, "the entry at the hall")


def set_aside(platform: RunningPlatform, entry: tuple[int, int]) -> None:
    place = platform.hall.within(find, NUMBER, *entry)
    platform.hall.within(resolving.set_aside, platform.hall.parts, place, BY, "a test wrote it")


@contextmanager
def reporting(platform: RunningPlatform, **told: Any) -> Iterator[None]:
    """In the worker's place, tell the hall of a machine that is as usual but for `told`.

    Signed and sent as every report is; the worker's own next one says how it really is.
    """
    platform.stop("terminal-worker")
    parts, peer = platform.terminal.parts, None
    with platform.terminal.reading() as session:
        peer = session.get_one(Peer, 1)
    transport = HttpTransport(peer.hall_url, peer.terminal_id, parts.identity.signing)
    exchange = Line(
        platform.terminal.transactions, transport, parts.identity, parts.keyring, clock.now
    )
    with platform.terminal.app.app_context():
        pull.pull(
            exchange,
            Feedback(parts.keyring),
            lambda session: {**report.status(session, parts), **told},
        )
    try:
        yield
    finally:
        platform.start("terminal-worker")
