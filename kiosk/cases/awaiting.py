"""What waits at a terminal: its queue for the hall, and cases whose decision somebody waits for.

Reads only. Neighbours: ``queries`` tells of single cases; ``sync.state`` keeps what is known of the
line.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases import lifecycle
from kiosk.cases.model import Case
from kiosk.db import reading
from sync import carry, journal, verdicts
from sync.state import Peer
from sync.versions import NEEDS_UPDATE

#: So long after handing in somebody may stand and wait for the decision.
WAITING = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class QueueState:
    """The offline queue: how much waits, how long the oldest has, and how the line is."""

    pending: int
    oldest_at: datetime | None
    blobs_pending: int
    held: int
    quarantined: int
    refused: int
    last_contact: datetime | None
    last_error: str | None
    enrolled: bool
    #: Files that the centre waits for and that are damaged or gone here.
    lost_files: int = 0
    #: Why the terminal takes nothing new, as ``sync.state`` names it, and the code of this machine.
    recovery: str | None = None
    machine: str | None = None

    @property
    def needs_update(self) -> bool:
        """Tell whether station or centre must be updated before anything goes on."""
        return (self.last_error or "").startswith(NEEDS_UPDATE)


def queue_state(services: Services) -> QueueState:
    """Return how the offline queue is."""
    with reading() as session:
        peer = session.get(Peer, 1)
        if peer is None:
            return QueueState(0, None, 0, 0, 0, 0, None, None, enrolled=False)
        queue = journal.backlog(session, peer)
        counts = verdicts.counts(session)
        return QueueState(
            pending=queue.pending,
            oldest_at=_instant(queue.oldest_at),
            blobs_pending=peer.blobs_wanted,
            held=counts.get("held", 0),
            quarantined=counts.get("quarantined", 0),
            refused=counts.get("refused", 0),
            last_contact=peer.last_contact,
            last_error=peer.last_error,
            enrolled=True,
            lost_files=len(lost_files(session, services)),
            recovery=peer.recovery,
            machine=peer.life_id and peer.life_id[:8],
        )


def lost_files(session: Session, services: Services) -> list[str]:
    """Return the files the hall waits for that are damaged here or gone: nothing brings them.

    A release that a case was filled with is lent when it is sent, and is not lost.
    """
    blobs, releases = services.blobs, services.releases
    return [sha for sha in carry.lost(session, blobs) if releases.lacks(sha)]


def decision_is_awaited(session: Session) -> bool:
    """Tell whether a case that was handed in of late is undecided, as far as is known here."""
    query = select(Case.id).where(
        Case.state.in_((lifecycle.SUBMITTED, lifecycle.ACCEPTED)),
        Case.submitted_at > clock.now() - WAITING,
    )
    return session.scalar(query.limit(1)) is not None


def _instant(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else datetime.fromtimestamp(microseconds / 1_000_000, UTC)
