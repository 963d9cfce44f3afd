"""A hall as a large town would have it: twenty thousand terminals, two million cases of 463 days.

A terminal drains some hundred real cases first; the others are copies of theirs, made inside
PostgreSQL (`multiplying`). What came in the last 23 days is in all states, with clocks and holders;
of what is older one case in two thousand is still open. Whatever a list may show or a clerk may
open is sealed for itself with the product's own functions, in a process of the hall (`python -m
tests.bench.town`), so that its page costs what a real one does. Neighbours: `overseeing` and
`deciding` measure there.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import select, text

from kiosk import crypto
from kiosk.app_services import services
from kiosk.cases import bodies
from kiosk.cases.model import Case
from kiosk.cli.opened import opened
from kiosk.config import from_environment
from kiosk.db import reading, writing_rows
from kiosk.operators import departments, service
from kiosk.operators.departments import GENERAL_WINDOWS, Department
from sync import keys
from sync.ledger import LedgerEntry
from sync.tables import table_of
from tests.bench.arriving import connected, wait_for
from tests.bench.backlog import fill
from tests.bench.growing import UNLOGGED
from tests.bench.multiplying import TERMINALS, Multiplied, Shape
from tests.bench.stage import Stage, prepared

#: Fewer for a trial: the figures then say so.
CASES = int(os.environ.get("BENCH_CASES", "2000000"))
#: Real cases that the others are copies of.
MODELS = 480
#: So many of the newest are in all states: 23 days.
RECENT = CASES // 20
#: The windows of the hall, and who sits there: the first nine have no department.
WINDOWS = departments.WINDOWS
PASSWORD = "correct horse battery"
_SECONDS = 20
_DAY = 86_400_000_000
#: One terminal in fifty is silent, one in fifty late, some have a queue, an error, little disk.
_TERMINALS = f"""
insert into terminal (terminal_id, number, station_code, station_name, public, standing,
  enrolled_at, cursor_epoch, cursor_seq, cursor_digest, feed_head, feed_cursor, taken,
  reported_pending, reported_blobs, last_seen, last_entry_at, reported_oldest_at, reported_error,
  reported_version, reported_disk_free, skew_ms, release, life_epoch, fence_epoch, files_epoch,
  pulse, pulse_slot)
select lpad(to_hex(i),8,'0')||'-0000-7000-8000-000000000000', (200000 + i)::text,
  '3205821'||lpad((i % 400)::text,5,'0'), '第'||(i % 400)||'村服务站', md5(i::text)||i,
  'approved', now_us - 7776000000000, 1, {CASES // TERMINALS + 1}, sha256('x'),
  {CASES // TERMINALS + 1}, {CASES // TERMINALS + 1}, {CASES // TERMINALS + 1},
  case when i % 20 = 0 then i % 300 else 0 end, i % 3,
  now_us - case i % 50 when 7 then 3600000000 when 8 then 240000000 else 3000000 end,
  now_us - 60000000, case when i % 20 = 0 then now_us - (i % 7) * 3600000000 end,
  case when i % 40 = 3 then 'LineDown: the connection was refused' end, '0.1.0',
  case when i % 60 = 9 then 500000000 else 20000000000 end, 100, real.release, 1, 1, 1,
  repeat('o', 90)||'..xooo', now_us / 900000000
from generate_series(0, {TERMINALS} - 1) i, (select release from cases limit 1) real,
  (select (extract(epoch from now()) * 1000000)::bigint now_us) n
"""  # noqa: S608
_HEARD = """
update terminal set last_seen = (extract(epoch from now()) * 1000000)::bigint
  - case number::int % 50 when 7 then 3600000000 when 8 then 240000000 else 3000000 end"""
#: A number from 0 to 999 and another one, which differ from case to case.
_ONE, _TWO = (f"(('x'||substr(m,{place},6))::bit(24)::int %% 1000)" for place in (1, 9))
_AGE = f"({CASES} - i)"
_STATE = f"""case when {_AGE} <= {RECENT} then
  (array['submitted','submitted','accepted','accepted','accepted','accepted','approved',
    'delivered','returned','withdrawn'])[1 + {_ONE} / 100]
  when i %% 2000 = 0 then 'accepted' when {_ONE} < 30 then 'refused' when {_ONE} < 50 then 'withdrawn'
  else 'delivered' end"""
_STATION = f"'3205821'||lpad((i %% {TERMINALS} %% 400)::text,5,'0')"
#: It came into its state between its first moment and now, and within twenty days.
_CHANGED = f"stamp + {_TWO} * least({_AGE} * {_SECONDS}000000, 20 * {_DAY}) / 1000"
_ENDS = f"""case {_STATE} when 'submitted' then to_timestamp(({_CHANGED}) / 1000000)::date + 7
  when 'accepted' then to_timestamp(({_CHANGED}) / 1000000)::date + 1 + {_TWO} % 30
  when 'approved' then to_timestamp(({_CHANGED}) / 1000000)::date + 14 end""".replace(
    "% 30", "%% 30"
)
_IN_HAND = f"{_STATE} in ('accepted', 'approved') and {_TWO} < 700"
_HOLDER = f"(select max(id) from operator where username = 'clerk'||({_TWO} %% {WINDOWS}))"  # noqa: S608
_SHAPE = Shape(
    stamp=f"((extract(epoch from now())*1000000)::bigint - {_AGE} * {_SECONDS}000000)",
    own={
        "cases": {
            "state": _STATE,
            "changed_at": _CHANGED,
            "station_code": _STATION,
            "due_on": f"case when {_STATE} = 'accepted' then {_ENDS} end",
            "ends_on": _ENDS,
            "soon_on": f"{_ENDS} - 2",
            "legal_on": f"{_ENDS} + case when {_STATE} = 'accepted' then 10 else 0 end",
            "holder": f"case when {_IN_HAND} then {_HOLDER} end",
            "held_at": f"case when {_IN_HAND} then stamp end",
            "person": "null",
            "next_due": "null",
        },
        # Of its own case: otherwise the page of a real one tells of all copies.
        "help_record": {"case_id": "case when model.case_id is not null then new.id end"},
        "ledger": {
            "verdict": """case when i %% 20011 = 1 then 'quarantined'
              when i %% 5003 = 1 then 'refused' else 'applied' end""",
        },
    },
    terminals=_TERMINALS,
)
#: What somebody may read.
_READ = f"""select id, item, state from cases where state in ('submitted','accepted','approved',
  'returned') or submitted_at > (select max(submitted_at) from cases) - {RECENT}::bigint
  * {_SECONDS}000000"""  # noqa: S608
_OWN_SEALS = (
    "update subject_key set wrapped = fresh.wrapped from fresh where subject_key.subject = fresh.id",
    "update ledger set body = fresh.body from fresh where ledger.subject = fresh.id",
    "delete from feed using fresh where feed.subject = fresh.id and fresh.accepted is null",
    "update feed set body = fresh.accepted from fresh where feed.subject = fresh.id",
)
_TABLES = ("terminal", "cases", "ledger", "feed", "subject_key")


@contextmanager
def standing() -> Iterator[tuple[Stage, psycopg.Connection[tuple[int]]]]:
    """Yield a stage whose hall has the town; none of its processes runs."""
    with prepared(database=UNLOGGED) as stage, closing(connected(stage)) as hall:
        fill(stage, MODELS)
        stage.start("hall-web", "terminal-worker")
        wait_for(hall, MODELS, 0.1)
        stage.stop("terminal-worker", "hall-web")
        stage.run_module("hall", "tests.bench.town", "accounts")
        Multiplied(stage, hall, _SHAPE).grow(0, CASES - MODELS)
        stage.run_module("hall", "tests.bench.town", "seals")
        # They have told of themselves again while the rest was made.
        hall.execute(_HEARD)
        for table in _TABLES:
            hall.execute(f"vacuum analyze {table}")
        hall.execute("checkpoint")
        yield stage, hall


def _accounts() -> None:
    """Open the accounts of an admin and of a clerk for each window."""
    service.create("admin", "admin", "admin", PASSWORD, (), ())
    with reading() as session:
        codes = list(session.scalars(select(Department.code).order_by(Department.code)))
    for number in range(WINDOWS):
        at = [codes[number % len(codes)]] if number >= GENERAL_WINDOWS else []
        service.create(f"clerk{number}", f"clerk{number}", "clerk", PASSWORD, (), at)


@dataclass(frozen=True, slots=True)
class _Model:
    """What one real case holds."""

    body: dict[str, Any]


def _models() -> dict[str, _Model]:
    """Return one real case of each item, opened."""
    entry = table_of(LedgerEntry).c
    with reading() as session:
        own = select(Case.id, Case.item).where(Case.id.in_(text("select id from model_cases")))
        items = dict(session.execute(own).all())
        found = keys.fetch(session, services().keyring, items)
        rows = session.execute(
            select(entry.subject, entry.kind, entry.body, entry.blobs).where(
                entry.subject.in_(items), entry.kind == "case.submitted"
            )
        )
        return {
            items[row.subject]: _Model(bodies.open_fact(found[row.subject], row)) for row in rows
        }


def _sealed() -> None:
    """Seal for themselves all cases that somebody may read."""
    models, keyring = _models(), services().keyring
    with writing_rows() as connection:
        wanted = connection.execute(text(_READ)).all()
        connection.execute(
            text(
                "create temporary table fresh (id text, wrapped bytea, body bytea, accepted bytea)"
            )
        )
        cursor = connection.connection.cursor()
        columns = "copy fresh (id, wrapped, body, accepted) from stdin"
        with cursor.copy(columns) as copy:
            for case, item, state in wanted:
                key, told = crypto.new_key(), {"state": "accepted", "by": "", "reasons": []}
                copy.write_row(
                    (
                        case,
                        keyring.wrap(key, case.encode()),
                        bodies.seal(key, case, "case.submitted", models[item].body),
                        None
                        if state == "submitted"
                        else bodies.seal(key, case, "case.accepted", told),
                    )
                )
        connection.execute(text("create index on fresh (id)"))
        connection.execute(text("analyze fresh"))
        for statement in _OWN_SEALS:
            connection.execute(text(statement))


if __name__ == "__main__":
    with opened(from_environment("hall")).app_context():
        {"accounts": _accounts, "seals": _sealed}[sys.argv[1]]()
