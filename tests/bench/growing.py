"""What a case costs a hall that has millions already, over what it costs one with ten thousand.

The rows of before are made inside PostgreSQL, shaped as those of the product: ids in the order of
their time, numbers and hashes at random, a thousand terminals taking turns. What is measured is the
product itself: a terminal drains a backlog to the hall's web processes before and after.
"""

import os
from collections.abc import Iterator
from contextlib import closing

import psycopg

from tests.bench.arriving import connected, wait_for
from tests.bench.backlog import fill
from tests.bench.figure import Figure, Watch
from tests.bench.stage import Stage, cpu_seconds, prepared

SMALL = 10_000
#: Fewer for a trial: the figure then says so.
LARGE = int(os.environ.get("BENCH_CASES", "5000000"))
DRAINED = 5_000
TERMINALS = 1_000
#: Made in one statement, so that a machine with little memory makes them too.
_STEP = 250_000
_TABLES = ("ledger", "cases", "subject_key", "feed")

#: UUIDs of version 7 in the order of their numbers: a case every two seconds.
_ID = """substr(t,1,8)||'-'||substr(t,9,4)||'-7'||substr(m,1,3)||'-8'||substr(m,4,3)||'-'
||substr(m,7,12)"""
_ROWS = f"""
select i, {_ID} id, lpad(to_hex(i %% {TERMINALS}),8,'0')||'-0000-7000-8000-000000000000' terminal,
  1700000000000000 + i * 2000000 stamp, m
from (select i, lpad(to_hex(1700000000000 + i * 2000),12,'0') t, md5(i::text) m
      from generate_series(%(first)s::bigint, %(last)s::bigint) i) n
"""  # noqa: S608
_STATEMENTS = {
    "ledger": f"""
insert into ledger (terminal_id, epoch, seq, entry_id, subject, subject_seq, kind, version,
  recorded_at, uptime_ms, blobs, body, body_sha256, prev_digest, digest, received_at, verdict)
select terminal, 1, 1 + i / {TERMINALS}, id, id, 1, 'case.submitted', 1, stamp, i, '[]',
  decode(repeat(m, 60), 'hex'), encode(sha256(m::bytea),'hex'), sha256(m::bytea),
  sha256(m::bytea), stamp, 'applied' from ({_ROWS}) r""",  # noqa: S608
    "cases": f"""
insert into cases (id, number, token_hash, item, release, state, terminal_id, station_code,
  channel, submitted_at, changed_at)
select id, lpad((('x'||substr(m,1,12))::bit(48)::bigint %% 1000000000000000)::text,15,'0'),
  encode(sha256(m::bytea),'hex'), 'RS-'||lpad((i %% 110)::text,3,'0'), repeat(md5('r'),2),
  (array['submitted','accepted','approved','delivered','delivered','delivered'])[1 + i %% 6],
  terminal, '320582100008', 'kiosk', stamp, stamp from ({_ROWS}) r""",  # noqa: S608
    "subject_key": f"""
insert into subject_key (subject, wrapped)
select id, decode(repeat(m, 4), 'hex') from ({_ROWS}) r""",  # noqa: S608
    "feed": f"""
insert into feed (terminal_id, seq, kind, subject, recorded_at, body)
select terminal, 1 + i / {TERMINALS}, 'case.accepted', id, stamp, decode(repeat(m, 20), 'hex')
from ({_ROWS}) r""",  # noqa: S608
}


def measure() -> Iterator[Figure]:
    """Drain a backlog to a small hall and to a large one."""
    with prepared() as stage, closing(connected(stage)) as hall:
        grow(hall, 0, SMALL)
        small, cpu_small, _ = _drained(stage, hall, 1)
        grow(hall, SMALL, LARGE)
        large, cpu_large, machine = _drained(stage, hall, 2)
    conditions = (
        f"milliseconds for a case, {DRAINED:,} drained each time: {small:.3f} at {SMALL:,} and "
        f"{large:.3f} at {LARGE:,} cases; PostgreSQL's CPU {cpu_small:.3f} and {cpu_large:.3f} ms; "
        f"{machine}"
    )
    yield Figure("growth_ratio", round(large / small, 2), "", LARGE, conditions)


def grow(hall: psycopg.Connection[tuple[int]], first: int, last: int) -> None:
    """Add the cases from `first` to `last`; the indices are built anew afterwards, all at once."""
    watched = "(select oid from pg_class where relname like any(%s))"
    names = [[f"{table}%" for table in _TABLES]]
    ready = "update pg_index set indisready = %s where indrelid in " + watched  # noqa: S608
    hall.execute(ready, [False, *names])
    for start in range(first, last, _STEP):
        span = {"first": start, "last": min(start + _STEP, last) - 1}
        for statement in _STATEMENTS.values():
            hall.execute(statement, span)
    hall.execute(ready, [True, *names])
    for table in _TABLES:
        hall.execute(f"reindex table {table}")
        hall.execute(f"vacuum analyze {table}")
    hall.execute("checkpoint")


def _drained(
    stage: Stage, hall: psycopg.Connection[tuple[int]], turn: int
) -> tuple[float, float, str]:
    """Return milliseconds and PostgreSQL's CPU milliseconds for a case, and the machine's state."""
    fill(stage, DRAINED)
    stage.start("hall-web")
    watch = Watch.start()
    stage.start("terminal-worker")
    before = (turn - 1) * DRAINED
    first = wait_for(hall, before + 1, pause=0.002) - before
    began, busy = watch.seconds(), _database_seconds(hall)
    wait_for(hall, before + DRAINED, pause=0.005)
    seconds, busy = watch.seconds() - began, _database_seconds(hall) - busy
    machine = watch.others(0.0)
    stage.stop("terminal-worker", "hall-web")
    counted = DRAINED - first
    return 1000 * seconds / counted, 1000 * busy / counted, machine


def _database_seconds(hall: psycopg.Connection[tuple[int]]) -> float:
    """Return the CPU seconds of the sessions that the hall's web processes have open."""
    query = "select pid from pg_stat_activity where backend_type = 'client backend'"
    others = [pid for (pid,) in hall.execute(query) if pid != hall.info.backend_pid]
    return cpu_seconds(others)
