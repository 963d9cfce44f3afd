"""How the counter's queue stands: for a desk, for the station's screen, for who holds a slip.

Reads only. Neighbour: `tickets` moves it on.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from kiosk import clock
from kiosk.counter.days import Figures, figures
from kiosk.counter.model import CALLED, SERVING, WAITING, Ticket
from kiosk.counter.tickets import at_desk, in_turn
from kiosk.db import reading

#: As many calls as a screen shows, and as many who come next.
CALLS_SHOWN, NEXT_SHOWN = 5, 8


@dataclass(frozen=True, slots=True)
class Call:
    """One call as everybody may see it; `at` changes when it is called again."""

    number: str
    desk: str
    at: str


@dataclass(frozen=True, slots=True)
class Board:
    """What the station's screen shows: numbers and desks, nobody's name."""

    calls: tuple[Call, ...]
    following: tuple[str, ...]
    waiting: int

    def told(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class AtDesk:
    """What a desk sees: who is here now, who waits, all appointments to come, and today."""

    now: Ticket | None
    waiting: tuple[Ticket, ...]
    later: tuple[Ticket, ...]
    others: tuple[Ticket, ...]
    today: Figures


def board() -> Board:
    """Return what the station's screen shows now."""
    with reading() as session:
        called = select(Ticket).where(
            Ticket.day == clock.today(), Ticket.state.in_((CALLED, SERVING))
        )
        latest = called.order_by(Ticket.called_at.desc(), Ticket.id).limit(CALLS_SHOWN)
        calls = session.scalars(latest).all()
        waiting = session.scalars(in_turn()).all()
    return Board(
        tuple(Call(each.label, each.desk or "", _told(each.called_at)) for each in calls),
        tuple(each.label for each in waiting[:NEXT_SHOWN]),
        len(waiting),
    )


def at(desk: str) -> AtDesk:
    """Return how things stand for a desk."""
    with reading() as session:
        now = session.scalars(select(Ticket).where(*at_desk(desk)).limit(1)).first()
        waiting = session.scalars(in_turn(desk)).all()
        today = session.scalars(select(Ticket).where(Ticket.day == clock.today())).all()
        to_come = select(Ticket).where(Ticket.state == WAITING, Ticket.due_at > clock.now())
        later = session.scalars(to_come.order_by(Ticket.due_at)).all()
    others = [each for each in today if each.state in (CALLED, SERVING) and each.desk != desk]
    return AtDesk(now, tuple(waiting), tuple(later), tuple(others), figures(today))


def find(ticket_id: str) -> tuple[Ticket, int] | None:
    """Return a ticket and how many are before it; None when there is no such ticket."""
    with reading() as session:
        ticket = session.get(Ticket, ticket_id)
        if ticket is None:
            return None
        ahead = in_turn().where(Ticket.rank < ticket.rank, Ticket.id != ticket.id).subquery()
        before = session.scalar(select(func.count()).select_from(ahead)) or 0
    return ticket, before


def _told(at: datetime | None) -> str:
    return at.isoformat() if at else ""
