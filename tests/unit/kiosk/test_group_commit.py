"""Writers that come together are in one commit; each gets what is due to it alone."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from errno import ENOSPC

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

    def assert_commits(self, count: int, stored: int) -> None:
        """There were so many commits; a commit is looked at when the next may have been made."""
        assert len(self.stored_after_each_commit) == count
        assert max(self.stored_after_each_commit) == stored

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
    # One commit for the first, one for the four that came meanwhile.
    writers.assert_commits(2, stored=5)


def test_a_row_that_is_refused_is_refused_to_its_writer_alone(writers):
    done = writers.write(*[writes(name) for name in ("a", "b", "a", "c")])
    assert [type(each.exception()) for each in done] == [
        type(None),
        type(None),
        IntegrityError,
        type(None),
    ]
    writers.assert_commits(2, stored=3)


@pytest.mark.parametrize(
    "error",
    [OperationalError("INSERT", {}, Exception("database or disk is full")), OSError(ENOSPC, "")],
)
def test_what_befalls_the_commit_befalls_all_of_its_group_and_stores_nothing(writers, error):
    def disk_is_full(_rows: Connection) -> None:
        raise error

    done = writers.write(writes("first"), writes("b"), disk_is_full, writes("c"))
    assert [type(each.exception()) for each in done[1:]] == [type(error)] * 3
    assert writers.stored_after_each_commit == [1, 1]


def test_a_turn_that_cannot_be_had_keeps_nobody_from_writing(writers, terminal):
    turn = terminal.parts.config.data_dir / "terminal.db-turn"

    def takes_the_turn_away(rows: Connection) -> None:
        writes("first")(rows)
        turn.unlink()
        turn.mkdir()

    done = writers.write(takes_the_turn_away, writes("b"), writes("c"))
    turn.rmdir()
    # SQLite has the word alone then.
    assert [each.exception() for each in done] == [None] * 3
    writers.assert_commits(2, stored=3)


def test_a_bug_in_a_deed_is_raised_to_its_writer_and_the_others_are_committed(writers):
    def has_a_bug(rows: Connection) -> None:
        writes("half")(rows)
        raise KeyError("missing")

    done = writers.write(writes("first"), writes("b"), has_a_bug, writes("c"))
    assert [type(each.exception()) for each in done] == [
        type(None),
        type(None),
        KeyError,
        type(None),
    ]
    writers.assert_commits(2, stored=3)


def test_who_is_ended_while_committing_for_others_leaves_them_to_the_next(writers, terminal):
    ended = threading.Event()

    def is_ended_once(rows: Connection) -> None:
        writes("b")(rows)
        if not ended.is_set():
            ended.set()
            raise SystemExit

    done = writers.write(writes("first"), writes("a"), is_ended_once, writes("c"))
    # Whoever led is gone with what he had; nobody else is.
    assert sorted(str(type(each.exception()).__name__) for each in done) == [
        *["NoneType"] * 3,
        "SystemExit",
    ]
    with terminal.app.app_context():
        assert stored() == 3


def test_a_writer_goes_on_after_a_failure_of_its_own(writers):
    assert isinstance(writers.write(lambda rows: writes(None)(rows))[0].exception(), IntegrityError)
    with writers._machine.app.app_context():
        writers.record(writes("later"))
    assert writers.stored_after_each_commit[-1] == 1
