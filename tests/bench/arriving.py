"""How soon a case is at the hall, and how soon the terminal knows, on a real PostgreSQL.

What is at the hall is asked of its database: the terminal's cursor moves in the transaction that
writes the cases, so it shows neither more nor less than what is committed.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing

import psycopg

from tests.bench.applications import prepare
from tests.bench.figure import Figure, Watch, percentile
from tests.bench.stage import Stage, prepared
from tests.bench.submitting import TERMINAL, submit

ONE_BY_ONE = 200
PUTS = 100
PAUSE_SECONDS = 0.3
_LIMIT_SECONDS = 300.0


class NotArrived(Exception):
    """The hall does not have the cases in time."""


def one_by_one() -> Iterator[Figure]:
    """Submit a case, wait until the hall has it, submit the next."""
    with prepared() as stage:
        requests = prepare(stage, 20 + ONE_BY_ONE)
        stage.start("hall-web", *TERMINAL)
        with closing(connected(stage)) as hall:
            watch, waits = Watch.start(), []
            for number, request in enumerate(requests, start=1):
                begun = time.perf_counter()
                submit(stage, [request], connections=1)
                wait_for(hall, number, pause=0.001)
                waits.append((time.perf_counter() - begun) * 1000)
            waits = waits[20:]
            conditions = (
                "from sending the application to COMMIT at the hall, line up, one after the "
                f"other; p95 {percentile(waits, 0.95):.0f} ms, worst {max(waits):.0f} ms; "
                f"{watch.others(0.0)} (our own counted)"
            )
    middle = round(percentile(waits, 0.5), 1)
    yield Figure("submit_to_hall_p50", middle, "ms", len(waits), conditions)


def acknowledged() -> Iterator[Figure]:
    """Submit a case, wait until the terminal knows that the hall has it, and let its files go."""
    with prepared() as stage:
        requests = prepare(stage, 10 + PUTS)
        stage.start("hall-web", *TERMINAL)
        with closing(stage.terminal_database()) as terminal:
            watch, waits, whole = Watch.start(), [], []
            for number, request in enumerate(requests, start=1):
                begun = time.perf_counter()
                submit(stage, [request], connections=1)
                receipt = time.perf_counter()
                _wait_until_known(terminal, number)
                waits.append((time.perf_counter() - receipt) * 1000)
                whole.append((time.perf_counter() - begun) * 1000)
                time.sleep(PAUSE_SECONDS)
            waits, whole = waits[10:], whole[10:]
            conditions = (
                "from the receipt, which is COMMIT at the terminal, to the acknowledgement kept "
                f"there; one at a time, {PAUSE_SECONDS} s between them for its pictures; with the "
                f"submission p50 {percentile(whole, 0.5):.0f} ms; p95 "
                f"{percentile(waits, 0.95):.0f} ms; {watch.others(0.0)} (our own counted)"
            )
    yield Figure("put_ack_p50", round(percentile(waits, 0.5), 1), "ms", len(waits), conditions)


def _wait_until_known(terminal: sqlite3.Connection, entries: int) -> None:
    """Return when the terminal knows that the hall has `entries` of its entries."""
    end = time.monotonic() + _LIMIT_SECONDS
    while terminal.execute("select ack_seq from peer").fetchone()[0] < entries:
        if time.monotonic() > end:
            raise NotArrived(f"entry {entries} is not acknowledged")
        time.sleep(0.001)


def connected(stage: Stage) -> psycopg.Connection[tuple[int]]:
    """Return a connection to the hall's database."""
    url = stage.hall_database.replace("postgresql+psycopg", "postgresql")
    return psycopg.connect(url, autocommit=True)


def wait_for(
    hall: psycopg.Connection[tuple[int]],
    entries: int,
    pause: float,
    most: float = _LIMIT_SECONDS,
) -> int:
    """Return how many entries the hall has as soon as they are at least `entries`.

    NotArrived when they are not within `most` seconds.
    """
    end = time.monotonic() + most
    while True:
        row = hall.execute("select cursor_seq from terminal").fetchone()
        if row is not None and row[0] >= entries:
            return row[0]
        if time.monotonic() > end:
            raise NotArrived(f"{row} of {entries} entries are at the hall")
        time.sleep(pause)
