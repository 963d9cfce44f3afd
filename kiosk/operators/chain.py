"""The audit log read: pages of it by what is asked for, the whole in a stream, and its proof.

The proof reads every record, reckons its digest again and follows the chain. What it cannot see is
that the newest records were taken away together, or that all were made anew from some place on:
that shows only against a head that was kept elsewhere (an anchor). How far the last proof came is
kept beside the log, which notices a tail cut off by somebody who does not know of it. Neighbours:
`audit` writes the records.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import ColumnElement, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from kiosk import clock
from kiosk.db import reading, writing
from kiosk.operators import audit
from kiosk.operators.audit import GENESIS, AuditRecord, digest_of
from sync.tables import Base

log = structlog.get_logger(__name__)

#: Records read at a time.
BATCH = 2000
#: Why a chain is broken: records are missing or doubled, one was altered, one does not follow the
#: one before, the end is not where it was, or an anchor names another record.
GAP, ALTERED, UNLINKED, SHORTENED, ANOTHER = "gap", "altered", "unlinked", "shortened", "another"


class AuditProof(Base):
    """How far the chain was proved when somebody last asked; one row."""

    __tablename__ = "audit_proof"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Head:
    """The last record; as an anchor it is written ``seq:digest``."""

    seq: int = 0
    digest: str = GENESIS

    def __str__(self) -> str:
        return f"{self.seq}:{self.digest}"

    @classmethod
    def read(cls, text: str) -> "Head":
        """Return the head that an anchor names; ValueError when it is none."""
        seq, _, digest = text.strip().partition(":")
        if not seq.isdecimal() or len(digest) != len(GENESIS):
            raise ValueError("an anchor is SEQ:DIGEST, as `kiosk hall audit head` prints it")
        return cls(int(seq), digest)


@dataclass(frozen=True, slots=True)
class Proof:
    """How many records were read, from and up to which, and the first that does not hold."""

    checked: int
    head: Head
    broken_at: int | None = None
    reason: str | None = None

    @property
    def holds(self) -> bool:
        """Tell whether everything that was read holds."""
        return self.broken_at is None


@dataclass(frozen=True, slots=True)
class Asked:
    """What the log is narrowed to; empty means everything. `act` may be the kind alone."""

    act: str = ""
    actor: str = ""
    target: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the conditions on `AuditRecord`."""
        found: list[ColumnElement[bool]] = []
        if self.act.endswith("."):
            # No range: where a full stop sorts is a matter of the database's language.
            found.append(AuditRecord.act.startswith(self.act, autoescape=True))
        elif self.act:
            found.append(AuditRecord.act == self.act)
        if self.actor:
            found.append(AuditRecord.actor == self.actor)
        if self.target:
            found.append(AuditRecord.target == self.target)
        if self.since:
            found.append(AuditRecord.at >= self.since)
        if self.until:
            found.append(AuditRecord.at < self.until)
        return found


def head(session: Session) -> Head:
    """Return the last record's number and digest."""
    query = select(AuditRecord.seq, AuditRecord.digest).order_by(AuditRecord.seq.desc())
    last = session.execute(query.limit(1)).first()
    return Head(last.seq, last.digest) if last else Head()


def page(session: Session, asked: Asked, before: int, most: int) -> Sequence[AuditRecord]:
    """Return at most `most` records older than number `before` (0: the newest), newest first."""
    query = select(AuditRecord).where(*asked.conditions()).order_by(AuditRecord.seq.desc())
    if before:
        query = query.where(AuditRecord.seq < before)
    return session.scalars(query.limit(most)).all()


def stream(session: Session, asked: Asked) -> Iterator[AuditRecord]:
    """Yield all that is asked for, oldest first; only `BATCH` of them are in memory at a time."""
    after = 0
    while True:
        query = select(AuditRecord).where(AuditRecord.seq > after, *asked.conditions())
        found = session.scalars(query.order_by(AuditRecord.seq).limit(BATCH)).all()
        if not found:
            return
        after = found[-1].seq
        session.expunge_all()
        # No transaction stands open while a slow reader takes these.
        session.rollback()
        yield from found


def last_proof(session: Session) -> AuditProof | None:
    """Return how far the chain was proved last, or None."""
    return session.get(AuditProof, 1)


def prove(session: Session, anchors: Sequence[Head] = (), *, from_the_start: bool = False) -> Proof:
    """Prove what came since the last proof, or all with `from_the_start`; reads only.

    An anchor is a head that was kept elsewhere; one of a later record than the last there is tells
    that the end was cut off.
    """
    known = last_proof(session)
    known_head = Head(known.seq, known.digest) if known else Head()
    begin = Head() if from_the_start else known_head
    watched = {each.seq: each.digest for each in (known_head, *anchors) if each.seq}
    found = _broken_begin(session, begin) or _follow(session, begin, watched)
    missing = [seq for seq in watched if found.holds and seq > found.head.seq]
    if missing:
        found = Proof(found.checked, found.head, found.head.seq + 1, SHORTENED)
    return found


def keep(session: Session, found: Proof) -> None:
    """Keep how far a proof came, if it holds; the caller commits.

    The head is logged too: the log of the service lies elsewhere, and its line is an anchor.
    """
    if not found.holds:
        log.error("audit_broken", at=found.broken_at, reason=found.reason)
        return
    session.merge(AuditProof(id=1, seq=found.head.seq, digest=found.head.digest, at=clock.now()))
    log.info("audit_head", seq=found.head.seq, digest=found.head.digest)


def prove_and_keep(
    anchors: Sequence[Head] = (), *, from_the_start: bool = False, by: str | None = None
) -> Proof:
    """Prove, and keep how far it came; that somebody asked is recorded. Idempotent."""
    with reading() as session:
        found = prove(session, anchors, from_the_start=from_the_start)
    with writing() as session:
        keep(session, found)
        if by is not None:
            detail = {"checked": found.checked}
            if found.broken_at is not None:
                detail["broken_at"] = found.broken_at
            audit.record(session, "audit.verified", str(found.head.seq), by, detail)
    return found


def prove_by_the_clock() -> None:
    """Prove what is new and log the head, which is an anchor; a duty of the hall's workers."""
    prove_and_keep()


def _broken_begin(session: Session, begin: Head) -> Proof | None:
    if not begin.seq:
        return None
    there = session.get(AuditRecord, begin.seq)
    if there is None:
        return Proof(0, head(session), head(session).seq + 1, SHORTENED)
    if there.digest != begin.digest or digest_of(there) != begin.digest:
        return Proof(0, begin, begin.seq, ALTERED)
    return None


def _follow(session: Session, begin: Head, watched: dict[int, str]) -> Proof:
    last, checked = begin, 0
    while True:
        query = select(AuditRecord).where(AuditRecord.seq > last.seq).order_by(AuditRecord.seq)
        batch = session.scalars(query.limit(BATCH)).all()
        if not batch:
            return Proof(checked, last)
        for each in batch:
            reason = _wrong(last, each) or (
                ANOTHER if watched.get(each.seq, each.digest) != each.digest else None
            )
            if reason:
                return Proof(checked, last, last.seq + 1 if reason == GAP else each.seq, reason)
            last, checked = Head(each.seq, each.digest), checked + 1
        session.expunge_all()


def _wrong(last: Head, made: AuditRecord) -> str | None:
    if made.seq != last.seq + 1:
        return GAP
    if digest_of(made) != made.digest:
        return ALTERED
    return UNLINKED if made.prev_digest != last.digest else None
