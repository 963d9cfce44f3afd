"""The hall's verbs: who holds a case, and that a decision and its feed item are one commit."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from kiosk import clock
from kiosk.cases import desk
from kiosk.errors import Conflict, Invalid, NotFound
from sync import feed
from tests.builders.cases import a_case_at, a_submission
from tests.builders.machines import Machine, Pair

REASONS = ("The photo is blurred.",)


@pytest.fixture
def case_id(pair: Pair) -> str:
    receipt = a_case_at(pair.terminal, a_submission(pair.terminal, "RS-018"))
    pair.push()
    return receipt.case_id


def decide(hall: Machine, case_id: str, verb: str, clerk: str = "a", **more: object):
    return hall.within(desk.decide, hall.parts, case_id, verb, clerk, **more)


def test_a_decision_is_one_feed_item_and_holds_the_case_for_its_clerk(pair, case_id):
    case = decide(pair.hall, case_id, "accept")
    assert (case.state, case.holder) == ("accepted", "a")
    with pair.hall.reading() as session:
        (item,) = feed.since(session, pair.terminal_id, 0)
    assert (item.kind, item.subject) == ("case.accepted", case_id)


def test_what_travels_is_sealed(pair, case_id):
    decide(pair.hall, case_id, "return", reasons=REASONS)
    with pair.hall.reading() as session:
        (item,) = feed.since(session, pair.terminal_id, 0)
    assert b"blurred" not in item.body


def test_a_promise_counts_working_days_from_acceptance(pair, case_id):
    with clock.use(lambda: datetime(2026, 2, 10, 1, 0, tzinfo=UTC)):
        case = decide(pair.hall, case_id, "accept")
    assert case.due_on.isoformat() == "2026-03-02"


def test_a_case_on_the_spot_has_no_due_day(pair):
    receipt = a_case_at(pair.terminal, a_submission(pair.terminal, "RS-001"))
    pair.push()
    assert decide(pair.hall, receipt.case_id, "accept").due_on is None


def test_a_case_is_held_by_one_clerk(pair, case_id):
    for _ in range(2):
        pair.hall.within(desk.take, pair.hall.parts, case_id, "a")
    with pytest.raises(Conflict, match="case_held"):
        pair.hall.within(desk.take, pair.hall.parts, case_id, "b")
    with pytest.raises(Conflict, match="case_held"):
        decide(pair.hall, case_id, "accept", clerk="b")


@pytest.mark.parametrize(
    ("verb", "reasons", "error"),
    [
        ("approve", (), Conflict),
        ("deliver", (), Conflict),
        ("burn", (), Invalid),
        ("withdraw", (), Invalid),
        ("return", (), Invalid),
        ("refuse", ("  ",), Invalid),
    ],
)
def test_a_step_that_is_refused_changes_nothing_and_tells_nobody(
    pair, case_id, verb, reasons, error
):
    before = pair.hall.row_counts()
    with pytest.raises(error):
        decide(pair.hall, case_id, verb, reasons=reasons)
    assert pair.hall.row_counts() == before


def test_a_case_that_there_is_not(hall):
    with pytest.raises(NotFound):
        decide(hall, "nothing", "accept")


def test_a_case_is_returned_once(pair, case_id):
    decide(pair.hall, case_id, "return", reasons=REASONS)
    with pytest.raises(Conflict):
        decide(pair.hall, case_id, "return", reasons=REASONS)


def test_a_decision_that_cannot_be_told_is_not_made(small_pair):
    receipt = a_case_at(small_pair.terminal)
    small_pair.push()
    with small_pair.hall.writing() as session:
        stop = "CREATE TRIGGER stop BEFORE INSERT ON feed BEGIN SELECT RAISE(FAIL, 'full'); END"
        session.execute(text(stop))
    with pytest.raises(Exception, match="full"):
        decide(small_pair.hall, receipt.case_id, "accept")
    with small_pair.hall.reading() as session:
        assert session.execute(text("SELECT state FROM cases")).scalar() == "submitted"
