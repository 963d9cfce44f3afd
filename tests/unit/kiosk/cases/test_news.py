"""News of a case changes no state: it stands for no decision, and a lost one for nothing at all."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from kiosk import clock, tidying
from kiosk.backup import wiping
from kiosk.cases import desk, history, news, pausing, queries
from kiosk.cases.feedback import Feedback
from kiosk.cases.model import Case
from sync import watermark
from sync.pull import apply_kept
from sync.state import InboxItem
from tests.builders.cases import PROMISED_ITEM, a_case_at, a_submission


@pytest.fixture
def case_id(small_pair):
    """A case that is accepted, as its terminal has heard."""
    made = a_case_at(small_pair.terminal, a_submission(small_pair.terminal, PROMISED_ITEM))
    small_pair.settle()
    decide(small_pair, made.case_id, "accept")
    return made.case_id


def decide(pair, case_id, *verbs):
    for verb in verbs:
        pair.hall.within(desk.decide, pair.hall.parts, case_id, verb, "wang")
    pair.settle()


def tell(pair, case_id, kind, body):
    with pair.hall.writing() as session:
        news.tell(session, pair.hall.parts, case_id, kind, body)
    pair.settle()


def heard(session, kind):
    return session.scalars(select(InboxItem).where(InboxItem.kind == kind)).one()


def test_a_decision_that_was_kept_for_later_holds_although_news_came_since(small_pair, case_id):
    decide(small_pair, case_id, "approve")
    terminal = small_pair.terminal
    with terminal.writing() as session:
        # As an older program leaves a decision whose body it cannot read.
        heard(session, "case.approved").applied = False
        session.get_one(Case, case_id).state = "accepted"
    tell(small_pair, case_id, history.ANSWERED, {"words": "已改进"})
    assert apply_kept(terminal.transactions, Feedback(terminal.parts.keyring), "newer") == 1
    with terminal.reading() as session:
        assert session.get_one(Case, case_id).state == "approved"


def test_a_pause_that_was_kept_for_later_is_over_when_the_clock_has_gone_on(small_pair, case_id):
    small_pair.hall.within(pausing.pause, small_pair.hall.parts, case_id, "wang", "hearing", 3)
    small_pair.hall.within(pausing.resume, small_pair.hall.parts, case_id, "wang")
    small_pair.settle()
    terminal = small_pair.terminal
    with terminal.writing() as session:
        heard(session, history.PAUSED).applied = False
    assert apply_kept(terminal.transactions, Feedback(terminal.parts.keyring), "newer") == 1
    with terminal.reading() as session:
        assert not session.get_one(Case, case_id).stands


@pytest.mark.parametrize(("lost", "wiped"), [(True, 0), (False, 1)])
def test_a_lost_decision_keeps_its_case_although_news_came_since(small_pair, case_id, lost, wiped):
    decide(small_pair, case_id, "approve", "deliver")
    with small_pair.terminal.writing() as session:
        heard(session, "case.delivered").lost = lost
    tell(small_pair, case_id, history.ANSWERED, {"words": "已改进"})
    with small_pair.terminal.reading() as session:
        last = session.scalar(select(func.max(InboxItem.seq)))
    with small_pair.hall.writing() as session:
        watermark.move(session, {small_pair.terminal_id: (1, 1, last)})
    small_pair.pull()
    terminal = small_pair.terminal
    with clock.use(lambda: datetime.now(UTC) + timedelta(days=400)):
        assert wiping.wipe(terminal.transactions, terminal.parts) == wiped


def test_a_pause_of_a_hall_that_is_lost_is_over(small_pair, case_id):
    small_pair.hall.within(pausing.pause, small_pair.hall.parts, case_id, "wang", "hearing", 3)
    small_pair.settle()
    terminal = small_pair.terminal

    def stands() -> tuple[bool, bool]:
        with terminal.writing() as session:
            tidying.tidy(session, terminal.parts)
            in_the_list = session.get_one(Case, case_id).stands
        found = terminal.within(queries.progress_of, terminal.parts, case_id)
        return in_the_list, found.pause is not None

    assert stands() == (True, True)
    with terminal.writing() as session:
        heard(session, history.PAUSED).lost = True
    assert stands() == (False, False)
