"""Keeps the figures true: counts anew the days that something happened to, and changes months.

A day is read and replaced under one lock and in one commit, and its month is changed by what
changed in it. It works for a while and goes on with the next round, so that the first pass over
millions of cases ends, however long it takes. Neighbours: `touched` notes the days, `counting`
counts one; the hall's workers call `keep` when it comes round.
"""

import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Text, delete, func, select, type_coerce
from sqlalchemy.orm import Session

from kiosk.db import alone, reading, writing
from kiosk.figures import counting, touched
from kiosk.figures.baselines import Baseline
from kiosk.figures.model import CELLS, DAY, DUE, MONTH, Cell
from kiosk.figures.tally import Tally, loaded
from sync import bulk

#: What was begun within this time (seconds) is done; the rest is left to the next round.
WORK_SECONDS = 60.0
#: Cells are looked up in portions: SQLite takes so many parameters at once.
_PORTION = 5000

#: Station and item.
_Key = tuple[str, str]


def keep(baselines: Mapping[str, Baseline], seconds: float = WORK_SECONDS) -> int:
    """Count days anew that something happened to; return how many. Idempotent.

    Stops after ``seconds``, but does something each time; the next call goes on.
    """
    ends, after = time.monotonic() + seconds, touched.note("")
    while after is not None and time.monotonic() < ends:
        after = touched.note(after)
    counted = 0
    while (day := _next_due()) is not None:
        counted += _count_due(day, baselines)
        if time.monotonic() >= ends:
            break
    return counted


def recount(days: Iterable[date], baselines: Mapping[str, Baseline]) -> None:
    """Count these days from the rows, and their months from their days. Each is one commit."""
    months = set()
    for day in sorted(days):
        with writing() as session:
            alone(session, touched.DEED)
            _renew(session, day, baselines)
        months.add(day.replace(day=1))
    for month in sorted(months):
        with writing() as session:
            alone(session, touched.DEED)
            session.execute(delete(Cell).where(Cell.grain == MONTH, Cell.begins == month))
            _insert(session, MONTH, month, _sums_of(session, month))


def every_day() -> set[date]:
    """Return all days that anything can be counted of, to count them all anew."""
    with reading() as session:
        return touched.every_day(session)


def _next_due() -> date | None:
    """Return the latest day that is noted: people ask about these days first."""
    with reading() as session:
        return session.scalar(select(func.max(Cell.begins)).where(Cell.grain == DUE))


def _count_due(day: date, baselines: Mapping[str, Baseline]) -> bool:
    """Count a day that is noted, and no longer note it; False when another worker was first."""
    with writing() as session:
        alone(session, touched.DEED)
        # Before the rows are read: what happens to them from here on is noted again.
        found = session.scalar(select(Cell).where(Cell.grain == DUE, Cell.begins == day))
        if found is None:
            return False
        session.delete(found)
        session.flush()
        _renew(session, day, baselines)
    return True


def _renew(session: Session, day: date, baselines: Mapping[str, Baseline]) -> None:
    """Replace the cells of a day that changed, and change those of its month by as much."""
    counted = counting.with_sums(counting.count(session, day, baselines))
    fresh = {key: tally.dumped() for key, tally in counted.items()}
    query = select(Cell.station_code, Cell.item, Cell.counts)
    query = query.where(Cell.grain == DAY, Cell.begins == day)
    before = {(row[0], row[1]): row[2] for row in session.execute(query)}
    changed = [key for key in fresh.keys() | before.keys() if fresh.get(key) != before.get(key)]
    if not changed:
        return
    month = day.replace(day=1)
    sums = _of_month(session, month, changed)
    for key in changed:
        if key in before:
            sums[key].subtract(loaded(before[key]))
        if key in counted:
            sums[key].add(counted[key])
    for grain, begins in ((DAY, day), (MONTH, month)):
        _delete(session, grain, begins, changed)
    _insert(session, DAY, day, {key: counted[key] for key in changed if key in counted})
    _insert(session, MONTH, month, {key: sums[key] for key in changed if not sums[key].is_empty})


def _of_month(session: Session, month: date, keys: Collection[_Key]) -> dict[_Key, Tally]:
    """Return what is kept of a month for these stations and items; empty tallies for the others."""
    sums = {key: Tally() for key in keys}
    for portion in _portions(keys):
        query = select(Cell.station_code, Cell.item, Cell.counts).where(
            Cell.grain == MONTH,
            Cell.begins == month,
            _among(session, portion),
        )
        sums |= {(row[0], row[1]): loaded(row[2]) for row in session.execute(query)}
    return sums


def _delete(session: Session, grain: str, begins: date, keys: Collection[_Key]) -> None:
    for portion in _portions(keys):
        session.execute(
            delete(CELLS).where(
                CELLS.c.grain == grain, CELLS.c.begins == begins, _among(session, portion)
            )
        )


def _among(session: Session, keys: Iterable[_Key]) -> ColumnElement[bool]:
    # As one text: PostgreSQL looks that up in a table of them, and takes pairs one after the other.
    pair = type_coerce(CELLS.c.station_code + " " + CELLS.c.item, Text)
    return bulk.among(session, pair, [f"{station} {item}" for station, item in keys])


def _portions(keys: Collection[_Key]) -> Iterator[list[_Key]]:
    ordered = sorted(keys)
    for start in range(0, len(ordered), _PORTION):
        yield ordered[start : start + _PORTION]


def _sums_of(session: Session, month: date) -> dict[_Key, Tally]:
    """Return the sums of a month's days."""
    after = (month + timedelta(days=32)).replace(day=1)
    query = select(Cell.station_code, Cell.item, Cell.counts).where(
        Cell.grain == DAY, Cell.begins >= month, Cell.begins < after
    )
    rows = session.execute(query.execution_options(yield_per=5000))
    return counting.merged(((row[0], row[1]), loaded(row[2])) for row in rows)


def _insert(session: Session, grain: str, begins: date, counted: Mapping[_Key, Tally]) -> None:
    rows = [
        {
            "grain": grain,
            "begins": begins,
            "station_code": station,
            "item": item,
            "cases": tally["cases"],
            "counts": tally.dumped(),
        }
        for (station, item), tally in sorted(counted.items())
    ]
    bulk.insert(session, CELLS, rows)
