"""What a resident is told of a case: what happened, and when the hall had it."""

from datetime import UTC, datetime, timedelta

import pytest

from kiosk import clock
from kiosk.cases import awaiting, desk, queries, service
from kiosk.cases.queries import Event
from sync.state import Peer
from tests.builders.cases import a_case_at
from tests.builders.machines import Pair

MORNING = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def pair(small_pair: Pair) -> Pair:
    return small_pair


@pytest.fixture
def at():
    """Sets the clock to so many minutes after nine."""
    now = MORNING

    def turn(minutes: int) -> datetime:
        nonlocal now
        now = MORNING + timedelta(minutes=minutes)
        return now

    with clock.use(lambda: now):
        yield turn


def events(pair: Pair, case_id: str) -> tuple[Event, ...]:
    return pair.terminal.within(queries.progress_of, pair.terminal.parts, case_id).events


def test_the_hall_had_the_case_when_it_said_so_and_not_at_the_last_contact(pair, at):
    submitted = at(0)
    case_id = a_case_at(pair.terminal).case_id
    assert events(pair, case_id) == (Event("submitted", submitted),)
    received = at(5)
    pair.push()
    at(90)
    pair.pull()
    assert events(pair, case_id) == (Event("submitted", submitted), Event("received", received))


def test_what_comes_later_leaves_the_receiving_in_its_place(pair, at):
    at(0)
    case_id = a_case_at(pair.terminal).case_id
    received = at(5)
    pair.push()
    # The hall's clock is an hour behind.
    at(-55)
    pair.hall.within(desk.decide, pair.hall.parts, case_id, "accept", "c", note="ok")
    at(20)
    pair.pull()
    told = events(pair, case_id)
    assert [event.kind for event in told] == ["submitted", "received", "accepted"]
    assert told[1].at == received


def test_what_was_recorded_before_the_line_came_stands_before_the_receiving(pair, at):
    at(0)
    case_id = a_case_at(pair.terminal).case_id
    at(1)
    pair.terminal.within(service.withdraw, pair.terminal.parts, case_id)
    at(5)
    pair.push()
    assert [e.kind for e in events(pair, case_id)] == ["submitted", "withdrawn", "received"]


def test_each_case_has_the_time_of_its_own_acknowledgement(pair, at):
    at(0)
    first = a_case_at(pair.terminal).case_id
    early = at(5)
    pair.push()
    second = a_case_at(pair.terminal).case_id
    late = at(50)
    pair.push()
    assert [events(pair, case)[1].at for case in (first, second)] == [early, late]


def test_a_hall_that_forgot_the_case_has_not_received_it(pair, at):
    at(0)
    case_id = a_case_at(pair.terminal).case_id
    at(5)
    pair.push()
    with pair.terminal.writing() as session:
        session.get_one(Peer, 1).ack_seq = 0
    assert [event.kind for event in events(pair, case_id)] == ["submitted"]


# ---- what is waited for ---------------------------------------------------------------------------


def is_awaited(pair: Pair) -> bool:
    with pair.terminal.reading() as session:
        return awaiting.decision_is_awaited(session)


def decide(pair: Pair, case_id: str, verb: str, *reasons: str) -> None:
    pair.settle()
    pair.hall.within(desk.decide, pair.hall.parts, case_id, verb, "c", "", reasons)
    pair.settle()


def test_nothing_is_awaited_where_nothing_was_handed_in(pair):
    assert not is_awaited(pair)


def test_a_decision_is_awaited_until_it_has_come(pair):
    case_id = a_case_at(pair.terminal).case_id
    assert is_awaited(pair)
    decide(pair, case_id, "accept")
    assert is_awaited(pair)
    decide(pair, case_id, "approve")
    assert not is_awaited(pair)


def test_a_case_that_came_back_or_was_withdrawn_is_not_awaited(pair):
    decide(pair, a_case_at(pair.terminal).case_id, "return", "x")
    pair.terminal.within(service.withdraw, pair.terminal.parts, a_case_at(pair.terminal).case_id)
    assert not is_awaited(pair)


def test_after_an_hour_a_decision_may_take_its_time(pair, at):
    at(0)
    a_case_at(pair.terminal)
    at(59)
    assert is_awaited(pair)
    at(61)
    assert not is_awaited(pair)
