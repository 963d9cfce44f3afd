"""Keeps the figures true: finds the days that something happened to, and counts those anew.

How far a terminal's ledger and feed are counted is kept for each; whatever changes a case or a
record at the hall moves one of the two. A day is replaced as a whole, and the marks are set last,
so that a pass may be cut off anywhere and run twice. Neighbours: `counting` counts a day; the hall
runs `keep` in a thread of its web service.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import orjson
from sqlalchemy import delete, func, or_, select, tuple_
from sqlalchemy.orm import Session

from kiosk.cases.help.model import TABLE as RECORDS
from kiosk.cases.help.model import HelpRecord
from kiosk.cases.model import Case
from kiosk.counter.days import KIND as COUNTER_DAY
from kiosk.counter.model import CounterDay
from kiosk.db import alone, reading, writing
from kiosk.figures import counting
from kiosk.figures.baselines import Baseline
from kiosk.figures.counting import day_of
from kiosk.figures.model import CELLS, DAY, MONTH, Cell, CountedUpTo
from kiosk.figures.tally import Tally, loaded
from sync import bulk
from sync.feed import FeedItem
from sync.ledger import LedgerEntry, Terminal
from sync.tables import table_of

_CASES = table_of(Case)

#: Subjects are looked up in portions: SQLite takes so many parameters at once.
_PORTION = 500
#: A certificate is asked for before its case is handed in, at most a draft's life before.
_BEFORE = timedelta(days=1)
_DEED = "figures"


@dataclass(frozen=True, slots=True)
class _Moved:
    """A terminal of which there is more than was counted: since where, and up to where."""

    terminal_id: str
    since: tuple[int, int, int]
    to: tuple[int, int, int]


def keep(baselines: Mapping[str, Baseline]) -> int:
    """Count all days anew that something happened to; return how many. Idempotent."""
    with reading() as session:
        moved = _moved(session)
        days = {day for each in moved for day in _touched(session, each)}
    recount(days, baselines)
    if moved:
        with writing() as session:
            alone(session, _DEED)
            for each in moved:
                epoch, seq, feed = each.to
                mark = CountedUpTo(terminal_id=each.terminal_id, epoch=epoch, seq=seq, feed=feed)
                session.merge(mark)
    return len(days)


def recount(days: Iterable[date], baselines: Mapping[str, Baseline]) -> None:
    """Count these days from the rows, and their months from their days. Each is one commit."""
    months = set()
    for day in sorted(days):
        with reading() as session:
            counted = counting.with_sums(counting.count(session, day, baselines))
        _replace(DAY, day, counted)
        months.add(day.replace(day=1))
    for month in sorted(months):
        with reading() as session:
            counted = _month(session, month)
        _replace(MONTH, month, counted)


def every_day() -> set[date]:
    """Return all days that anything can be counted of, to count them all anew."""
    with reading() as session:
        first = session.scalar(select(func.min(Case.submitted_at)))
        last = session.scalar(select(func.max(Case.submitted_at)))
        others = set(session.scalars(select(HelpRecord.on_day).distinct()))
        others |= set(session.scalars(select(CounterDay.day).distinct()))
        others |= set(session.scalars(select(Cell.begins).where(Cell.grain == DAY).distinct()))
    if first is None or last is None:
        return others
    begin, end = day_of(first), day_of(last)
    return others | {begin + timedelta(days=n) for n in range((end - begin).days + 1)}


def _moved(session: Session) -> list[_Moved]:
    query = (
        select(
            Terminal.terminal_id,
            *(Terminal.cursor_epoch, Terminal.cursor_seq, Terminal.feed_head),
            *(CountedUpTo.epoch, CountedUpTo.seq, CountedUpTo.feed),
        )
        .outerjoin(CountedUpTo, CountedUpTo.terminal_id == Terminal.terminal_id)
        .where(
            or_(
                CountedUpTo.terminal_id.is_(None),
                CountedUpTo.epoch != Terminal.cursor_epoch,
                CountedUpTo.seq != Terminal.cursor_seq,
                CountedUpTo.feed != Terminal.feed_head,
            )
        )
    )
    return [
        _Moved(row[0], (row[4] or 0, row[5] or 0, row[6] or 0), (row[1], row[2], row[3]))
        for row in session.execute(query)
    ]


def _touched(session: Session, moved: _Moved) -> set[date]:
    """Return the days of what a terminal has sent, or was told, since it was counted."""
    subjects, days = set[str](), set[date]()
    entries = select(
        LedgerEntry.subject, LedgerEntry.kind, LedgerEntry.recorded_at, LedgerEntry.body
    ).where(
        LedgerEntry.terminal_id == moved.terminal_id,
        tuple_(LedgerEntry.epoch, LedgerEntry.seq) > moved.since[:2],
    )
    for entry in session.execute(entries.execution_options(yield_per=_PORTION)):
        if entry.kind == COUNTER_DAY:
            days |= _told_day(entry.body)
            continue
        subjects.add(entry.subject)
        recorded = day_of(datetime.fromtimestamp(entry.recorded_at / 1_000_000, UTC))
        days |= {recorded, recorded - _BEFORE}
    items = select(FeedItem.subject).where(
        FeedItem.terminal_id == moved.terminal_id,
        FeedItem.seq > moved.since[2],
        FeedItem.subject.is_not(None),
    )
    subjects |= {subject for subject in session.scalars(items) if subject}
    for portion in _portions(sorted(subjects)):
        cases = select(Case.submitted_at).where(bulk.among(session, _CASES.c.id, portion))
        days |= {day_of(at) for at in session.scalars(cases)}
        records = select(HelpRecord.on_day).where(bulk.among(session, RECORDS.c.id, portion))
        days |= set(session.scalars(records))
    return days


def _told_day(body: bytes) -> set[date]:
    """Return the day that a counter's figures are of; none of an entry that cannot be read."""
    try:
        return {date.fromisoformat(orjson.loads(body)["day"])}
    except (ValueError, KeyError, TypeError):
        return set()


def _portions(subjects: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(subjects), _PORTION):
        yield subjects[start : start + _PORTION]


def _month(session: Session, month: date) -> dict[tuple[str, str], Tally]:
    """Return the sums of a month's days."""
    after = (month + timedelta(days=32)).replace(day=1)
    query = select(Cell.station_code, Cell.item, Cell.counts).where(
        Cell.grain == DAY, Cell.begins >= month, Cell.begins < after
    )
    rows = session.execute(query.execution_options(yield_per=5000))
    return counting.merged(((row[0], row[1]), loaded(row[2])) for row in rows)


def _replace(grain: str, begins: date, counted: Mapping[tuple[str, str], Tally]) -> None:
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
    with writing() as session:
        alone(session, _DEED)
        session.execute(delete(Cell).where(Cell.grain == grain, Cell.begins == begins))
        bulk.insert(session, CELLS, rows)
