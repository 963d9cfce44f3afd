"""How soon a case is at the hall, and how fast a backlog drains, on a real PostgreSQL.

What is at the hall is asked of its database: the terminal's cursor moves in the transaction that
writes the cases, so it shows neither more nor less than what is committed.
"""

import time
from collections.abc import Iterator
from contextlib import closing

import psycopg

from tests.bench.applications import prepare
from tests.bench.figure import Figure, Watch, percentile
from tests.bench.stage import Stage, cpu_seconds, prepared
from tests.bench.submitting import TERMINAL, submit

ONE_BY_ONE = 200
BACKLOG = 10_000
_LIMIT_SECONDS = 300.0


class NotArrived(Exception):
    """The hall does not have the cases within five minutes."""


def one_by_one() -> Iterator[Figure]:
    """Submit a case, wait until the hall has it, submit the next."""
    with prepared() as stage:
        requests = prepare(stage, 20 + ONE_BY_ONE)
        stage.start("hall-web", *TERMINAL)
        with closing(_connected(stage)) as hall:
            watch, waits = Watch.start(), []
            for number, request in enumerate(requests, start=1):
                begun = time.perf_counter()
                submit(stage, [request], connections=1)
                _wait_for(hall, number, pause=0.001)
                waits.append((time.perf_counter() - begun) * 1000)
            waits = waits[20:]
            conditions = (
                "from sending the application to COMMIT at the hall, line up, one after the "
                f"other; p95 {percentile(waits, 0.95):.0f} ms, worst {max(waits):.0f} ms; "
                f"{watch.others(0.0)} (our own counted)"
            )
    middle = round(percentile(waits, 0.5), 1)
    yield Figure("submit_to_hall_p50", middle, "ms", len(waits), conditions)


def backlog() -> Iterator[Figure]:
    """Fill the queue with the line cut, then let the worker send it."""
    with prepared() as stage:
        requests = prepare(stage, BACKLOG)
        stage.start("terminal-web")
        submit(stage, requests)
        stage.stop("terminal-web")
        stage.start("hall-web")
        with closing(_connected(stage)) as hall:
            watch = Watch.start()
            stage.start("terminal-worker")
            first = _wait_for(hall, 1, pause=0.002)
            began = watch.seconds()
            _wait_for(hall, BACKLOG, pause=0.01)
            seconds = watch.seconds()
            sender = cpu_seconds(stage.processes("terminal-worker"))
            taker = cpu_seconds(stage.processes("hall-web"))
        conditions = (
            f"PostgreSQL with fsync, on the same cores; from the first envelope ({first} cases) to "
            f"the last; with the worker's start {seconds:.1f} s; CPU per case: worker "
            f"{1000 * sender / BACKLOG:.2f} ms, hall {1000 * taker / BACKLOG:.2f} ms; "
            f"{watch.others(sender + taker)} (PostgreSQL counted)"
        )
    rate = round((BACKLOG - first) / (seconds - began))
    yield Figure("drain_rate", rate, "cases/s", BACKLOG - first, conditions)


def _connected(stage: Stage) -> psycopg.Connection[tuple[int]]:
    url = stage.hall_database.replace("postgresql+psycopg", "postgresql")
    return psycopg.connect(url, autocommit=True)


def _wait_for(hall: psycopg.Connection[tuple[int]], entries: int, pause: float) -> int:
    """Return how many entries the hall has as soon as they are at least `entries`."""
    end = time.monotonic() + _LIMIT_SECONDS
    while True:
        row = hall.execute("select cursor_seq from terminal").fetchone()
        if row is not None and row[0] >= entries:
            return row[0]
        if time.monotonic() > end:
            raise NotArrived(f"{row} of {entries} entries are at the hall")
        time.sleep(pause)
