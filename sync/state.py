"""The terminal's memory of its hall: who it is to the hall, and how far each direction got.

The peer is one row. It is written by enrolment, by ``push`` with each acknowledgement and
by ``pull`` with each feed. Neighbours: ``journal`` derives the queue from it.
"""

import uuid
from datetime import datetime

from sqlalchemy import LargeBinary, String, Text, false, select, tuple_
from sqlalchemy.orm import Mapped, Session, mapped_column

from sync import chance
from sync.tables import Base


class NotEnrolled(LookupError):
    """The terminal has never been enrolled at a hall."""


class Peer(Base):
    """The hall as this terminal knows it."""

    __tablename__ = "peer"

    id: Mapped[int] = mapped_column(primary_key=True, default=1, autoincrement=False)
    hall_url: Mapped[str] = mapped_column(String(300))
    hall_id: Mapped[str] = mapped_column(String(36))
    hall_public: Mapped[str] = mapped_column(String(128))
    hall_epoch: Mapped[int] = mapped_column(default=1)
    terminal_id: Mapped[str] = mapped_column(String(36))
    terminal_number: Mapped[str] = mapped_column(String(6))
    station_code: Mapped[str] = mapped_column(String(12))
    station_name: Mapped[str] = mapped_column(String(80))
    #: The epoch that new entries are written in; a restore begins a new one.
    epoch: Mapped[int] = mapped_column(default=1)
    ack_epoch: Mapped[int] = mapped_column(default=0)
    ack_seq: Mapped[int] = mapped_column(default=0)
    #: Entries up to here, with their files, are in a backup of the hall and may be wiped.
    backed_up_epoch: Mapped[int] = mapped_column(default=0, server_default="0")
    backed_up_seq: Mapped[int] = mapped_column(default=0)
    #: What the hall has said up to here is in that backup too.
    backed_up_feed: Mapped[int] = mapped_column(default=0, server_default="0")
    feed_cursor: Mapped[int] = mapped_column(default=0)
    last_contact: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    #: How many files the hall still wanted at the last contact.
    blobs_wanted: Mapped[int] = mapped_column(default=0)
    #: Hall time minus terminal time at the last contact, milliseconds: both together say what the
    #: hall's clock said then.
    skew_ms: Mapped[int | None]
    #: Why this machine stands still until ``sync.recovery`` is through; None when it does not.
    recovery: Mapped[str | None] = mapped_column(String(12))
    #: What this run of the terminal's life is asked for with; made anew for each recovery.
    life_id: Mapped[str | None] = mapped_column(String(36))
    #: The token that the hall handed out last, which the next report carries.
    contact: Mapped[str | None] = mapped_column(String(32))
    #: A restored hall asks what it was told to say beyond this number; see ``sync.lost_words``.
    lost_after: Mapped[int | None]
    #: The program at the hall and the protocol versions it speaks (``1 2``), as it last told.
    hall_program: Mapped[str | None] = mapped_column(String(40))
    hall_versions: Mapped[str | None] = mapped_column(String(40))
    #: Dictionaries for bodies that both sides have, as ``sync.dictionaries.shared`` tells them.
    hall_dictionaries: Mapped[str | None] = mapped_column(Text)

    @property
    def acknowledged(self) -> tuple[int, int]:
        """The place up to which the hall has the journal: (epoch, sequence)."""
        return (self.ack_epoch, self.ack_seq)

    @property
    def backed_up(self) -> tuple[int, int]:
        """The place up to which a backup of the hall has the journal and its files."""
        return (self.backed_up_epoch, self.backed_up_seq)

    @property
    def hall_time(self) -> int:
        """The hall's time (µs since 1970) that was told last, to the millisecond; 0 of none."""
        if self.last_contact is None:
            return 0
        return 1000 * (int(self.last_contact.timestamp() * 1000) + (self.skew_ms or 0))

    def heard(self, hall_time: int, now: datetime) -> None:
        """Note that the hall was in contact at ``now``, when it was ``hall_time`` there (µs)."""
        self.last_contact = now
        self.skew_ms = hall_time // 1000 - int(now.timestamp() * 1000)


#: Why a machine stands still: it was told so by whoever restored it; the hall has more than its
#: journal; two machines have written, and the hall was not shown yet what this one wrote; it was,
#: and an admin decides; this machine was let go on, and puts its journal in order.
RESTORED, BEHIND, FORKED = "restored", "behind", "forked"
WAITING, REJOINING = "waiting", "rejoining"


def stand_still(peer: Peer, reason: str) -> None:
    """Take no new case until ``sync.recovery`` is through; the caller commits.

    A life that was asked for before is not asked for again: this machine may have been rolled back
    to the time before it was granted. What is known stays when it is the graver reason.
    """
    if peer.recovery in (None, BEHIND) or reason == RESTORED:
        peer.recovery, peer.life_id = reason, str(uuid.UUID(bytes=chance.some_bytes(16), version=4))


class Acknowledgement(Base):
    """When the hall was first heard to have the journal up to a place; never the last contact."""

    __tablename__ = "acknowledgement"

    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]


class Verdict(Base):
    """What the hall said of an entry, kept when it was ever another than *applied*."""

    __tablename__ = "verdict"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    epoch: Mapped[int]
    seq: Mapped[int]
    verdict: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str | None] = mapped_column(Text)
    #: The number of the feed item that changed it; 0 while it is that of the acknowledgement.
    told_by: Mapped[int] = mapped_column(default=0)


class InboxItem(Base):
    """One fact of the hall's feed, as it was applied here; ``body`` is ciphertext for a case."""

    __tablename__ = "inbox"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str | None] = mapped_column(String(36), index=True)
    recorded_at: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    #: A kind that this version does not know is kept, not applied, until it does.
    applied: Mapped[bool]
    #: Said by a hall that is lost: no backup of the restored one has it, whatever its number.
    lost: Mapped[bool] = mapped_column(default=False, server_default=false())


class WantedFile(Base):
    """A file that the hall lacked when it was last heard of; it goes with the next stick."""

    __tablename__ = "wanted_file"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)


def wanted_files(session: Session) -> set[str]:
    """Return the names of the files that the hall lacked at the last contact."""
    return set(session.scalars(select(WantedFile.sha256)))


def peer_of(session: Session) -> Peer:
    """Return the hall this terminal is enrolled at; NotEnrolled when there is none."""
    peer = session.get(Peer, 1)
    if peer is None:
        raise NotEnrolled("the terminal is not enrolled at a hall")
    return peer


def acknowledged_at(session: Session, place: tuple[int, int]) -> datetime | None:
    """Return when the hall acknowledged the entry at ``(epoch, seq)``, or None while it has not.

    Of a hall that was restored and took entries again, either time may be told.
    """
    if place > peer_of(session).acknowledged:
        return None
    query = select(Acknowledgement.at).where(
        tuple_(Acknowledgement.epoch, Acknowledgement.seq) >= place
    )
    return session.scalar(query.order_by(Acknowledgement.epoch, Acknowledgement.seq).limit(1))


def inbox_of_subject(session: Session, subject: str) -> list[InboxItem]:
    """Return what the hall has said of one case and was applied here, in order."""
    query = select(InboxItem).where(InboxItem.subject == subject, InboxItem.applied)
    return list(session.scalars(query.order_by(InboxItem.seq)))
