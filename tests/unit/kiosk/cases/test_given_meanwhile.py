"""A case that goes to another department while a clerk of the first one takes or decides it."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from kiosk.cases import desk
from kiosk.cases.model import Case
from kiosk.errors import NotFound
from kiosk.hall import excepting
from kiosk.operators import audit, departments, service
from tests.builders.cases import PROMISED_ITEM, a_case_at, a_submission
from tests.builders.clerks import PASSWORD
from tests.builders.machines import Machine

#: Civil affairs serves the authority of `PROMISED_ITEM`; health insurance is given the item.
OWN, OTHER = "MZ", "YB"
#: Seconds until what never waits is a failure.
PATIENCE = 20


@pytest.fixture
def case_id(pair) -> str:
    made = a_case_at(pair.terminal, a_submission(pair.terminal, PROMISED_ITEM))
    pair.settle()
    with pair.hall.writing() as session:
        departments.set_up(session, pair.hall.parts.catalogue, "command")
    return made.case_id


def a_clerk_of(hall: Machine, code: str) -> str:
    made = hall.within(service.create, code.lower(), "王", "clerk", PASSWORD, (), (code,))
    return made.id


def give(hall: Machine) -> None:
    hall.within(excepting.give, hall.parts, PROMISED_ITEM, OTHER, "admin")


def take(hall: Machine, case_id: str, clerk: str) -> Case:
    return hall.within(desk.take, hall.parts, case_id, clerk)


def accept(hall: Machine, case_id: str, clerk: str) -> Case:
    return hall.within(desk.decide, hall.parts, case_id, "accept", clerk)


def waiters(hall: Machine) -> int:
    query = text(
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND database ="
        " (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with hall.reading() as session:
        return session.execute(query).scalar_one()


def until_wait(hall: Machine, count: int) -> None:
    """Return when so many transactions wait for others."""
    ends = time.monotonic() + PATIENCE
    while waiters(hall) < count:
        assert time.monotonic() < ends, f"not {count} wait"


@pytest.mark.parametrize("step", [take, accept])
def test_who_was_let_in_before_the_item_was_given_away_is_told_there_is_no_such_case(
    hall, case_id, step
):
    own, other = a_clerk_of(hall, OWN), a_clerk_of(hall, OTHER)
    give(hall)
    before = hall.row_counts()
    with pytest.raises(NotFound, match="case_unknown"):
        step(hall, case_id, own)
    assert hall.row_counts() == before
    assert step(hall, case_id, other).holder == other


@pytest.mark.parametrize("hall", ["postgresql"], indirect=True)
@pytest.mark.parametrize("step", [take, accept])
def test_what_is_taken_while_its_item_is_given_away_is_put_back_for_who_has_it_now(
    hall, case_id, step
):
    own, other = a_clerk_of(hall, OWN), a_clerk_of(hall, OTHER)
    with ThreadPoolExecutor(2) as others:
        # Both write into the audit log last: whoever has its lock keeps them just before the end.
        with hall.writing() as session:
            session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": audit._LOCK})
            stepping = others.submit(step, hall, case_id, own)
            until_wait(hall, 1)
            giving = others.submit(give, hall)
            until_wait(hall, 2)
        assert stepping.result(PATIENCE).holder == own
        giving.result(PATIENCE)
    with hall.reading() as session:
        assert session.scalar(select(Case.holder).where(Case.id == case_id)) is None
    assert take(hall, case_id, other).holder == other
