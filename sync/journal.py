"""The terminal's append-only log. Its unacknowledged tail is the offline queue.

``append`` runs inside the caller's transaction: the entry is in the same
commit as the case it tells of, or neither is. Nothing is ever updated here.
Neighbours: ``push`` sends the tail, ``state`` remembers how far the hall has it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    func,
    select,
    tuple_,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from sync.envelope import GENESIS, Entry, canonical_fields, chain_digest, walk
from sync.state import Peer
from sync.tables import Base, Executor, table_of

#: An envelope holds at most this many entries and bytes of bodies.
MAX_ENTRIES = 500
MAX_BODY_BYTES = 1024 * 1024
#: A report tells of so many entries that wait.
MOST_TOLD = 10


class JournalEntry(Base):
    """One row per entry; see ``sync.envelope.Entry`` for the meaning of each column."""

    __tablename__ = "journal"
    __table_args__ = (
        UniqueConstraint("entry_id"),
        UniqueConstraint("subject", "subject_seq"),
        Index("ix_journal_recorded_at", "recorded_at"),
    )

    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[str] = mapped_column(String(36))
    subject: Mapped[str] = mapped_column(String(36))
    subject_seq: Mapped[int]
    kind: Mapped[str] = mapped_column(String(40))
    version: Mapped[int]
    recorded_at: Mapped[int]
    uptime_ms: Mapped[int]
    blobs: Mapped[str] = mapped_column(Text)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    body_sha256: Mapped[str] = mapped_column(String(64))
    prev_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))


_TABLE = table_of(JournalEntry)
_INSERT = _TABLE.insert()
_HEAD = (
    select(_TABLE.c.epoch, _TABLE.c.seq, _TABLE.c.digest)
    .order_by(_TABLE.c.epoch.desc(), _TABLE.c.seq.desc())
    .limit(1)
)
_PLACE = tuple_(_TABLE.c.epoch, _TABLE.c.seq)


@dataclass(frozen=True, slots=True)
class Fact:
    """What the caller wants recorded; ``body`` is already ciphertext.

    ``recorded_at`` is in microseconds since 1970 (UTC), ``uptime_ms`` since boot.
    """

    entry_id: str
    subject: str
    kind: str
    body: bytes
    blobs: tuple[str, ...]
    recorded_at: int
    uptime_ms: int
    version: int = 1


def append(session: Executor, fact: Fact, epoch: int, *, first: bool = False) -> Entry:
    """Add ``fact`` as the next entry of ``epoch``; the caller commits.

    ``first`` says that the case is new, which saves asking for its earlier entries.
    The caller must hold the write lock (``BEGIN IMMEDIATE``), since the next
    number is read first. Not idempotent: one call, one entry.
    """
    head = session.execute(_HEAD).first()
    last_epoch, last_seq, prev = head if head is not None else (epoch, 0, GENESIS)
    entry = Entry(
        epoch=epoch,
        seq=last_seq + 1 if last_epoch == epoch else 1,
        entry_id=fact.entry_id,
        subject=fact.subject,
        subject_seq=1 if first else _next_of(session, fact.subject),
        kind=fact.kind,
        version=fact.version,
        recorded_at=fact.recorded_at,
        uptime_ms=fact.uptime_ms,
        blobs=fact.blobs,
        body=fact.body,
        body_sha256=hashlib.sha256(fact.body).hexdigest(),
        prev_digest=prev,
        digest=b"",
    )
    fields = canonical_fields(entry)
    digest = chain_digest(prev, fields)
    session.execute(
        _INSERT,
        {
            **fields,
            "blobs": json.dumps(fact.blobs),
            "body": fact.body,
            "prev_digest": prev,
            "digest": digest,
        },
    )
    return replace(entry, digest=digest)


def tail(session: Session, after: tuple[int, int], most_bytes: int | None = None) -> list[Entry]:
    """Return the next entries after ``(epoch, seq)``, of one epoch, as many as fit one envelope.

    ``most_bytes`` makes it smaller. One is returned even if its body has more than that.
    """
    most_bytes = min(most_bytes or MAX_BODY_BYTES, MAX_BODY_BYTES)
    rows = session.execute(
        select(_TABLE)
        .where(after < _PLACE)
        .order_by(_TABLE.c.epoch, _TABLE.c.seq)
        .limit(MAX_ENTRIES)
    )
    run: list[Entry] = []
    size = 0
    for row in rows:
        size += len(row.body)
        if run and (size > most_bytes or row.epoch != run[0].epoch):
            break
        run.append(_entry(row))
    return run


def of_subject(session: Session, subject: str) -> list[Entry]:
    """Return all entries of one case, in order."""
    rows = session.execute(
        select(_TABLE).where(_TABLE.c.subject == subject).order_by(_TABLE.c.subject_seq)
    )
    return [_entry(row) for row in rows]


def matching(session: Session, *conditions: ColumnElement[bool]) -> list[Entry]:
    """Return the entries of which all these conditions are true, in order."""
    rows = session.execute(select(_TABLE).where(*conditions).order_by(_TABLE.c.epoch, _TABLE.c.seq))
    return [_entry(row) for row in rows]


def named(session: Session, numbers: Mapping[int, bytes], last_epoch: int) -> list[Entry]:
    """Return the entries that have these digests at these numbers, in an epoch up to the last.

    They are in order. Epochs are not counted through: a restored hall grants them by its clock.
    """
    told, rows = sorted(numbers), list[Any]()
    # A question of SQLite holds some thousands of values, and no answer of any size may break it.
    for first in range(0, len(told), MAX_ENTRIES):
        piece = _TABLE.c.seq.in_(told[first : first + MAX_ENTRIES])
        rows += session.execute(select(_TABLE).where(_TABLE.c.epoch <= last_epoch, piece))
    found = [_entry(row) for row in rows if numbers[row.seq] == row.digest]
    return sorted(found, key=lambda entry: (entry.epoch, entry.seq))


def head(session: Session) -> tuple[int, int, bytes]:
    """Return epoch, sequence and digest of the newest entry; (0, 0, GENESIS) when there is none."""
    row = session.execute(_HEAD).first()
    return (row.epoch, row.seq, row.digest) if row is not None else (0, 0, GENESIS)


def digest_at(session: Session, place: tuple[int, int]) -> bytes | None:
    """Return the digest of the entry at ``(epoch, seq)``, or None when there is none."""
    query = select(_TABLE.c.digest).where(_TABLE.c.epoch == place[0], _TABLE.c.seq == place[1])
    return session.scalar(query)


def digests(session: Session, epoch: int, first: int, count: int) -> list[tuple[int, bytes]]:
    """Return numbers and digests of at most ``count`` entries of an epoch from a number on."""
    query = select(_TABLE.c.seq, _TABLE.c.digest).where(
        _TABLE.c.epoch == epoch, _TABLE.c.seq >= first, _TABLE.c.seq < first + count
    )
    rows = session.execute(query.order_by(_TABLE.c.seq).limit(MAX_ENTRIES))
    return [(row.seq, row.digest) for row in rows]


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much is not yet at the hall; ``oldest_at`` is in microseconds since 1970."""

    pending: int
    oldest_at: int | None


def backlog(session: Session, peer: Peer) -> Backlog:
    """Return the size and age of the offline queue."""
    count, oldest = session.execute(
        select(func.count(), func.min(_TABLE.c.recorded_at)).where(peer.acknowledged < _PLACE)
    ).one()
    return Backlog(count, oldest)


def oldest_pending(session: Session, peer: Peer) -> list[dict[str, Any]]:
    """Return the first entries of the queue as a report tells of them: no case, no body."""
    columns = (_TABLE.c.kind, _TABLE.c.recorded_at, _TABLE.c.epoch, _TABLE.c.seq)
    query = (
        select(*columns).where(peer.acknowledged < _PLACE).order_by(_TABLE.c.epoch, _TABLE.c.seq)
    )
    return [dict(row._mapping) for row in session.execute(query.limit(MOST_TOLD))]


def pending_after(session: Session, place: tuple[int, int]) -> int:
    """Return how many entries come after ``(epoch, seq)``."""
    query = select(func.count()).select_from(_TABLE).where(place < _PLACE)
    return session.execute(query).scalar_one()


def broken_link(session: Session) -> str | None:
    """Return where the chain does not prove, in words, or None; reads the whole journal."""
    return walk(_all(session)).fault


def _all(session: Session) -> Iterator[Entry]:
    query = select(_TABLE).order_by(_TABLE.c.epoch, _TABLE.c.seq)
    for row in session.execute(query.execution_options(yield_per=MAX_ENTRIES)):
        yield _entry(row)


def _next_of(session: Executor, subject: str) -> int:
    latest = session.execute(
        select(func.max(_TABLE.c.subject_seq)).where(_TABLE.c.subject == subject)
    ).scalar()
    return (latest or 0) + 1


def _entry(row: Any) -> Entry:
    values = row._mapping
    return Entry(**{**values, "blobs": tuple(json.loads(values["blobs"]))})
