"""How much memory a web process takes more while it exports an audit log of a million records.

The records are made inside PostgreSQL, shaped as the product's; what is measured is the export, read
to its end in this process.
"""

import gc
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text

from kiosk import schema
from kiosk.config import Config
from tests.bench import postgres
from tests.bench.figure import Figure, Watch
from tests.builders.clerks import signed_in
from tests.builders.machines import Machine, initialised

#: Fewer for a trial: the figure then says so.
RECORDS = int(os.environ.get("BENCH_RECORDS", "1000000"))
_LOOK = 20_000
_FILL = """
insert into audit (seq, at, actor, act, target, detail, prev_digest, digest)
select i, 1735660800000000 + i::bigint * 1000000, '01a21986-5a61-757a-8ab3-7c528b632183',
  'case.opened', '01a21986-5a61-757a-8ab3-7c528b632184', '{}', repeat('a', 64), repeat('b', 64)
from generate_series(
  (select max(seq) + 1 from audit), (select max(seq) from audit) + cast(:records as int)) i"""


def measure() -> Iterator[Figure]:
    """Fill the audit log, export it and watch this process's memory."""
    with postgres.running() as url, tempfile.TemporaryDirectory(prefix="bench-export-") as folder:
        config = Config("hall", Path(folder), database_url=url)
        schema.ensure(config)
        hall = initialised(Machine.made("hall", Path(folder), url))
        admin = signed_in(hall, "admin")
        with hall.writing() as session:
            session.execute(text(_FILL), {"records": RECORDS})
        gc.collect()
        watch, begun, lines = Watch.start(), time.process_time(), 0
        before = most = resident()
        answer = admin.client.get("/audit/records.csv", buffered=False)
        for lines, _line in enumerate(answer.response, 1):
            if lines % _LOOK == 0:
                most = max(most, resident())
        answer.close()
        own = time.process_time() - begun
        hall.close()
        assert lines > RECORDS, f"it ends after {lines} lines"
        told = f"{watch.seconds():.0f} s, {own:.1f} s of CPU, from {before:.0f} MB; {watch.others(own)}"
    yield Figure("export_memory", round(most - before, 1), "MB", RECORDS, told)


def resident() -> float:
    """Return the memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000
