"""How long people at the hall wait for a page, with twenty thousand terminals and millions of cases.

The rows are made inside PostgreSQL: terminals in every state that there is, cases and entries of
all of them. What is measured are pages as a browser asks for them, in changing order, over eight
connections. Neighbour: `growing` measures what terminals ask of such a hall.
"""

import os
import statistics
from collections.abc import Iterator, Sequence
from contextlib import closing

import psycopg
import urllib3

from kiosk.cli.selftest import Api
from tests.bench.arriving import connected
from tests.bench.client import exchange, request
from tests.bench.figure import Figure, Watch, percentile
from tests.bench.multiplying import _ID
from tests.bench.stage import Stage, cpu_seconds, prepared

#: Fewer for a trial: the figure then says so.
TERMINALS = int(os.environ.get("BENCH_TERMINALS", "20000"))
CASES = int(os.environ.get("BENCH_CASES", "2000000"))
CONNECTIONS, TURNS = 8, 50
_STEP = 250_000
_PASSWORD = "a long bench password"
#: One terminal in fifty is silent, one in fifty late, some have a queue, an error, little disk.
_TERMINALS = """
insert into terminal (terminal_id, number, station_code, station_name, public, standing,
  enrolled_at, cursor_epoch, cursor_seq, cursor_digest, feed_head, feed_cursor, taken,
  reported_pending, reported_blobs, last_seen, last_entry_at, reported_oldest_at, reported_error,
  reported_version, reported_disk_free, skew_ms, life_epoch, fence_epoch, files_epoch, pulse,
  pulse_slot)
select lpad(to_hex(i),8,'0')||'-0000-7000-8000-000000000000', (200000 + i)::text,
  '3205821'||lpad((i %% 400)::text,5,'0'), '第'||(i %% 400)||'村服务站', md5(i::text)||i,
  'approved', now_us - 7776000000000, 1, %(each)s, sha256('x'), 0, 0, %(each)s,
  case when i %% 20 = 0 then i %% 300 else 0 end, i %% 3,
  now_us - case i %% 50 when 7 then 3600000000 when 8 then 240000000 else 3000000 end,
  now_us - 60000000, case when i %% 20 = 0 then now_us - (i %% 7) * 3600000000 end,
  case when i %% 40 = 3 then 'LineDown: the connection was refused' end, '0.1.0',
  case when i %% 60 = 9 then 500000000 else 20000000000 end, 100, 1, 1, 1,
  repeat('o', 90)||'..xooo', now_us / 900000000
from generate_series(0, %(terminals)s - 1) i,
  (select (extract(epoch from now()) * 1000000)::bigint now_us) n
"""
_ROWS = f"""
select i, {_ID} id, lpad(to_hex(i %% %(terminals)s),8,'0')||'-0000-7000-8000-000000000000' terminal,
  1 + i / %(terminals)s seq, now_us - (%(cases)s - i) * 20000000 stamp, m,
  '3205821'||lpad((i %% %(terminals)s %% 400)::text,5,'0') station
from (select i, lpad(to_hex(1700000000000 + i * 2000),12,'0') t, md5(i::text) m
      from generate_series(%(first)s::bigint, %(last)s::bigint) i) n,
  (select (extract(epoch from now()) * 1000000)::bigint now_us) now
"""  # noqa: S608
_STATEMENTS = {
    "ledger": f"""
insert into ledger (terminal_id, epoch, seq, entry_id, subject, subject_seq, kind, version,
  recorded_at, uptime_ms, blobs, body, body_sha256, prev_digest, digest, received_at, verdict)
select terminal, 1, seq, id, id, 1, 'case.submitted', 1, stamp, i, '[]', decode(m, 'hex'),
  encode(sha256(m::bytea),'hex'), sha256(m::bytea), sha256(m::bytea), stamp,
  case when i %% 20011 = 1 then 'quarantined' when i %% 5003 = 1 then 'refused' else 'applied' end
from ({_ROWS}) r""",  # noqa: S608
    # One case in forty is still open: a town decides what comes in.
    "cases": f"""
insert into cases (id, number, token_hash, item, release, state, terminal_id, station_code,
  channel, submitted_at, changed_at, due_on)
select id, lpad((('x'||substr(m,1,12))::bit(48)::bigint %% 1000000000000000)::text,15,'0'),
  encode(sha256(m::bytea),'hex'), 'RS-'||lpad((i %% 110)::text,3,'0'), repeat(md5('r'),2),
  case when i %% 40 < 2 then (array['submitted','accepted'])[1 + i %% 2]
    else (array['delivered','delivered','delivered','refused','withdrawn'])[1 + i %% 5] end,
  terminal, station, 'kiosk', stamp, stamp, to_timestamp(stamp / 1000000)::date + 20
from ({_ROWS}) r""",  # noqa: S608
}
_OVERVIEW = (
    "/terminals",
    "/terminals?light=red",
    "/terminals?light=yellow&after=1-200500",
    "/terminals?why=well&after=2-210000",
    "/terminals?q=4711",
    "/terminals?q=399%E6%9D%91",
    "/terminals?before=2-215000",
)
_WORKLIST = (
    "/desk",
    "/desk?state=submitted",
    "/desk?state=accepted&page=3",
    "/desk?state=delivered",
    "/desk?state=all",
    "/desk?station=320582100211",
    "/desk?item=RS-011",
    "/desk?holder=nobody",
    "/desk?number=000000000000001",
)


def measure() -> Iterator[Figure]:
    """Make the hall once, then measure both pages."""
    with prepared() as stage, closing(connected(stage)) as hall:
        _fill(hall)
        for name in ("admin", "clerk"):
            asked = ("account", name, "--role", name, "--name", name, "--password", _PASSWORD)
            stage.run("hall", "hall", *asked)
        stage.start("hall-web")
        yield _figure(stage, "overview_p95", "admin", _OVERVIEW)
        yield _figure(stage, "worklist_p95", "clerk", _WORKLIST)


def _fill(hall: psycopg.Connection[tuple[int]]) -> None:
    sizes = {"terminals": TERMINALS, "cases": CASES}
    hall.execute("delete from terminal")
    hall.execute(_TERMINALS, {**sizes, "each": CASES // TERMINALS})
    for start in range(0, CASES, _STEP):
        span = {**sizes, "first": start, "last": min(start + _STEP, CASES) - 1}
        for statement in _STATEMENTS.values():
            hall.execute(statement, span)
    for table in ("terminal", *_STATEMENTS):
        hall.execute(f"vacuum analyze {table}")
    hall.execute("checkpoint")


def _figure(stage: Stage, name: str, account: str, paths: Sequence[str]) -> Figure:
    cookie = _signed_in(stage, account)
    wanted = [request("GET", path, headers=f"Cookie: {cookie}\r\n") for path in paths]
    exchange(stage.hall_port, wanted, connections=1)
    watch, processes = Watch.start(), stage.processes("hall-web")
    used = cpu_seconds(processes)
    outcome = exchange(stage.hall_port, wanted * TURNS, CONNECTIONS)
    machine = watch.others(cpu_seconds(processes) - used + outcome.cpu_seconds)
    largest = max(_size(stage, path, cookie) for path in paths)
    waits = outcome.milliseconds
    conditions = (
        f"{TERMINALS:,} terminals and {CASES:,} cases, {len(paths)} addresses in turn over "
        f"{CONNECTIONS} connections, median {statistics.median(waits):.0f} ms, largest page "
        f"{largest / 1000:.0f} kB plain, {dict(outcome.statuses)}; PostgreSQL's CPU is in "
        f"what others used; {machine}"
    )
    return Figure(name, round(percentile(waits, 0.95), 1), "ms", len(waits), conditions)


def _signed_in(stage: Stage, account: str) -> str:
    api = Api(f"http://127.0.0.1:{stage.hall_port}")
    api.sign_in({"username": account, "password": _PASSWORD})
    return api.cookie


def _size(stage: Stage, path: str, cookie: str) -> int:
    address = f"http://127.0.0.1:{stage.hall_port}{path}"
    return len(urllib3.request("GET", address, headers={"Cookie": cookie}).data)
