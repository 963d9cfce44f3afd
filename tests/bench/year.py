"""How long a year's statistics take with millions of cases, and what a day costs to be counted.

The rows are made inside PostgreSQL, shaped as the product's: 77 stations with 20,000 terminals, 110
items, a year, each case accepted and two in three decided. What is measured is the product: a
worker's counting, and the page with each of its groupings.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text

from kiosk import schema
from kiosk.config import Config
from kiosk.figures import keeping
from kiosk.figures.baselines import baselines
from kiosk.figures.reading import GROUPINGS
from kiosk.hall.stations import stations
from tests.bench import postgres
from tests.bench.figure import Figure, Watch, percentile
from tests.builders.clerks import signed_in
from tests.builders.machines import Machine, initialised

#: Fewer for a trial: the figure then says so.
CASES = int(os.environ.get("BENCH_CASES", "2000000"))
_STEP = 250_000
#: Each grouping of the page is asked for so often.
_ASKED = 5
_YEAR = 365 * 24 * 3_600_000_000
_FIRST = 1_735_660_800_000_000
_ROWS = """
select i, 'case-'||lpad(i::text, 31, '0') id, md5(i::text) m,
  cast(:first + i::double precision / :cases * :year as bigint) stamp
from generate_series(cast(:from as bigint), cast(:to as bigint)) i"""
_CASES = f"""
insert into cases (id, number, token_hash, item, release, state, terminal_id, station_code,
  channel, submitted_at, changed_at, due_on)
select id, lpad(i::text, 15, '0'), m || m, (cast(:items as text[]))[1 + (i / 77) % 110],
  '', 'delivered', 'terminal-'||(i % 77),
  (cast(:stations as text[]))[1 + i % 77], 'kiosk', stamp, stamp, date '2026-06-30'
from ({_ROWS}) r"""  # noqa: S608
_FACTS = f"""
insert into feed (terminal_id, seq, kind, subject, recorded_at, body)
select 'terminal-'||(i % 77), 3 * i + n, (array['case.accepted','case.approved'])[n], id,
  stamp + n * 3 * 3600000000::bigint, decode(repeat(m, 20), 'hex')
from ({_ROWS}) r, generate_series(1, 2) n where n = 1 or i % 3 > 0"""  # noqa: S608
#: Which stations are served is asked of all terminals.
_TERMINALS = """
insert into terminal (terminal_id, number, station_code, station_name, public, standing,
  enrolled_at, cursor_epoch, cursor_seq, cursor_digest, feed_head, feed_cursor, reported_pending,
  reported_blobs, life_epoch, fence_epoch, files_epoch)
select 'terminal-'||i, (200000 + i)::text, (cast(:stations as text[]))[1 + i % 77], '',
  md5(i::text)||i, 'approved', 0, 1, 0, sha256('x'), 0, 0, 0, 0, 1, 1, 1
from generate_series(0, 19999) i"""


def measure() -> Iterator[Figure]:
    """Make the year, let it be counted as a whole, and ask for every grouping of it."""
    with postgres.running() as url, tempfile.TemporaryDirectory(prefix="bench-year-") as folder:
        config = Config("hall", Path(folder), database_url=url)
        schema.ensure(config)
        hall = initialised(Machine.made("hall", Path(folder), url))
        fill(hall)
        watch = Watch.start()
        began = time.perf_counter()
        counted = hall.within(keeping.every_day)
        known = baselines(hall.parts.releases.current, config.data_dir)
        hall.within(keeping.recount, counted, known)
        counting = time.perf_counter() - began
        seconds = _asked(hall)
        hall.close()
        conditions = (
            f"for the page, the slowest of {len(seconds)} over all groupings, median "
            f"{1000 * percentile(seconds, 0.5):.0f}; counting all {len(counted)} days anew took "
            f"{counting:.0f} s; {watch.others(time.process_time())}"
        )
    yield Figure("year_statistics", round(1000 * max(seconds)), "ms", CASES, conditions)


def fill(hall: Machine) -> None:
    """Make the rows."""
    items = list(hall.parts.catalogue.items)
    with hall.app.test_request_context():
        places = list(stations())
    common = {"first": _FIRST, "cases": CASES, "year": _YEAR, "items": items, "stations": places}
    for start in range(0, CASES, _STEP):
        span = {"from": start, "to": min(start + _STEP, CASES) - 1}
        with hall.writing() as session:
            for statement in (_CASES, _FACTS):
                session.execute(text(statement), {**common, **span})
    with hall.writing() as session:
        session.execute(text(_TERMINALS), {"stations": places})
    with hall.engine.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        for table in ("cases", "feed", "terminal"):
            connection.execute(text(f"vacuum analyze {table}"))


def _asked(hall: Machine) -> list[float]:
    clerk, seconds = signed_in(hall, "admin"), list[float]()
    for _ in range(_ASKED):
        for by in GROUPINGS:
            began = time.perf_counter()
            assert clerk.get(f"/statistics?from=2025-01&to=2025-12&by={by}").status_code == 200
            seconds.append(time.perf_counter() - began)
    return seconds
