"""What an envelope costs a hall with twenty thousand terminals, over what it costs with a hundred.

The same hundred terminals send their next cases, one at a time, while the table has their rows
alone, then many more, then theirs alone again. Neighbours: `fanning` makes what they send,
`growing` asks the same of the number of cases.
"""

from collections.abc import Iterator
from contextlib import closing

import psycopg

from tests.bench.arriving import connected
from tests.bench.client import exchange
from tests.bench.fanning import Simulated, enrolled
from tests.bench.figure import Figure, Watch
from tests.bench.growing import database_seconds
from tests.bench.stage import Stage, StageFailed, cpu_seconds, prepared

FEW, MANY = 100, 20_000
#: Cases that each of the few sends in a round; the first round is not counted.
EACH = 4
ROUNDS = 3
_ROWS = """
insert into terminal (terminal_id, number, station_code, station_name, public, standing,
  enrolled_at, cursor_epoch, cursor_seq, cursor_digest, feed_head, feed_cursor, reported_pending,
  reported_blobs, life_epoch, fence_epoch, files_epoch)
select md5(i::text)||'-own', (800000 + i)::text, station_code, '', md5(i::text)||repeat('0', 96),
  'approved', 0, 1, 0, cursor_digest, 0, 0, 0, 0, 1, 1, 1
from generate_series(1, %s) i, (select * from terminal limit 1) real"""


def measure() -> Iterator[Figure]:
    """Send with few rows in the table and with many, in turn."""
    few, many = list[float](), list[float]()
    with prepared() as stage, closing(connected(stage)) as hall:
        terminals = enrolled(stage, hall, FEW)
        stage.start("hall-web")
        watch = Watch.start()
        _cost(stage, hall, terminals)
        for _ in range(ROUNDS):
            few.append(_cost(stage, hall, terminals))
            _settle(hall, _ROWS, MANY - FEW)
            many.append(_cost(stage, hall, terminals))
            _settle(hall, "delete from terminal where number >= %s", "800000")
        machine = watch.others(0.0)
    told = (
        f"milliseconds of the processor for an envelope of one case at the hall's web processes "
        f"and in PostgreSQL, {FEW * EACH} in each of {ROUNDS} rounds: "
        f"{', '.join(f'{each:.2f}' for each in few)} with {FEW} rows in the table and "
        f"{', '.join(f'{each:.2f}' for each in many)} with {MANY:,}; the cheapest rounds count; "
        f"{machine} (all counted)"
    )
    yield Figure("fanin_rows_ratio", round(min(many) / min(few), 2), "", MANY, told)


def _settle(hall: psycopg.Connection[tuple[int]], change: str, value: int | str) -> None:
    hall.execute(change, [value])
    hall.execute("vacuum analyze terminal")


def _cost(stage: Stage, hall: psycopg.Connection[tuple[int]], terminals: list[Simulated]) -> float:
    """Return the CPU milliseconds that an envelope costs, one sent after the other."""
    made = [one.cases(EACH) for one in terminals]
    before = _busy(stage, hall)
    outcome = exchange(stage.hall_port, [of[n] for n in range(EACH) for of in made], 1)
    if set(outcome.statuses) != {200}:
        raise StageFailed(f"the hall refuses: {outcome.refusal!r}")
    return 1000 * (_busy(stage, hall) - before) / (len(terminals) * EACH)


def _busy(stage: Stage, hall: psycopg.Connection[tuple[int]]) -> float:
    return cpu_seconds(stage.processes("hall-web")) + database_seconds(hall)
