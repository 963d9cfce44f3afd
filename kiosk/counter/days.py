"""What a day at the counter was like: summed up at the terminal, sent to the hall, kept there.

The figures are nobody's: the entry has no key and is not sealed. A day is told once, when it is
over; the day's name is the subject of its entry, so that a second telling is seen. Neighbours:
`tickets` moves tickets, the worker calls `tell`, `kiosk.cases.replay` calls `take`.
"""

import statistics
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kiosk import clock
from kiosk.counter.model import DONE, GONE, CounterDay, Ticket
from sync import bounded, journal
from sync.envelope import Entry
from sync.journal import Fact
from sync.ledger import Terminal
from sync.state import Peer

KIND = "counter.day"
#: Tickets stay for a while, so that staff can look back; their figures are at the hall.
KEPT = timedelta(days=31)
_COUNTS = ("drawn", "served", "dropped")
_SECONDS = ("wait_median", "wait_p90", "service_median", "service_p90")


@dataclass(frozen=True, slots=True)
class Figures:
    """How many numbers were drawn, served and dropped, and how long people waited (seconds)."""

    drawn: int
    served: int
    dropped: int
    wait_median: int | None
    wait_p90: int | None
    service_median: int | None
    service_p90: int | None


def figures(tickets: Iterable[Ticket]) -> Figures:
    """Sum tickets up. Waiting is from drawing, or from the time of an appointment, to the call."""
    found = list(tickets)
    waits = [_wait(each) for each in found if each.served_at and each.called_at]
    services = [
        int((each.ended_at - each.served_at).total_seconds())
        for each in found
        if each.state == DONE and each.ended_at and each.served_at
    ]
    return Figures(
        drawn=len(found),
        served=len(waits),
        dropped=sum(each.state == GONE for each in found),
        wait_median=_median(waits),
        wait_p90=_p90(waits),
        service_median=_median(services),
        service_p90=_p90(services),
    )


def tell(session: Session) -> int:
    """Write an entry for each day that is over and was not told yet; return how many. Idempotent.

    Wipes what is older than is kept, told or not: without enrolment nobody asks for it. The caller
    holds the write lock and commits.
    """
    today, peer = clock.today(), session.get(Peer, 1)
    days = session.scalars(select(Ticket.day).where(Ticket.day < today).distinct()).all()
    # A machine that was restored may have told them in the part that it has lost.
    may_tell = peer is not None and peer.recovery is None
    told = sum(_tell_day(session, peer, day) for day in days) if peer and may_tell else 0
    session.execute(delete(Ticket).where(Ticket.day < today - KEPT))
    return told


def _tell_day(session: Session, peer: Peer, day: date) -> bool:
    subject = str(uuid.uuid5(uuid.UUID(peer.terminal_id), f"{KIND}:{day.isoformat()}"))
    if journal.of_subject(session, subject):
        return False
    tickets = session.scalars(select(Ticket).where(Ticket.day == day))
    body = {"day": day.isoformat(), **asdict(figures(tickets))}
    journal.append(session, _fact(subject, body, clock.now()), peer.epoch, first=True)
    return True


def take(session: Session, terminal: Terminal, entry: Entry) -> None:
    """Hall: keep the figures of one day; a second telling changes nothing. ValueError if odd."""
    body = bounded.loads(entry.body)
    counts = [body[name] for name in _COUNTS]
    seconds = [body[name] for name in _SECONDS]
    well = all(type(each) is int and each >= 0 for each in counts)
    well = well and all(each is None or (type(each) is int and each >= 0) for each in seconds)
    if not well:
        raise ValueError("the figures have another shape")
    session.merge(
        CounterDay(
            terminal_id=terminal.terminal_id,
            day=date.fromisoformat(body["day"]),
            station_code=terminal.station_code,
            **{name: body[name] for name in (*_COUNTS, *_SECONDS)},
        )
    )


def _fact(subject: str, body: dict[str, Any], now: datetime) -> Fact:
    return Fact(
        entry_id=clock.new_id(),
        subject=subject,
        kind=KIND,
        body=orjson.dumps(body),
        blobs=(),
        recorded_at=int(now.timestamp() * 1_000_000),
        uptime_ms=clock.uptime_ms(),
    )


def _wait(ticket: Ticket) -> int:
    begun = max(ticket.drawn_at, ticket.due_at or ticket.drawn_at)
    return max(0, int((ticket.called_at or begun).timestamp() - begun.timestamp()))


def _median(values: Sequence[int]) -> int | None:
    return int(statistics.median(values)) if values else None


def _p90(values: Sequence[int]) -> int | None:
    """Return the value that nine of ten do not exceed (nearest rank)."""
    return sorted(values)[-(-len(values) * 9 // 10) - 1] if values else None
