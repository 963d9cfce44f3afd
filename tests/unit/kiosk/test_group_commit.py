"""Writers that come together are in one commit; each gets what is due to it alone."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import IntegrityError, OperationalError

from kiosk.db import reading
from kiosk.group_commit import Deed, GroupCommit
from sync.keys import SubjectKey
from sync.tables import table_of
from tests.builders.machines import Machine

ROWS = table_of(SubjectKey)
PATIENCE = 10


def writes(subject: str) -> Deed:
    def deed(rows: Connection) -> None:
        rows.execute(ROWS.insert(), {"subject": subject, "wrapped": b""})

    return deed


def stored() -> int:
    with reading() as session:
        return session.execute(select(func.count()).select_from(ROWS)).scalar_one()


class Writers:
    """Threads that write at the same time: the first is held in its deed until the others wait."""

    def __init__(self, machine: Machine) -> None:
        self.stored_after_each_commit: list[int] = []
        self.commits = GroupCommit()
        self._machine = machine
        self._pool = ThreadPoolExecutor(8)

    def write(self, first: Deed, *others: Deed) -> list[Future[None]]:
        """Return what became of each."""
        begun, all_wait = threading.Event(), threading.Event()

        def held(rows: Connection) -> None:
            begun.set()
            assert all_wait.wait(PATIENCE)
            first(rows)

        futures = [self._pool.submit(self._in_app(held))]
        assert begun.wait(PATIENCE)
        futures += [self._pool.submit(self._in_app(other)) for other in others]
        while len(self.commits._waiting) < len(others):
            threading.Event().wait(0.001)
        all_wait.set()
        for future in futures:
            future.exception(PATIENCE)
        self._pool.shutdown()
        return futures

    def record(self, deed: Deed) -> None:
        self.commits.record(deed, lambda: self.stored_after_each_commit.append(stored()))

    def _in_app(self, deed: Deed) -> Callable[[], None]:
        def run() -> None:
            with self._machine.app.app_context():
                self.record(deed)

        return run


@pytest.fixture
def writers(terminal):
    return Writers(terminal)


def test_who_comes_during_a_commit_is_written_with_the_next(writers):
    done = writers.write(*[writes(f"case-{n}") for n in range(5)])
    assert [each.exception() for each in done] == [None] * 5
    # One commit for the first, one for the four that came meanwhile; each is on disk by then.
    assert writers.stored_after_each_commit == [1, 5]


def test_a_row_that_is_refused_is_refused_to_its_writer_alone(writers):
    done = writers.write(*[writes(name) for name in ("a", "b", "a", "c")])
    assert [type(each.exception()) for each in done] == [
        type(None),
        type(None),
        IntegrityError,
        type(None),
    ]
    assert writers.stored_after_each_commit == [1, 3]


def test_what_befalls_the_commit_befalls_all_of_its_group_and_stores_nothing(writers):
    def disk_is_full(_rows: Connection) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    done = writers.write(writes("first"), writes("b"), disk_is_full, writes("c"))
    assert [type(each.exception()) for each in done[1:]] == [OperationalError] * 3
    assert writers.stored_after_each_commit == [1, 1]


def test_a_writer_goes_on_after_a_failure_of_its_own(writers):
    assert isinstance(writers.write(lambda rows: writes(None)(rows))[0].exception(), IntegrityError)
    with writers._machine.app.app_context():
        writers.record(writes("later"))
    assert writers.stored_after_each_commit[-1] == 1
