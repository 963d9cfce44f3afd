"""The feed at the terminal: what stops it, what does not, and that it never spins."""

from collections.abc import Callable

import pytest
from rq.timeouts import JobTimeoutException
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError, DataError, IntegrityError

from kiosk.cases import desk, service
from kiosk.cases.model import Case
from sync import pull
from sync.ledger import Terminal
from sync.state import InboxItem, Verdict
from sync.transport import LineDown
from tests.builders.cases import a_case_at
from tests.builders.machines import Pair


@pytest.fixture
def decided(small_pair: Pair) -> Callable[[], Pair]:
    """Lets the hall decide a case of the terminal; the terminal has not asked yet."""

    def make() -> Pair:
        receipt = a_case_at(small_pair.terminal)
        small_pair.settle()
        arguments = (small_pair.hall.parts, receipt.case_id, "accept", "clerk-1")
        small_pair.hall.within(desk.decide, *arguments)
        return small_pair

    return make


def test_a_verdict_whose_answer_was_lost_is_told_though_a_report_comes_first(decided):
    pair = decided()
    with pair.terminal.reading() as session:
        case_id = session.scalars(select(Case.id)).one()
    pair.hall.within(desk.decide, pair.hall.parts, case_id, "refuse", "clerk-1", reasons=("no",))
    pair.terminal.within(service.withdraw, pair.terminal.parts, case_id)
    pair.line.faults = iter(["unheard"])
    with pytest.raises(LineDown):
        pair.push()
    pair.pull()
    assert pair.peer().acknowledged == (1, 1)
    pair.push()
    with pair.terminal.reading() as session:
        assert session.scalars(select(Verdict.verdict)).all() == ["refused"]
    assert pair.peer().acknowledged == (1, 2)


def state(pair: Pair) -> str:
    with pair.terminal.reading() as session:
        return session.scalars(select(Case.state)).one()


def test_a_hall_that_numbers_its_feed_on_from_further_is_heard(small_pair):
    receipt = a_case_at(small_pair.terminal)
    small_pair.settle()
    with small_pair.hall.writing() as session:
        # As a hall that was restored, so that it gives no number of the lost time again.
        session.get_one(Terminal, small_pair.terminal_id).feed_head += 5
    small_pair.hall.within(desk.decide, small_pair.hall.parts, receipt.case_id, "accept", "clerk-1")
    small_pair.pull()
    assert (state(small_pair), small_pair.peer().feed_cursor) == ("accepted", 6)
    assert small_pair.peer().last_error is None


@pytest.mark.parametrize(
    "trouble",
    [
        JobTimeoutException("120 seconds"),
        MemoryError(),
        DatabaseError("UPDATE", {}, Exception("database disk image is malformed")),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_is_no_fault_of_the_item_leaves_the_feed_where_it_was(decided, trouble):
    pair = decided()

    def stopped(session, item):
        raise trouble

    with pytest.raises(type(trouble)):
        pull.pull(pair.exchange, stopped, pair._status)
    assert pair.peer().feed_cursor == 0
    pair.pull()
    assert (state(pair), pair.peer().feed_cursor) == ("accepted", 1)


@pytest.mark.parametrize(
    "fault",
    [
        ValueError("no such state"),
        KeyError("state"),
        AttributeError("get"),
        OverflowError(),
        IntegrityError("INSERT", {}, Exception("NOT NULL")),
        DataError("INSERT", {}, Exception("too long")),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_item_that_cannot_be_applied_is_kept_and_stops_no_other(decided, fault):
    pair = decided()

    def puzzled(session, item):
        raise fault

    pull.pull(pair.exchange, puzzled, pair._status)
    with pair.terminal.reading() as session:
        assert session.scalars(select(InboxItem.applied)).all() == [False]
    assert pair.peer().feed_cursor == 1
