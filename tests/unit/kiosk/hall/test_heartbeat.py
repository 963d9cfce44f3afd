"""How often terminals report: as their hall tells by its size, and lights that follow it."""

from datetime import UTC, datetime, timedelta

import pytest

from kiosk import clock, worker
from kiosk.hall import heartbeat, monitor
from kiosk.hall.terminal_lights import first_of, moment
from sync import jobs
from sync.ledger import Terminal
from tests.builders.fleets import a_terminal
from tests.builders.many_terminals import a_fleet

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("terminals", "seconds"),
    [(0, 15), (300, 15), (1_050, 15), (1_051, 16), (7_000, 100), (20_000, 286), (200_000, 300)],
)
def test_the_more_terminals_the_longer_each_is_told_to_wait(terminals, seconds):
    assert heartbeat.seconds_for(terminals) == seconds


@pytest.mark.parametrize(("others", "seconds"), [(3, 15), (2_800, 41)])
def test_a_terminal_hears_with_its_report_how_long_to_wait(small_pair, others, seconds):
    a_fleet(small_pair.hall, others, clock.now())
    assert small_pair.told_to_wait() == seconds


def test_terminals_that_are_not_let_in_do_not_count(small_pair):
    a_fleet(small_pair.hall, 2_800, clock.now(), standing="revoked")
    assert small_pair.told_to_wait() == 15


@pytest.mark.parametrize(
    ("beat", "age", "found"),
    [
        (15, timedelta(minutes=2), "well"),
        (15, timedelta(minutes=3), "late"),
        (286, timedelta(seconds=2 * 286 * 1.2), "well"),
        (286, timedelta(minutes=12), "late"),
        (286, timedelta(minutes=15), "late"),
        (300, timedelta(minutes=16), "silent"),
    ],
)
def test_no_terminal_is_late_because_it_was_told_to_wait(beat, age, found):
    at = moment(NOW, "", timedelta(seconds=beat))
    assert first_of(a_terminal(0, NOW, last_seen=NOW - age), {}, at).code == found


def test_the_lights_of_a_large_hall_go_by_what_it_tells(small_pair):
    seen = clock.now() - timedelta(minutes=4)
    numbers = a_fleet(small_pair.hall, 7_001, seen)
    with small_pair.hall.reading() as session:
        row = session.get_one(Terminal, small_pair.terminal_id)
        row.last_seen = seen
        state = monitor.state_of(session, row)
    assert (state.finding, len(numbers)) == ("well", 7_001)


def test_the_worker_of_a_terminal_waits_as_it_was_told(small_pair):
    a_fleet(small_pair.hall, 2_800, clock.now())
    parts = small_pair.terminal.parts
    duties = worker.duties(small_pair.terminal.app, parts, lambda *_: small_pair.line)
    jobs.take_up(duties)
    assert jobs.report_seconds() == 15
    duties.pull()
    assert jobs.report_seconds() == 41
