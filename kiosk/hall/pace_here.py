"""How fast entries of terminals come to the hall, from the last ones of each.

A fixed number of the newest entries is looked at by their key, whatever the ledger holds; there is
no index of the time of arrival. Neighbours: `monitor` asks for many, `throughput` for one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from kiosk import clock
from sync.ledger import LedgerEntry, Terminal

#: So many of the newest entries of a terminal are looked at, as far as they came within the time.
LOOKED_AT = 100
WITHIN = timedelta(minutes=10)
_LEAST_SECONDS = 5.0
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Pace:
    """Entries in an hour, and the seconds that the queue needs at that; None when nothing comes."""

    per_hour: int
    seconds_left: int | None


def of(session: Session, terminals: Sequence[Terminal]) -> Mapping[str, Pace]:
    """Return the pace of each of these terminals by id, with one query for every hundred."""
    now = clock.now()
    came: dict[str, tuple[int, datetime]] = {}
    for start in range(0, len(terminals), _AT_ONCE):
        query = _newest(terminals[start : start + _AT_ONCE], now - WITHIN)
        came |= {row[0]: (row[1], row[2]) for row in session.execute(query)}
    return {each.terminal_id: _pace(each, came.get(each.terminal_id), now) for each in terminals}


def _newest(terminals: Sequence[Terminal], since: datetime) -> Select[str, int, datetime]:
    """Return the query: each terminal's place is said, so that its own entries alone are read.

    Joined with the terminals' rows, PostgreSQL takes all partitions of the ledger for likely and
    reads every terminal to find the few.
    """
    places = (
        and_(
            LedgerEntry.terminal_id == each.terminal_id,
            LedgerEntry.epoch == each.cursor_epoch,
            LedgerEntry.seq > each.cursor_seq - LOOKED_AT,
        )
        for each in terminals
    )
    return (
        select(LedgerEntry.terminal_id, func.count(), func.min(LedgerEntry.received_at))
        .where(or_(*places), LedgerEntry.received_at > since)
        .group_by(LedgerEntry.terminal_id)
    )


def _pace(terminal: Terminal, came: tuple[int, datetime] | None, now: datetime) -> Pace:
    if came is None:
        return Pace(0, None)
    count, first = came
    per_second = count / max((now - first).total_seconds(), _LEAST_SECONDS)
    return Pace(round(per_second * 3600), round(terminal.reported_pending / per_second))
