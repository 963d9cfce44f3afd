"""The worker's own threads: they outlive what fails for a while."""

import itertools
import threading

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from kiosk import clock, tidying, worker
from kiosk.app_services import Services
from sync import elapsed
from sync.expecting import ExpectedBlob
from sync.heartbeat import LEAST_SECONDS
from sync.transport import LineDown
from tests.builders.many_terminals import a_fleet


def a_database_error(session: Session) -> None:
    session.execute(text("SELECT * FROM nowhere"))


def a_disk_error(_: Session) -> None:
    raise OSError("the disk does not answer")


@pytest.mark.parametrize("fail", [a_database_error, a_disk_error])
def test_wiping_goes_on_after_a_failure_which_is_logged(terminal, monkeypatch, fail):
    stop, calls = threading.Event(), []

    def tidy(session: Session, parts: Services) -> None:
        calls.append(parts)
        if len(calls) == 1:
            fail(session)
        stop.set()

    monkeypatch.setattr(tidying, "TIDY_SECONDS", 0.01)
    monkeypatch.setattr(tidying, "tidy", tidy)
    with capture_logs() as logged:
        tidying.run(terminal.transactions, terminal.parts, stop)
    assert calls == [terminal.parts, terminal.parts]
    assert [entry["event"] for entry in logged] == ["tidying_failed"]


def test_a_line_that_falters_at_a_file_leaves_the_pull_what_it_was(small_pair, monkeypatch):
    terminal, line = small_pair.terminal, small_pair.line
    lost = "a" * 64
    with terminal.writing() as session:
        session.add(ExpectedBlob(sha256=lost, terminal_id=small_pair.terminal_id, subject="x"))
    monkeypatch.setattr(line, "fetch_piece", falters, raising=False)
    exchange = worker.Exchange(terminal.transactions, terminal.parts, lambda *_: line)
    assert exchange.pull() == []
    assert small_pair.peer().last_contact is not None


@pytest.mark.parametrize(("piece", "waits"), [(b"p", LEAST_SECONDS), (b"", 101)])
def test_files_that_are_left_when_the_time_is_over_are_gone_on_with_soon(
    small_pair, monkeypatch, piece, waits
):
    """And those that the hall has not got either are asked for as rarely as all else."""
    terminal, line = small_pair.terminal, small_pair.line
    a_fleet(small_pair.hall, 7_000, clock.now())
    with terminal.writing() as session:
        for name in "ab":
            row = ExpectedBlob(sha256=name * 64, terminal_id=small_pair.terminal_id, subject="x")
            session.add(row)
    monkeypatch.setattr(line, "fetch_piece", lambda *_: (piece, 10), raising=False)
    monkeypatch.setattr(worker, "BLOB_SECONDS", 1.0)
    exchange = worker.Exchange(terminal.transactions, terminal.parts, lambda *_: line)
    seconds = itertools.count()
    with elapsed.use(lambda: next(seconds), lambda _: None):
        exchange.pull()
    assert exchange.heartbeat.seconds == waits


def falters(*_: object) -> tuple[bytes, int]:
    raise LineDown("the line is cut")
