"""How the hall asks its database: what looks at it only holds nothing open, and leaves nothing."""

import threading

import pytest
from rq.timeouts import JobTimeoutException
from sqlalchemy import func, select

from kiosk import db
from kiosk.db import glancing
from kiosk.operators.model import Operator
from tests.builders.machines import Machine


def test_a_glance_at_postgresql_stands_in_no_transaction(a_hall):
    """There `now()` is the beginning of the transaction, and so the same as long as one lasts."""
    with a_hall("postgresql").app.app_context(), glancing() as session:
        moments = {session.scalar(select(func.now())) for _ in range(3)}
    assert len(moments) == 3


def test_a_glance_writes_nothing(hall: Machine):
    with hall.app.app_context():
        with glancing() as session:
            before = session.scalar(select(func.count()).select_from(Operator))
            session.add(Operator(id="x", username="x", display_name="x", role="admin"))
            session.scalar(select(Operator.id))
        with glancing() as session:
            assert session.scalar(select(func.count()).select_from(Operator)) == before


class Interrupted:
    """A lock whose waiter is interrupted as soon as it has it, as RQ's timer may do."""

    def __init__(self, lock):
        self._lock = lock

    def acquire(self, timeout: float) -> bool:
        self._lock.acquire(timeout=timeout)
        raise JobTimeoutException("120 s are over")

    def release(self) -> None:
        self._lock.release()


def test_a_job_that_is_interrupted_at_the_lock_keeps_no_other_from_writing(terminal, monkeypatch):
    with monkeypatch.context() as timer:
        timer.setattr(db, "_threads", Interrupted(db._threads))
        with pytest.raises(JobTimeoutException), terminal.writing():
            pass
    others: list[bool] = []

    def write() -> None:
        others.append(db._threads.acquire(blocking=False))
        if others[0]:
            db._threads.release()

    other = threading.Thread(target=write)
    other.start()
    other.join()
    assert others == [True]
