"""The audit log: a record goes with its act, and each is chained to the one before it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from kiosk.operators.audit import COMMAND, GENESIS, AuditRecord, digest_of, record


def records(hall):
    with hall.writing() as session:
        return session.scalars(select(AuditRecord).order_by(AuditRecord.seq)).all()


def noted(hall, target):
    with hall.writing() as session:
        record(session, "terminal.revoked", target, COMMAND, {"reason": "stolen"})


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_many_acts_at_once_make_one_chain_without_a_gap(a_hall, kind):
    hall = a_hall(kind)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: noted(hall, str(number)), range(40)))
    made = records(hall)
    assert [each.seq for each in made] == list(range(1, 41))
    assert {each.target for each in made} == {str(number) for number in range(40)}
    assert [each.prev_digest for each in made] == [GENESIS, *(each.digest for each in made[:-1])]
    assert all(digest_of(each) == each.digest for each in made)


def test_an_act_that_failed_leaves_no_record(a_hall):
    hall = a_hall("sqlite")

    class Failed(Exception):
        pass

    with pytest.raises(Failed), hall.writing() as session:
        record(session, "terminal.revoked", "1", COMMAND)
        raise Failed
    assert records(hall) == []
