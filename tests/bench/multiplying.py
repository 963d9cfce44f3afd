"""Millions of cases in a hall's tables, made inside PostgreSQL from a few thousand real ones.

Each copy has an id, a number and hashes of its own and belongs to one of twenty thousand
terminals, which take turns as time goes on; everything else, above all how wide a row is, is the
real row's. Nothing is left to be waited for but the photographs of one case in fifty. Neighbours:
`growing` measures a hall that has them; who asks must have let a terminal drain before.
"""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field

import psycopg

from tests.bench.arriving import connected
from tests.bench.stage import Stage

TERMINALS = 20_000
#: The longest first, two at a time.
_TABLES = ("ledger", "cases", "feed", "subject_key", "help_record", "expected_blob")
_AT_A_TIME = 2
#: The hall's own writes go to the disk; while rows are made nothing depends on it.
_LOADING = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_wal_size": "'4GB'",
    "checkpoint_timeout": "'1h'",
}
_MEMORY = ("set work_mem = '128MB'", "set maintenance_work_mem = '1500MB'")

#: Like UUIDs of version 7 in the order of their numbers: a case every two seconds.
_ID = """substr(t,1,8)||'-'||substr(t,9,4)||'-7'||substr(m,1,3)||'-8'||substr(m,4,3)||'-'
||substr(m,7,12)"""
_TERMINAL = "lpad(to_hex({}),8,'0')||'-0000-7000-8000-000000000000'"
_NEW = f"""
(select i, i %% (select count(*) from model_cases) nth, {_ID} id,
  {_TERMINAL.format(f"i %% {TERMINALS}")} terminal, {{stamp}} stamp, m, m||m hash
from (select i, lpad(to_hex(1700000000000 + i * 2000),12,'0') t, md5(i::text) m
      from generate_series(%(first)s::bigint, %(last)s::bigint - 1) i) numbered) new
"""  # noqa: S608
#: Of each table, which column of a real row names its case, and what differs in a copy.
_KEYS = {
    "ledger": "subject",
    "cases": "id",
    "subject_key": "subject",
    "help_record": "id",
    "expected_blob": "subject",
}
_OWN: dict[str, dict[str, str]] = {
    "ledger": {
        "terminal_id": "terminal",
        "seq": f"1 + i / {TERMINALS}",
        "entry_id": "new.id",
        "subject": "new.id",
        "recorded_at": "stamp",
        "received_at": "stamp",
    },
    "cases": {
        "id": "new.id",
        "number": "lpad((('x'||substr(m,1,12))::bit(48)::bigint %% 1000000000000000)::text,15,'0')",
        "token_hash": "hash",
        "state": "(array['submitted','accepted','approved','delivered','delivered','delivered'])"
        "[1 + i %% 6]",
        "next_due": "case when i %% 6 < 2 then next_due end",
        "person": "case when person is not null then md5((i / 3)::text)||md5((i / 3)::text) end",
        "terminal_id": "terminal",
        "submitted_at": "stamp",
        "changed_at": "stamp",
    },
    "subject_key": {"subject": "new.id"},
    "help_record": {
        "id": "new.id",
        "terminal_id": "terminal",
        "number_hash": "case when number_hash is not null then hash end",
    },
    "expected_blob": {
        "sha256": "md5(i::text||sha256)||m",
        "terminal_id": "terminal",
        "subject": "new.id",
    },
}
#: No terminal sends these: the hall has said one thing of each case.
_FEED = f"""
insert into feed (terminal_id, seq, kind, subject, recorded_at, body)
select terminal, 1 + i / {TERMINALS}, 'case.accepted', new.id, stamp, decode(repeat(m, 20), 'hex')
from """  # noqa: S608
_TERMINAL_ROWS = f"""
insert into terminal (terminal_id, number, station_code, station_name, public, standing,
  enrolled_at, cursor_epoch, cursor_seq, cursor_digest, feed_head, feed_cursor, reported_pending,
  reported_blobs, life_epoch, fence_epoch, files_epoch)
select {_TERMINAL.format("i")}, (900000 + i)::text, station_code, '', md5(i::text)||repeat('0', 96),
  'approved', 0, 1, 0, cursor_digest, 0, 0, 0, 0, 1, 1, 1
from generate_series(0, {TERMINALS} - 1) i, (select * from terminal limit 1) real"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Shape:
    """In what copies differ from the default, in SQL: of each table, columns of its own."""

    stamp: str = "1700000000000000 + i * 2000000"
    own: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    terminals: str = _TERMINAL_ROWS

    def columns(self, table: str) -> Mapping[str, str]:
        """Return what differs in a copy of a row of this table."""
        return {**_OWN.get(table, {}), **self.own.get(table, {})}

    @property
    def new(self) -> str:
        """The copies, to be selected from."""
        return _NEW.format(stamp=self.stamp)


class Multiplied:
    """The cases of before in a hall whose web processes are stopped while they are made."""

    def __init__(
        self, stage: Stage, hall: psycopg.Connection[tuple[int]], shape: Shape | None = None
    ) -> None:
        """Keep the rows that the hall has now as the models of all copies."""
        self._stage, self._hall, self._shape = stage, hall, shape or Shape()
        hall.execute(
            "create table model_cases as select row_number() over () - 1 nth, * from cases"
        )
        for table, key in _KEYS.items():
            if table != "cases":
                hall.execute(
                    f"create table model_{table} as select nth, real.* from {table} real "  # noqa: S608
                    f"join model_cases on model_cases.id = real.{key}"
                )
        hall.execute(self._shape.terminals)

    def grow(self, first: int, last: int) -> None:
        """Add the copies from `first` to `last`; no process of the hall may run."""
        self._settings(_LOADING)
        span = {"first": first, "last": last}
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            for done in [pool.submit(self._fill, table, span) for table in _TABLES]:
                done.result()
        self._settings(dict.fromkeys(_LOADING, ""))
        os.sync()
        self._hall.execute("checkpoint")

    def _settings(self, settings: dict[str, str]) -> None:
        for name, value in settings.items():
            self._hall.execute(
                f"alter system set {name} = {value}" if value else f"alter system reset {name}"
            )
        self._hall.execute("select pg_reload_conf()")

    def _fill(self, table: str, span: dict[str, int]) -> None:
        with closing(connected(self._stage)) as hall:
            for command in _MEMORY:
                hall.execute(command)
            _refill(hall, table, span, self._shape)
            hall.execute(f"vacuum analyze {table}")


def _refill(
    hall: psycopg.Connection[tuple[int]], table: str, span: dict[str, int], shape: Shape
) -> None:
    """Empty a table, write what it had and the copies and build its indices in one transaction."""
    tree = "select relid::regclass::text from pg_partition_tree(%s) where isleaf"
    leaves = [str(name) for (name,) in hall.execute(tree, [table])] or [table]
    ready = "update pg_index set indisready = %s where indrelid = any(%s::regclass[])"
    with hall.transaction():
        hall.execute(f"create temporary table kept on commit drop as select * from {table}")  # noqa: S608
        hall.execute(f"truncate {table}")
        hall.execute(ready, [False, leaves])
        hall.execute(f"insert into {table} select * from kept")  # noqa: S608
        hall.execute(
            f"{_FEED} {shape.new}" if table == "feed" else _copies(hall, table, shape), span
        )
        hall.execute(ready, [True, leaves])
        for leaf in leaves:
            hall.execute(f"reindex table {leaf}")


def _copies(hall: psycopg.Connection[tuple[int]], table: str, shape: Shape) -> str:
    """Return the statement that writes a table's copies."""
    own = shape.columns(table)
    cursor = hall.execute(f"select * from {table} limit 0")  # noqa: S608
    columns = [column.name for column in cursor.description or ()]
    values = [own.get(name, f"model.{name}") for name in columns]
    waited_for = "where i %% 50 = 0" if table == "expected_blob" else ""
    return (
        f"insert into {table} ({', '.join(columns)}) select {', '.join(values)} "  # noqa: S608
        f"from {shape.new} join model_{table} model using (nth) {waited_for}"
    )
