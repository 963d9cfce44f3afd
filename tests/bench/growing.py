"""What a case costs a hall that has millions already, over what it costs one with ten thousand.

A terminal drains a few thousand real cases first; the rows of before are copies of theirs, made
inside PostgreSQL (`multiplying`). What is measured is the product itself: the terminal drains
a backlog to the hall's web processes before and after, several times, and the quickest counts, for
what a host's strangers take is added to either side by chance.
"""

import os
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import psycopg

from tests.bench.arriving import connected
from tests.bench.backlog import fill
from tests.bench.figure import Figure, Watch
from tests.bench.multiplying import TERMINALS, Multiplied
from tests.bench.stage import Stage, cpu_seconds, prepared

SMALL = 10_000
#: Fewer for a trial: the figure then says so.
LARGE = int(os.environ.get("BENCH_CASES", "5000000"))
DRAINED = 4_000
ROUNDS = 3
#: PostgreSQL leaves out of its log what a transaction writes into a table that it emptied itself.
UNLOGGED = {"wal_level": "minimal", "max_wal_senders": "0"}


@dataclass(frozen=True, slots=True)
class Cost:
    """What a case costs at one size: milliseconds, and PostgreSQL's own of the processor."""

    wall: float
    database: float


def measure() -> Iterator[Figure]:
    """Drain backlogs to a small hall and to a large one."""
    with prepared(database=UNLOGGED) as stage, closing(connected(stage)) as hall:
        _drained(stage, hall)
        watch = Watch.start()
        copies = Multiplied(stage, hall)
        copies.grow(0, SMALL - DRAINED)
        small = _cheapest(stage, hall)
        begun = time.monotonic()
        copies.grow(SMALL, LARGE)
        loaded = time.monotonic() - begun
        bytes_there = hall.execute("select pg_database_size('hall')").fetchone()
        large = _cheapest(stage, hall)
        machine = watch.others(0.0)
    conditions = (
        f"milliseconds for a case, the quickest of {ROUNDS} drains of {DRAINED:,} each: "
        f"{small.wall:.3f} at {SMALL:,} and {large.wall:.3f} at {LARGE:,} cases of {TERMINALS:,} "
        f"terminals; PostgreSQL's CPU {small.database:.3f} and {large.database:.3f} ms; "
        f"{(bytes_there or (0,))[0] / 1e9:.1f} GB, made in {loaded:.0f} s; {machine} (all counted)"
    )
    yield Figure("growth_ratio", round(large.wall / small.wall, 2), "", LARGE, conditions)


def _cheapest(stage: Stage, hall: psycopg.Connection[tuple[int]]) -> Cost:
    costs = [_drained(stage, hall) for _ in range(ROUNDS)]
    return Cost(min(one.wall for one in costs), min(one.database for one in costs))


def _drained(stage: Stage, hall: psycopg.Connection[tuple[int]]) -> Cost:
    """Fill the terminal and let it drain; what the first envelope brings is not counted."""
    with closing(stage.terminal_database()) as terminal:
        own = terminal.execute("select terminal_id from peer").fetchone()[0]
    before = _there(hall, own)
    fill(stage, DRAINED)
    stage.start("hall-web")
    stage.start("terminal-worker")
    while (first := _there(hall, own) - before) < 1:
        time.sleep(0.002)
    begun, busy = time.perf_counter(), database_seconds(hall)
    while _there(hall, own) < before + DRAINED:
        time.sleep(0.005)
    seconds, busy = time.perf_counter() - begun, database_seconds(hall) - busy
    stage.stop("terminal-worker", "hall-web")
    counted = DRAINED - first
    return Cost(1000 * seconds / counted, 1000 * busy / counted)


def _there(hall: psycopg.Connection[tuple[int]], terminal_id: str) -> int:
    """Return how many entries of a terminal are at the hall."""
    query = "select cursor_seq from terminal where terminal_id = %s"
    row = hall.execute(query, [terminal_id]).fetchone()
    return row[0] if row else 0


def database_seconds(hall: psycopg.Connection[tuple[int]]) -> float:
    """Return the CPU seconds of the sessions that the hall's web processes have open."""
    query = "select pid from pg_stat_activity where backend_type = 'client backend'"
    others = [pid for (pid,) in hall.execute(query) if pid != hall.info.backend_pid]
    return cpu_seconds(others)
