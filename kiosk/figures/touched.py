"""Finds the days that something happened to since terminals were last looked at, and notes them.

How far a terminal's ledger and feed were looked at is kept for each; whatever changes a case or a
record at the hall moves one of the two. A portion's days and marks are one commit, so that a pass
may be cut off anywhere and goes on there. Neighbours: `keeping` counts the days that are noted.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Select, delete, func, insert, or_, select, tuple_
from sqlalchemy.orm import Session

from kiosk.cases.help.model import TABLE as RECORDS
from kiosk.cases.help.model import HelpRecord
from kiosk.cases.model import Case
from kiosk.counter.days import KIND as COUNTER_DAY
from kiosk.counter.model import CounterDay
from kiosk.db import alone, writing
from kiosk.figures.counting import day_of
from kiosk.figures.model import ALL, CELLS, DAY, DUE, Cell, CountedUpTo
from sync import bulk
from sync.feed import FeedItem
from sync.ledger import LedgerEntry, Terminal
from sync.tables import table_of

#: So many terminals are looked at in one commit.
TERMINALS = 500
#: Two workers that note and count at once wait for each other.
DEED = "figures"
_CASES, _ENTRIES, _ITEMS = table_of(Case), table_of(LedgerEntry), table_of(FeedItem)
_MARKS = table_of(CountedUpTo)
#: Subjects are looked up in portions: SQLite takes so many parameters at once.
_PORTION = 500
#: A certificate is asked for before its case is handed in, at most a draft's life before.
_BEFORE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Moved:
    """A terminal of which there is more than was looked at, and up to where there is now."""

    terminal_id: str
    epoch: int
    seq: int
    feed: int


def note(after: str, terminals: int = TERMINALS) -> str | None:
    """Note the days of the next terminals behind the id ``after``; return the last one, or None.

    A hall that has never counted notes every day there is, and does not ask which and why.
    """
    with writing() as session:
        alone(session, DEED)
        if session.scalar(select(CountedUpTo.terminal_id).limit(1)) is None:
            # Where they are now is read first: what comes meanwhile is more than that.
            session.execute(_all_marks())
            note_days(session, every_day(session))
            return None
        moved = _moved(session, after, terminals)
        note_days(session, _touched(session, [each.terminal_id for each in moved]))
        _mark(session, moved)
    return moved[-1].terminal_id if moved else None


def note_days(session: Session, days: Collection[date]) -> None:
    """Note days that are to be counted; the caller commits. Idempotent."""
    known = set(session.scalars(select(Cell.begins).where(Cell.grain == DUE)))
    place = {"grain": DUE, "station_code": ALL, "item": ALL, "cases": 0, "counts": "{}"}
    bulk.insert(session, CELLS, [{**place, "begins": day} for day in sorted(set(days) - known)])


def every_day(session: Session) -> set[date]:
    """Return all days that anything can be counted of."""
    first = session.scalar(select(func.min(Case.submitted_at)))
    last = session.scalar(select(func.max(Case.submitted_at)))
    others = set(session.scalars(select(HelpRecord.on_day).distinct()))
    others |= set(session.scalars(select(CounterDay.day).distinct()))
    others |= set(session.scalars(select(Cell.begins).where(Cell.grain == DAY).distinct()))
    if first is None or last is None:
        return others
    begin, end = day_of(first) - _BEFORE, day_of(last)
    return others | {begin + timedelta(days=n) for n in range((end - begin).days + 1)}


def _mark(session: Session, moved: Sequence[_Moved]) -> None:
    if not moved:
        return
    ids = [each.terminal_id for each in moved]
    session.execute(delete(_MARKS).where(bulk.among(session, _MARKS.c.terminal_id, ids)))
    rows = [
        {"terminal_id": each.terminal_id, "epoch": each.epoch, "seq": each.seq, "feed": each.feed}
        for each in moved
    ]
    bulk.insert(session, _MARKS, rows)


def _all_marks() -> Any:
    names = ["terminal_id", "epoch", "seq", "feed"]
    columns = (Terminal.terminal_id, *_positions())
    return insert(CountedUpTo).from_select(names, select(*columns))


def _positions() -> Sequence[Any]:
    return (Terminal.cursor_epoch, Terminal.cursor_seq, Terminal.feed_head)


def _moved(session: Session, after: str, terminals: int) -> list[_Moved]:
    query = (
        select(Terminal.terminal_id, *_positions())
        .outerjoin(CountedUpTo, CountedUpTo.terminal_id == Terminal.terminal_id)
        .where(
            Terminal.terminal_id > after,
            or_(
                CountedUpTo.terminal_id.is_(None),
                CountedUpTo.epoch != Terminal.cursor_epoch,
                CountedUpTo.seq != Terminal.cursor_seq,
                CountedUpTo.feed != Terminal.feed_head,
            ),
        )
        .order_by(Terminal.terminal_id)
        .limit(terminals)
    )
    return [_Moved(*row) for row in session.execute(query)]


def _touched(session: Session, terminals: Collection[str]) -> set[date]:
    """Return the days of what these terminals have sent, or were told, since their marks."""
    if not terminals:
        return set()
    subjects, days = set[str](), set[date]()
    entries = _fresh(session, terminals, LedgerEntry.subject, LedgerEntry.recorded_at)
    entries = entries.where(LedgerEntry.kind != COUNTER_DAY)
    for subject, recorded_at in session.execute(entries.execution_options(yield_per=5000)):
        subjects.add(subject)
        recorded = day_of(datetime.fromtimestamp(recorded_at / 1_000_000, UTC))
        days |= {recorded, recorded - _BEFORE}
    told = _fresh(session, terminals, LedgerEntry.body).where(LedgerEntry.kind == COUNTER_DAY)
    for body in session.scalars(told.execution_options(yield_per=_PORTION)):
        days |= _told_day(body)
    items = (
        select(FeedItem.subject)
        .outerjoin(CountedUpTo, CountedUpTo.terminal_id == FeedItem.terminal_id)
        .where(
            bulk.among(session, _ITEMS.c.terminal_id, terminals),
            FeedItem.seq > func.coalesce(CountedUpTo.feed, 0),
            FeedItem.subject.is_not(None),
        )
    )
    subjects |= {subject for subject in session.scalars(items) if subject}
    for portion in _portions(sorted(subjects)):
        cases = select(Case.submitted_at).where(bulk.among(session, _CASES.c.id, portion))
        days |= {day_of(at) for at in session.scalars(cases)}
        records = select(HelpRecord.on_day).where(bulk.among(session, RECORDS.c.id, portion))
        days |= set(session.scalars(records))
    return days


def _fresh(session: Session, terminals: Collection[str], *columns: Any) -> Select[Any]:
    """Return the query for these columns of the entries behind the marks of terminals."""
    seen = func.coalesce(CountedUpTo.epoch, 0), func.coalesce(CountedUpTo.seq, 0)
    return (
        select(*columns)
        .select_from(LedgerEntry)
        .outerjoin(CountedUpTo, CountedUpTo.terminal_id == LedgerEntry.terminal_id)
        .where(
            bulk.among(session, _ENTRIES.c.terminal_id, terminals),
            tuple_(LedgerEntry.epoch, LedgerEntry.seq) > tuple_(*seen),
        )
    )


def _told_day(body: bytes) -> set[date]:
    """Return the day that a counter's figures are of; none of an entry that cannot be read."""
    try:
        return {date.fromisoformat(orjson.loads(body)["day"])}
    except (ValueError, KeyError, TypeError):
        return set()


def _portions(subjects: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(subjects), _PORTION):
        yield subjects[start : start + _PORTION]
