"""Many held cases go to another department, or lose their clerk: put back without a long wait."""

import json

import pytest
from sqlalchemy import event, func, select, update

from kiosk import clock
from kiosk.cases import desk_events, passing_on
from kiosk.cases.desk_model import DeskEvent
from kiosk.cases.model import Case
from kiosk.hall import excepting
from kiosk.operators import departments, service
from kiosk.operators.audit import AuditRecord
from tests.builders.cases import PROMISED_ITEM, a_case_at, a_submission
from tests.builders.clerks import PASSWORD

#: Civil affairs serves the authority of `PROMISED_ITEM`; health insurance is given the item.
OWN, OTHER = "MZ", "YB"
COUNT = 5


@pytest.fixture
def clerk(pair) -> str:
    """Somebody of a department at a hall with some cases, on each database in turn."""
    for _ in range(COUNT):
        a_case_at(pair.terminal, a_submission(pair.terminal, PROMISED_ITEM))
    pair.settle()
    with pair.hall.writing() as session:
        departments.set_up(session, pair.hall.parts.catalogue, "command")
    return pair.hall.within(service.create, "own", "王", "clerk", PASSWORD, (), (OWN,)).id


def let_hold(hall, clerk: str, count: int) -> None:
    """Let the clerk hold so many of the cases, and nobody the others."""
    with hall.writing() as session:
        session.execute(update(Case).values(holder=None, held_at=None))
        for case in session.scalars(select(Case).order_by(Case.id).limit(count)):
            case.holder, case.held_at = clerk, clock.now()


def give(hall) -> None:
    hall.within(excepting.give, hall.parts, PROMISED_ITEM, OTHER, "admin")


def take_away(hall, clerk: str) -> None:
    with hall.writing() as session:
        passing_on.free(session, hall.parts, clerk, "admin")


def counts_of(hall, act: str) -> list[int]:
    with hall.reading() as session:
        found = select(AuditRecord.detail).where(AuditRecord.act == act).order_by(AuditRecord.seq)
        return [json.loads(detail)["count"] for detail in session.scalars(found)]


def held(hall) -> int:
    with hall.reading() as session:
        return session.scalar(select(func.count()).where(Case.holder.is_not(None)))


def statements(hall, act) -> int:
    told = []
    listener = (hall.engine, "before_cursor_execute", lambda *asked: told.append(asked[2]))
    event.listen(*listener)
    try:
        act()
    finally:
        event.remove(*listener)
    return len(told)


def test_each_portion_is_a_commit_with_one_record_and_each_case_says_who_had_it(
    hall, clerk, monkeypatch
):
    monkeypatch.setattr(passing_on, "PORTION", 2)
    let_hold(hall, clerk, COUNT)
    give(hall)
    assert held(hall) == 0
    assert counts_of(hall, "department.cases_put_back") == [2, 2, 1]
    with hall.reading() as session:
        for case_id in session.scalars(select(Case.id)).all():
            (told,) = desk_events.of_case(session, hall.parts, case_id)
            assert (told.kind, told.by, told.body) == ("released", "admin", {"from": clerk})


def test_to_put_back_more_cases_takes_no_more_statements(hall, clerk):
    def giving(count):
        let_hold(hall, clerk, count)
        asked = statements(hall, lambda: give(hall))
        assert held(hall) == 0
        hall.within(excepting.take_back, hall.parts, PROMISED_ITEM, "admin")
        return asked

    def taking_away(count):
        let_hold(hall, clerk, count)
        asked = statements(hall, lambda: take_away(hall, clerk))
        assert held(hall) == 0
        return asked

    assert giving(1) == giving(COUNT)
    assert taking_away(1) == taking_away(COUNT)
    assert counts_of(hall, "account.cases_put_back") == [1, COUNT]


def test_what_a_killed_program_left_is_put_back_when_the_item_is_given_again(hall, clerk):
    give(hall)
    let_hold(hall, clerk, COUNT)
    give(hall)
    assert held(hall) == 0
    with hall.reading() as session:
        given = select(func.count()).where(AuditRecord.act == "department.item_given")
        assert session.scalar(given) == 1


def test_a_closed_case_stays_with_who_had_it(hall, clerk):
    let_hold(hall, clerk, COUNT)
    with hall.writing() as session:
        session.execute(update(Case).values(state="delivered"))
    give(hall)
    take_away(hall, clerk)
    assert held(hall) == COUNT
    with hall.reading() as session:
        assert session.scalar(select(func.count()).select_from(DeskEvent)) == 0
        last = session.scalar(select(AuditRecord.act).order_by(AuditRecord.seq.desc()).limit(1))
    assert last == "department.item_given"
