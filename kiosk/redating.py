"""What waits to be wiped is dated anew when the clock of its machine is put right.

Drafts and pictures that no case took are wiped by their age. Where a clock that was behind is put
right while people work, all that was just made would be old at once; and what was made while the
clock was ahead would stay until that time comes. The age itself stays true, so that everything
goes in time however often the machine is switched off. Holds no table. Neighbour: the worker asks.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import BigInteger, ColumnElement, Update, type_coerce, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from kiosk import clock
from kiosk.cases.model import Draft, Handoff
from kiosk.materials.model import Material
from sync.state import Peer

log = structlog.get_logger(__name__)

#: A clock that is kept right moves by less between two looks.
SLACK = timedelta(minutes=1)
#: Hall and terminal have one time when they differ by no more.
_AGREES_MS = 60_000
#: What is wiped by age, and by which time.
_DATED: tuple[tuple[Any, InstrumentedAttribute[datetime], tuple[ColumnElement[bool], ...]], ...] = (
    (Draft, Draft.updated_at, ()),
    (Handoff, Handoff.offered_at, ()),
    (Material, Material.created_at, (Material.case_id.is_(None),)),
)


@dataclass(frozen=True, slots=True)
class Look:
    """Both clocks of this machine at one moment."""

    wall: datetime = field(default_factory=clock.now)
    #: Milliseconds since it was switched on.
    uptime: int = field(default_factory=clock.uptime_ms)

    def advance(self, since: "Look") -> timedelta:
        """Return by how much the wall clock was put forward since that look of the same boot."""
        return self.wall - since.wall - timedelta(milliseconds=self.uptime - since.uptime)


def redate(session: Session, before: Look, now: Look) -> None:
    """Date anew what was dated wrongly between two looks of one process; the caller commits.

    Not idempotent: the next time counts from ``now``.
    """
    advance = now.advance(before)
    if abs(advance) > SLACK:
        log.warning("clock_put_right", seconds=int(advance.total_seconds()))
        # What was made since the machine was switched on; all before has its own time.
        until = now.wall - advance
        since = until - timedelta(milliseconds=now.uptime)
        # After a step back, what is of the new time already must not become older than it is.
        _move(session, since if advance > SLACK else max(since, now.wall), until, advance)
    if _is_sure(session, now):
        for table, column, which in _DATED:
            ahead = update(table).where(column > now.wall + SLACK, *which)
            _run(session, ahead.values({column: now.wall}))


def _move(session: Session, since: datetime, until: datetime, by: timedelta) -> None:
    for table, column, which in _DATED:
        moved = type_coerce(column, BigInteger) + by // timedelta(microseconds=1)
        query = update(table).where(column.between(since, until), *which)
        _run(session, query.values({column: moved}))


def _run(session: Session, query: Update) -> None:
    session.execute(query.execution_options(synchronize_session=False))


def _is_sure(session: Session, now: Look) -> bool:
    """Tell whether the hall had this time too at a contact since the machine was switched on.

    A clock that begins with the year 2000 each morning finds all of yesterday ahead of it.
    """
    peer = session.get(Peer, 1)
    if peer is None or peer.last_contact is None or peer.skew_ms is None:
        return False
    switched_on = now.wall - timedelta(milliseconds=now.uptime)
    return switched_on <= peer.last_contact <= now.wall and abs(peer.skew_ms) <= _AGREES_MS
