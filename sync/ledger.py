"""The hall's memory: every entry of every terminal, once, and how far each terminal is.

The key (terminal, epoch, sequence) makes a doubled entry impossible; the
cursor in the terminal's row moves in the same transaction as the rows.
``ingest`` writes here, the monitor and ``kiosk verify`` read.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Index,
    LargeBinary,
    String,
    Subquery,
    Text,
    UniqueConstraint,
    case,
    func,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from sync import bulk
from sync.envelope import GENESIS, BadFrame, Entry, canonical_fields, walk
from sync.tables import Base, table_of

APPLIED, HELD, QUARANTINED, REFUSED = "applied", "held", "quarantined", "refused"
NOT_APPLIED = (HELD, QUARANTINED, REFUSED)


class Hall(Base):
    """Who this hall is. One row; ``epoch`` grows when the hall is restored from a backup."""

    __tablename__ = "hall"

    id: Mapped[int] = mapped_column(primary_key=True, default=1, autoincrement=False)
    hall_id: Mapped[str] = mapped_column(String(36))
    epoch: Mapped[int] = mapped_column(default=1)


class Terminal(Base):
    """One terminal: its keys, its standing, its cursor, and what it last said of itself."""

    __tablename__ = "terminal"

    terminal_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    number: Mapped[str] = mapped_column(String(6), unique=True)
    station_code: Mapped[str] = mapped_column(String(12), index=True)
    station_name: Mapped[str] = mapped_column(String(80))
    public: Mapped[str] = mapped_column(String(128), unique=True)
    #: ``pending`` until an admin has compared the fingerprint, then ``approved``; or ``revoked``.
    standing: Mapped[str] = mapped_column(String(12))
    enrolled_at: Mapped[datetime]
    cursor_epoch: Mapped[int] = mapped_column(default=0)
    cursor_seq: Mapped[int] = mapped_column(default=0)
    cursor_digest: Mapped[bytes] = mapped_column(LargeBinary(32), default=GENESIS)
    #: Entries up to here, with their files, are in a finished backup of the hall (``watermark``).
    backed_up_epoch: Mapped[int] = mapped_column(default=0, server_default="0")
    backed_up_seq: Mapped[int] = mapped_column(default=0, server_default="0")
    #: And so are the items of its feed up to here.
    backed_up_feed: Mapped[int] = mapped_column(default=0, server_default="0")
    feed_head: Mapped[int] = mapped_column(default=0)
    #: How far the terminal has said that it has applied the feed.
    feed_cursor: Mapped[int] = mapped_column(default=0)
    last_seen: Mapped[datetime | None]
    last_entry_at: Mapped[datetime | None]
    #: Set when two machines were seen to write under this identity.
    forked_at: Mapped[datetime | None]
    reported_pending: Mapped[int] = mapped_column(default=0)
    reported_oldest_at: Mapped[datetime | None]
    reported_error: Mapped[str | None] = mapped_column(Text)
    reported_version: Mapped[str | None] = mapped_column(String(40))
    #: The versions of frames that it speaks (``1 2``); None while it has not said.
    reported_versions: Mapped[str | None] = mapped_column(String(40))
    #: The version of its last frame, where this hall cannot read that.
    unread_version: Mapped[int | None]
    reported_disk_free: Mapped[int | None]
    #: None of a terminal whose version does not tell.
    reported_disk_total: Mapped[int | None]
    #: When it last reported no error.
    reported_well_at: Mapped[datetime | None]
    #: The oldest entries that it said wait: a JSON list, as ``kiosk.hall.pending`` reads it; None
    #: of a terminal whose version does not tell.
    reported_waiting: Mapped[str | None] = mapped_column(Text)
    reported_blobs: Mapped[int] = mapped_column(default=0)
    skew_ms: Mapped[int | None]
    #: The catalogue release it offers to people; None while it has not said.
    release: Mapped[str | None] = mapped_column(String(64))
    #: The release it was told of and has not taken, and the code of the reason.
    refused_release: Mapped[str | None] = mapped_column(String(64))
    refusal: Mapped[str | None] = mapped_column(String(20))
    #: What it last said of its tablets: a JSON list, as ``kiosk.hall.devices`` reads it.
    reported_devices: Mapped[str | None] = mapped_column(Text)
    #: The newest epoch that was given to a life of it, see ``sync.lives``; never given twice.
    life_epoch: Mapped[int] = mapped_column(default=1)
    #: What is new and of an older epoch than this is of a machine that was not let go on.
    fence_epoch: Mapped[int] = mapped_column(default=1)
    #: The token of the contact that was confirmed last, and the one that was handed out last
    #: (``contact``).
    contact: Mapped[str | None] = mapped_column(String(32))
    contact_offered: Mapped[str | None] = mapped_column(String(32))
    #: Both as they were when another token came, with a space between.
    contact_before: Mapped[str | None] = mapped_column(String(80))
    #: When it reported last; a machine that stands still does not.
    reported_at: Mapped[datetime | None]
    #: Set when a machine had another one: a clone, or a rollback that nobody declared.
    cloned_at: Mapped[datetime | None]
    #: Set when one of ``contact_before`` came after all: two machines are at work.
    twins_at: Mapped[datetime | None]
    #: The hall's epoch in which the files it has were last compared with what entries name.
    files_epoch: Mapped[int] = mapped_column(default=1)
    #: How many entries of it are in the ledger, whatever their verdict.
    taken: Mapped[int] = mapped_column(default=0, server_default="0")
    #: Its contacts by quarter-hour, the newest last, and the number of that one since 1970.
    pulse: Mapped[str] = mapped_column(String(96), default="", server_default="")
    pulse_slot: Mapped[int] = mapped_column(default=0, server_default="0")
    #: Until when nothing that is wrong with it calls for anybody: somebody works on it.
    paused_until: Mapped[datetime | None]


class LedgerEntry(Base):
    """One entry of one terminal, with the hall's verdict on it."""

    __tablename__ = "ledger"
    __table_args__ = (
        UniqueConstraint("terminal_id", "entry_id"),
        Index("ix_ledger_subject", "subject", "subject_seq"),
        Index("ix_ledger_verdict", "verdict", "terminal_id"),
    )

    terminal_id: Mapped[str] = mapped_column(String(36), primary_key=True)
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
    body: Mapped[bytes]
    body_sha256: Mapped[str] = mapped_column(String(64))
    prev_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    received_at: Mapped[datetime]
    verdict: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str | None] = mapped_column(Text)


class Fork(Base):
    """An entry that contradicts one already in the ledger: two machines, one identity."""

    __tablename__ = "fork"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    terminal_id: Mapped[str] = mapped_column(String(36), index=True)
    epoch: Mapped[int]
    seq: Mapped[int]
    seen_at: Mapped[datetime]
    #: The whole entry as it came, so that nothing of the second branch is lost.
    wire: Mapped[bytes]


_TABLE = table_of(LedgerEntry)


def hall_of(session: Session) -> Hall:
    """Return this hall's row; LookupError when ``kiosk hall init`` has not run."""
    hall = session.get(Hall, 1)
    if hall is None:
        raise LookupError("the hall is not initialised")
    return hall


def locked(session: Session, terminal_id: str) -> tuple[Terminal, Hall]:
    """Return a terminal's row, locked until the transaction ends, and the hall's: one question.

    NoResultFound when there is no such terminal.
    """
    both = select(Terminal, Hall).join(Hall, Hall.id == 1)
    found = session.execute(
        both.where(Terminal.terminal_id == terminal_id).with_for_update(of=Terminal)
    )
    terminal, hall = found.one()
    return terminal, hall


def of_subject(session: Session, subject: str) -> list[LedgerEntry]:
    """Return every entry of one case, in order."""
    query = select(LedgerEntry).where(LedgerEntry.subject == subject)
    return list(session.scalars(query.order_by(LedgerEntry.subject_seq)))


def kinds_applied(session: Session, subject: str) -> set[str]:
    """Return the kinds of those entries of a case that were replayed."""
    query = select(_TABLE.c.kind).where(_TABLE.c.subject == subject, _TABLE.c.verdict == APPLIED)
    return set(session.scalars(query))


def last_of_subject(session: Session, terminal_id: str, subject: str) -> int:
    """Return the number of the newest entry of a case that its terminal has sent (0 when none).

    What another terminal says of the case is none of it, and must not stand before what its own
    has recorded since.
    """
    query = select(func.max(_TABLE.c.subject_seq)).where(
        _TABLE.c.subject == subject, _TABLE.c.terminal_id == terminal_id
    )
    return session.scalar(query) or 0


def tallies(session: Session) -> dict[str, dict[str, int]]:
    """Return per terminal how many entries have each verdict."""
    rows = session.execute(
        select(_TABLE.c.terminal_id, _TABLE.c.verdict, func.count()).group_by(
            _TABLE.c.terminal_id, _TABLE.c.verdict
        )
    )
    counted: dict[str, dict[str, int]] = {}
    for terminal_id, verdict, count in rows:
        counted.setdefault(terminal_id, {})[verdict] = count
    return counted


def unapplied(terminals: Collection[str] | None = None) -> Subquery:
    """Return how many entries are held, quarantined and refused, for terminals that have any.

    Of these ``terminals`` (ids), or of all. Few entries are anything but applied, and their index
    alone is read.
    """
    verdict = _TABLE.c.verdict
    counts = (func.count(case((verdict == each, 1))).label(each) for each in NOT_APPLIED)
    query = select(_TABLE.c.terminal_id, *counts).where(verdict.in_(NOT_APPLIED))
    if terminals is not None:
        query = query.where(_TABLE.c.terminal_id.in_(terminals))
    return query.group_by(_TABLE.c.terminal_id).subquery("unapplied")


def has_facts(session: Session, terminal_id: str, entries: Iterable[Entry]) -> bool:
    """Tell whether the ledger has each of these as the same fact, at whatever place."""
    facts = {(each.entry_id, each.body_sha256) for each in entries}
    query = select(_TABLE.c.entry_id, _TABLE.c.body_sha256).where(
        _TABLE.c.terminal_id == terminal_id,
        bulk.among(session, _TABLE.c.entry_id, [entry_id for entry_id, _ in facts]),
    )
    return facts <= {(row.entry_id, row.body_sha256) for row in session.execute(query)}


def kept_apart(session: Session) -> dict[str, int]:
    """Return per terminal that has any how many entries are kept that contradict the ledger."""
    query = select(Fork.terminal_id, func.count()).group_by(Fork.terminal_id)
    return {row[0]: row[1] for row in session.execute(query)}


def insert(
    session: Session, terminal_id: str, entries: Iterable[Entry], received_at: datetime
) -> int:
    """Add the entries as *applied* and return how many; ``ingest`` lowers the verdict of others.

    The caller holds the terminal's row. BadFrame where one has the id of another of the terminal's.
    """
    rows = [
        {
            **canonical_fields(entry),
            "terminal_id": terminal_id,
            "blobs": json.dumps(entry.blobs),
            "body": entry.body,
            "prev_digest": entry.prev_digest,
            "digest": entry.digest,
            "received_at": received_at,
            "verdict": APPLIED,
            "reason": None,
        }
        for entry in entries
    ]
    try:
        bulk.insert(session, _TABLE, rows)
    except IntegrityError as error:
        # Their places are new, so that it can be nothing else.
        raise BadFrame("the id of an entry was used before") from error
    return len(rows)


def mark(
    session: Session, terminal: Terminal, entry: Entry, verdict: str, reason: str | None
) -> None:
    """Write the verdict on an entry of the ledger; the caller commits."""
    session.execute(
        update(LedgerEntry)
        .where(
            LedgerEntry.terminal_id == terminal.terminal_id,
            LedgerEntry.epoch == entry.epoch,
            LedgerEntry.seq == entry.seq,
        )
        .values(verdict=verdict, reason=reason)
        .execution_options(synchronize_session=False)
    )


def entry_of(row: Any) -> Entry:
    """Return the wire entry of a ledger row (a mapped object or a result row)."""
    return Entry(
        epoch=row.epoch,
        seq=row.seq,
        entry_id=row.entry_id,
        subject=row.subject,
        subject_seq=row.subject_seq,
        kind=row.kind,
        version=row.version,
        recorded_at=row.recorded_at,
        uptime_ms=row.uptime_ms,
        blobs=tuple(json.loads(row.blobs)),
        body=row.body,
        body_sha256=row.body_sha256,
        prev_digest=row.prev_digest,
        digest=row.digest,
    )


def broken_link(session: Session, terminal: Terminal) -> str | None:
    """Return where a terminal's chain does not prove, in words, or None."""
    chain = walk(_entries(session, terminal.terminal_id))
    cursor = (terminal.cursor_epoch, terminal.cursor_seq)
    if chain.fault is None and (chain.place, chain.digest) != (cursor, terminal.cursor_digest):
        return f"the cursor is not at the last entry {chain.place[0]}/{chain.place[1]}"
    return chain.fault


def _entries(session: Session, terminal_id: str) -> Iterator[Entry]:
    query = select(_TABLE).where(_TABLE.c.terminal_id == terminal_id)
    query = query.order_by(_TABLE.c.epoch, _TABLE.c.seq).execution_options(yield_per=500)
    for row in session.execute(query):
        yield entry_of(row)
