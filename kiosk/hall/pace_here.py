"""How fast entries of terminals come to the hall, from the last ones of each.

A fixed number of the newest entries is looked at by their key, whatever the ledger holds; there is
no index of the time of arrival. Neighbours: `monitor` asks for many, `throughput` for one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk import clock
from sync.ledger import LedgerEntry, Terminal

#: So many of the newest entries of a terminal are looked at, as far as they came within the time.
LOOKED_AT = 100
WITHIN = timedelta(minutes=10)
_LEAST_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Pace:
    """Entries in an hour, and the seconds that the queue needs at that; None when nothing comes."""

    per_hour: int
    seconds_left: int | None


def of(session: Session, terminals: Sequence[Terminal]) -> Mapping[str, Pace]:
    """Return the pace of each of these terminals by id, with one query."""
    if not terminals:
        return {}
    now = clock.now()
    since = now - WITHIN
    query = (
        select(LedgerEntry.terminal_id, func.count(), func.min(LedgerEntry.received_at))
        .join(Terminal, Terminal.terminal_id == LedgerEntry.terminal_id)
        .where(
            Terminal.terminal_id.in_([each.terminal_id for each in terminals]),
            LedgerEntry.epoch == Terminal.cursor_epoch,
            LedgerEntry.seq > Terminal.cursor_seq - LOOKED_AT,
            LedgerEntry.received_at > since,
        )
        .group_by(LedgerEntry.terminal_id)
    )
    came = {terminal_id: (count, first) for terminal_id, count, first in session.execute(query)}
    return {each.terminal_id: _pace(each, came.get(each.terminal_id), now) for each in terminals}


def _pace(terminal: Terminal, came: tuple[int, datetime] | None, now: datetime) -> Pace:
    if came is None:
        return Pace(0, None)
    count, first = came
    per_second = count / max((now - first).total_seconds(), _LEAST_SECONDS)
    return Pace(round(per_second * 3600), round(terminal.reported_pending / per_second))
