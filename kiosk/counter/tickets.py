"""The verbs of the counter's queue: draw, book, call, serve, end. Each is one commit.

A number is drawn in the transaction that keeps it, so that two kiosks at once never draw the same
one. Everything is of today: a number of yesterday is nobody's any more. Neighbours: `model` has
the table, `queue` reads it, `days` sums it up.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock
from kiosk.counter.model import APPOINTMENT, CALLED, DONE, GONE, SERVING, WAITING, WALK_IN, Ticket
from kiosk.db import writing
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound

#: After so many calls nobody waits for the person any longer; before, after so many others.
MOST_CALLS, BACK_AFTER = 3, 2
#: Appointments are made so far ahead at most.
AHEAD = timedelta(days=30)
#: Whoever has an appointment comes before all who only drew a number, from its time on.
_FIRST = 86_400_000_000

PAST = FieldProblem(
    "time", "past", Text("请选现在以后的时间。", "Please choose a time that is still to come.")
)
TOO_FAR = FieldProblem(
    "time", "too_far", Text("最多提前30天预约。", "At most 30 days ahead, please.")
)


def draw() -> Ticket:
    """Draw the next number of today for somebody who is here."""
    now = clock.now()
    with writing() as session:
        return _new(session, WALK_IN, now, _micros(now), None)


def book(due_at: datetime) -> Ticket:
    """Make an appointment at an aware time, with a number of its day; Invalid names ``time``."""
    now = clock.now()
    problem = PAST if due_at < now else TOO_FAR if due_at > now + AHEAD else None
    if problem is not None:
        raise Invalid("appointment_invalid", problem.message, (problem,))
    with writing() as session:
        return _new(session, APPOINTMENT, now, _micros(due_at) - _FIRST, due_at)


def call_next(desk: str, operator: str) -> Ticket | None:
    """Call whose turn it is to this desk; None when nobody waits.

    Conflict while the desk has somebody called or served: they are ended first.
    """
    with writing() as session:
        if session.scalar(select(Ticket.id).where(*at_desk(desk)).limit(1)) is not None:
            message = Text("请先办完这一位。", "Please finish with the present person first.")
            raise Conflict("desk_busy", message)
        ticket = session.scalars(in_turn(desk).limit(1)).first()
        if ticket is not None:
            ticket.state, ticket.desk, ticket.operator = CALLED, desk, operator
            ticket.called_at = clock.now()
            ticket.calls += 1
        return ticket


def act(ticket_id: str, verb: str, desk: str, to: str = "") -> Ticket:
    """Do one of `VERBS` with the ticket this desk has called; ``to`` names another desk.

    Raises NotFound, Invalid for an unknown verb, and Conflict when the ticket is not this desk's or
    not in that state: a second tap changes nothing.
    """
    if verb not in VERBS:
        problem = FieldProblem("act", "unknown", Text("没有这一步。", "There is no such step."))
        raise Invalid("act_unknown", problem.message, (problem,))
    states, deed = VERBS[verb]
    with writing() as session:
        ticket = session.get(Ticket, ticket_id)
        if ticket is None:
            raise NotFound("ticket_unknown", Text("没有这个号。", "There is no such number."))
        if ticket.desk != desk or ticket.state not in states:
            message = Text("这个号已经有了变化，请看最新的排队。", "This number has moved on.")
            raise Conflict("ticket_moved", message)
        deed(session, ticket, to)
        return ticket


def at_desk(desk: str) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of what this desk has in hand today."""
    return (
        Ticket.day == clock.today(),
        Ticket.desk == desk,
        Ticket.state.in_((CALLED, SERVING)),
    )


def in_turn(desk: str = "") -> Select[Ticket]:
    """Return the query of who waits today, in turn; for a desk also who was sent to it, first."""
    free = Ticket.desk.is_(None)
    mine = case((Ticket.desk == desk, 0), else_=1)
    return (
        select(Ticket)
        .where(
            Ticket.day == clock.today(),
            Ticket.state == WAITING,
            or_(Ticket.kind == WALK_IN, Ticket.due_at <= clock.now()),
            *(() if not desk else (or_(free, Ticket.desk == desk),)),
        )
        .order_by(mine, Ticket.rank, Ticket.id)
    )


def _new(session: Session, kind: str, now: datetime, rank: int, due_at: datetime | None) -> Ticket:
    day = (due_at or now).astimezone(clock.LOCAL).date()
    highest = select(func.max(Ticket.number)).where(Ticket.day == day, Ticket.kind == kind)
    ticket = Ticket(
        id=clock.new_id(),
        day=day,
        kind=kind,
        number=(session.scalar(highest) or 0) + 1,
        state=WAITING,
        rank=rank,
        drawn_at=now,
        due_at=due_at,
        calls=0,
    )
    session.add(ticket)
    return ticket


def _again(session: Session, ticket: Ticket, to: str) -> None:
    ticket.called_at = clock.now()


def _serve(session: Session, ticket: Ticket, to: str) -> None:
    ticket.state, ticket.served_at = SERVING, clock.now()


def _finish(session: Session, ticket: Ticket, to: str) -> None:
    ticket.state, ticket.ended_at = DONE, clock.now()


def _not_here(session: Session, ticket: Ticket, to: str) -> None:
    """Put it behind two others, and after three calls let it go."""
    if ticket.calls >= MOST_CALLS:
        ticket.state, ticket.ended_at = GONE, clock.now()
        return
    others = session.scalars(in_turn().limit(BACK_AFTER)).all()
    last = others[-1].rank if len(others) == BACK_AFTER else _micros(clock.now())
    ticket.state, ticket.desk, ticket.rank = WAITING, None, last + 1


def _transfer(session: Session, ticket: Ticket, to: str) -> None:
    if not to:
        problem = FieldProblem(
            "to", "missing", Text("请写明转到哪个窗口。", "Please say which desk it goes to.")
        )
        raise Invalid("desk_missing", problem.message, (problem,))
    ticket.state, ticket.desk, ticket.served_at = WAITING, to, None


Deed = Callable[[Session, Ticket, str], None]
#: Verb → the states it starts from, and what it does.
VERBS: Mapping[str, tuple[frozenset[str], Deed]] = {
    "again": (frozenset({CALLED}), _again),
    "serve": (frozenset({CALLED}), _serve),
    "gone": (frozenset({CALLED}), _not_here),
    "done": (frozenset({SERVING}), _finish),
    "transfer": (frozenset({CALLED, SERVING}), _transfer),
}


def _micros(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)
