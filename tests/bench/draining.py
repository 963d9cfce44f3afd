"""How fast a backlog drains, against the machine's own limit, and what it costs on the way.

The backlog lies in a terminal on SQLite, the hall is on PostgreSQL, and between them is HTTP: the
product's own processes, on one machine. What is at the hall is asked of its database, as in
`arriving`. Neighbours: `backlog` writes the cases, `narrow` is the line.
"""

import os
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg

from tests.bench.applications import prepare
from tests.bench.arriving import connected, wait_for
from tests.bench.backlog import Backlog, fill
from tests.bench.figure import Figure, Watch, percentile
from tests.bench.narrow import narrow_line
from tests.bench.stage import Stage, cpu_seconds, prepared
from tests.bench.submitting import submit

CASES = int(os.environ.get("BENCH_CASES", "10000"))
#: As many cases in a transaction as in an envelope.
BATCH = 500
#: The tables that a new case has rows in, and by which column a row is told to be of a case.
TABLES = {
    "ledger": "subject",
    "cases": "id",
    "subject_key": "subject",
    "expected_blob": "subject",
    "help_record": "id",
}
WIRE_CASES = 2_000
#: A third of the items have bodies of so many bytes; on average they have 2,000.
LARGE = 1_700
SUBMISSIONS = 300


def backlog() -> Iterator[Figure]:
    """Let a terminal drain; then write the same rows again, as fast as the database takes them."""
    with prepared() as stage:
        before = _idle_worker(stage)
        written = fill(stage, CASES)
        stage.start("hall-web")
        with closing(connected(stage)) as hall:
            watch = Watch.start()
            stage.start("terminal-worker")
            first = wait_for(hall, 1, pause=0.002)
            began = watch.seconds()
            wait_for(hall, CASES, pause=0.01)
            seconds = watch.seconds()
            sender = cpu_seconds(stage.processes("terminal-worker"))
            taker = cpu_seconds(stage.processes("hall-web"))
            grown = _memory(stage, "VmHWM") - before
            stage.stop("terminal-worker")
            rate = (CASES - first) / (seconds - began)
            conditions = (
                f"{_told(written)}; PostgreSQL with fsync, on the same cores; from the first "
                f"envelope ({first} cases) to the last; with the worker's start {seconds:.1f} s; "
                f"CPU per case: worker {1000 * sender / CASES:.2f} ms, hall "
                f"{1000 * taker / CASES:.2f} ms; {watch.others(sender + taker)} "
                "(PostgreSQL counted)"
            )
            limit, how = _limit(hall)
    yield Figure("drain_rate", round(rate), "cases/s", CASES - first, conditions)
    told = f"of {limit:.0f} cases/s by {how}, batches of {BATCH}, one connection, the same run"
    yield Figure("drain_fraction", round(rate / limit, 3), "", CASES, told)
    told = f"highest resident memory of the worker in the drain over idle {before:.0f} MB"
    yield Figure("drain_memory", round(grown, 1), "MB", CASES, told)


def wire() -> Iterator[Figure]:
    """Count all bytes on the line for a backlog: requests and answers, HTTP and signatures."""
    yield _wire("wire_bytes_per_case", 0)
    yield _wire("wire_bytes_per_large_case", LARGE)


def _wire(name: str, least: int) -> Figure:
    with prepared() as stage:
        written = fill(stage, WIRE_CASES, least)
        stage.start("hall-web")
        with closing(connected(stage)) as hall, narrow_line(stage.hall_port) as line:
            stage.reroute(line.port)
            stage.start("terminal-worker")
            wait_for(hall, WIRE_CASES, pause=0.005)
            up, down = line.up, line.down
    value = round((up + down) / WIRE_CASES)
    told = f"{_told(written)}; {up:,} bytes up, {down:,} down, TCP and IP not counted"
    return Figure(name, value, "bytes", WIRE_CASES, told)


def submitting() -> Iterator[Figure]:
    """Submit, one after the other, while the backlog drains."""
    with prepared() as stage:
        requests = prepare(stage, SUBMISSIONS + 20)
        fill(stage, CASES)
        stage.start("terminal-web", "hall-web")
        submit(stage, requests[:20], connections=1)
        with closing(connected(stage)) as hall:
            watch, waits = Watch.start(), list[float]()
            stage.start("terminal-worker")
            wait_for(hall, 1, pause=0.002)
            for request in requests[20:]:
                waits += submit(stage, [request], connections=1).milliseconds
                if wait_for(hall, 0, pause=0) >= CASES:
                    break
            conditions = (
                f"one after the other while {CASES:,} cases drain on the same cores; "
                f"p50 {percentile(waits, 0.5):.1f} ms, worst {max(waits):.0f} ms; "
                f"{watch.others(0.0)} (our own counted)"
            )
    value = round(percentile(waits, 0.99), 1)
    yield Figure("submit_p99_draining", value, "ms", len(waits), conditions)


def _told(written: Backlog) -> str:
    return f"items in turn, bodies of {written.body_bytes:,} bytes of JSON on average"


def _idle_worker(stage: Stage) -> float:
    """Return the megabytes of a worker that has reached the hall and has nothing to do."""
    stage.start("hall-web", "terminal-worker")
    with closing(connected(stage)) as hall:
        while hall.execute("select last_seen from terminal").fetchone() == (None,):
            time.sleep(0.1)
    memory = _memory(stage, "VmRSS")
    stage.stop("hall-web", "terminal-worker")
    return memory


def _memory(stage: Stage, field: str) -> float:
    total = 0.0
    for pid in stage.processes("terminal-worker"):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith(field + ":"):
                total += int(line.split()[1]) / 1024
    return total


def _limit(hall: psycopg.Connection[tuple[int]]) -> tuple[float, str]:
    """Empty the tables, write their rows again in both bulk ways, and return the faster one."""
    rows, columns = {}, {}
    cases = [row[0] for row in hall.execute("select subject from ledger order by epoch, seq")]
    for table, key in TABLES.items():
        cursor = hall.execute(f"select * from {table}", binary=True)  # noqa: S608
        columns[table] = [column.name for column in cursor.description or ()]
        place, kept = columns[table].index(key), dict[object, list[tuple[object, ...]]]()
        for row in cursor:
            kept.setdefault(row[place], []).append(row)
        rows[table] = kept
    found = []
    for way in (_by_copy, _by_inserts):
        hall.execute(f"truncate {', '.join(TABLES)}")
        begun = time.perf_counter()
        for start in range(0, len(cases), BATCH):
            batch = cases[start : start + BATCH]
            with hall.transaction():
                for table in TABLES:
                    some = [row for case in batch for row in rows[table].get(case, ())]
                    way(hall, table, columns[table], some)
        found.append((len(cases) / (time.perf_counter() - begun), way.__doc__ or ""))
    return max(found)


def _by_copy(
    hall: psycopg.Connection[tuple[int]],
    table: str,
    columns: list[str],
    rows: list[tuple[object, ...]],
) -> None:
    """COPY"""
    with hall.cursor().copy(f"copy {table} ({', '.join(columns)}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def _by_inserts(
    hall: psycopg.Connection[tuple[int]],
    table: str,
    columns: list[str],
    rows: list[tuple[object, ...]],
) -> None:
    """executemany"""  # noqa: D403
    places = ", ".join(["%s"] * len(columns))
    statement = f"insert into {table} ({', '.join(columns)}) values ({places})"  # noqa: S608
    hall.cursor().executemany(statement, rows)
