"""A backlog over 64 kbit/s: cases before photographs, and a new case before old photographs.

Ten thousand cases take about half an hour and their photographs half a day: a few go over a line
that is really that narrow, and the rest is reckoned from their bytes. BENCH_THIN_CASES=10000 lets
all of them over it. Neighbours: `narrow` is the line, `draining` the same on a quick one.
"""

import os
import time
from collections.abc import Iterator
from contextlib import closing
from typing import LiteralString

import psycopg

from tests.bench.applications import prepare
from tests.bench.arriving import connected, wait_for
from tests.bench.backlog import fill
from tests.bench.figure import Figure
from tests.bench.narrow import narrow_line
from tests.bench.stage import prepared
from tests.bench.submitting import submit

BITS = 64_000
CASES, ALL = int(os.environ.get("BENCH_THIN_CASES", "60")), 10_000
NEW = 5
_SLACK_SECONDS = 120.0
#: No case weighs more on the line; who waits longer waits in vain.
_MOST_BYTES = 4_000
_WANTED = "select count(*) from expected_blob"
_NAMED = "select sum(jsonb_array_length(blobs::jsonb)) from ledger"


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
            most = CASES * _MOST_BYTES * 8 / BITS + _SLACK_SECONDS
            wait_for(hall, CASES, pause=0.01, most=most)
            cases = time.monotonic() - begun
            used = line.up
            wanted = _count(hall, _WANTED)
            early = _count(hall, _NAMED) - wanted
            while _count(hall, _WANTED) == wanted:
                time.sleep(0.05)
            waits = []
            for number, each in enumerate(requests, start=1):
                begun = time.monotonic()
                submit(stage, [each], connections=1)
                wait_for(hall, CASES + number, pause=0.01)
                waits.append(time.monotonic() - begun)
                time.sleep(3.0)
            left = _count(hall, _WANTED)
    reckoned = used / CASES * ALL * 8 / BITS
    told = (
        f"{CASES:,} cases were at the hall after {cases:.0f} s, with the worker's start, {used:,} "
        f"bytes up; {early} of their {wanted + early:,} photographs had come before the last of "
        "them; " + ("measured" if CASES >= ALL else f"reckoned from the bytes for {ALL:,}")
    )
    hours = round((cases if CASES >= ALL else reckoned) / 3600, 2)
    yield Figure("thin_line_drain", hours, "h", CASES, told)
    told = (
        f"from handing in to COMMIT at the hall while {left} of {wanted} photographs are to be sent"
    )
    yield Figure("thin_line_overtake", round(max(waits), 1), "s, worst", NEW, told)


def _count(hall: psycopg.Connection[tuple[int]], query: LiteralString) -> int:
    row = hall.execute(query).fetchone()
    return int(row[0]) if row else 0
