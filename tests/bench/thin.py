"""A backlog over 64 kbit/s: cases before photographs, and a new case before old photographs.

Ten thousand cases would take hours; a few go over a line that is really that narrow, and the rest is
reckoned from their rate. Neighbours: `narrow` is the line, `draining` the same on a quick one.
"""

import time
from collections.abc import Iterator
from contextlib import closing

import psycopg

from tests.bench.applications import prepare
from tests.bench.arriving import connected, wait_for
from tests.bench.backlog import fill
from tests.bench.figure import Figure
from tests.bench.narrow import narrow_line
from tests.bench.stage import prepared
from tests.bench.submitting import submit

BITS = 64_000
CASES, ALL = 60, 10_000
NEW = 5
_WANTED = "select count(*) from expected_blob"


def measure() -> Iterator[Figure]:
    """Let a few cases and their photographs over the line, and hand in new ones meanwhile."""
    with prepared() as stage:
        requests = prepare(stage, NEW)
        fill(stage, CASES)
        stage.start("hall-web", "terminal-web")
        with closing(connected(stage)) as hall, narrow_line(stage.hall_port, BITS) as line:
            stage.reroute(line.port)
            begun = time.monotonic()
            stage.start("terminal-worker")
            wait_for(hall, CASES, pause=0.01)
            cases = time.monotonic() - begun
            used = line.up
            wanted = _wanted(hall)
            while _wanted(hall) == wanted:
                time.sleep(0.05)
            waits = []
            for number, each in enumerate(requests, start=1):
                begun = time.monotonic()
                submit(stage, [each], connections=1)
                wait_for(hall, CASES + number, pause=0.01)
                waits.append(time.monotonic() - begun)
                time.sleep(3.0)
            left = _wanted(hall)
    told = (
        f"{CASES} cases were at the hall after {cases:.0f} s, with the worker's start, {used:,} "
        f"bytes up, before the first of {wanted} photographs; reckoned for {ALL:,}"
    )
    hours = round(used / CASES * ALL * 8 / BITS / 3600, 2)
    yield Figure("thin_line_drain", hours, "h", CASES, told)
    told = (
        f"from handing in to COMMIT at the hall while {left} of {wanted} photographs are to be sent"
    )
    yield Figure("thin_line_overtake", round(max(waits), 1), "s, worst", NEW, told)


def _wanted(hall: psycopg.Connection[tuple[int]]) -> int:
    row = hall.execute(_WANTED).fetchone()
    return row[0] if row else 0
