"""The audit log of the hall: who did what to what, each record chained to the one before it.

A record is written in the transaction of the act that it tells of: there is no act without its
record and no record without its act. It names and counts; what a case holds is never in it.
Knows no page. Neighbours: every verb of an operator writes here, ``chain`` proves and reads.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

import orjson
from sqlalchemy import String, Text, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from kiosk import clock
from sync.tables import Base

#: What the first record is chained to.
GENESIS = "0" * 64
#: Who acted when it was no operator: a command of the machine's administrator, or the clock.
COMMAND, CLOCK = "command", "clock"
#: Number of PostgreSQL's advisory lock that lets one transaction after the other write a record.
_LOCK = 0x4A5342


class AuditRecord(Base):
    """One act of somebody with rights."""

    __tablename__ = "audit"

    #: 1, 2, 3 … without a gap.
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(index=True)
    #: Id of the operator, or ``COMMAND`` or ``CLOCK``.
    actor: Mapped[str] = mapped_column(String(36), index=True)
    #: Dotted: what kind of thing, then what was done to it, as in ``terminal.revoked``.
    act: Mapped[str] = mapped_column(String(40), index=True)
    #: Id or number of what it was done to; never a name or an identity number of a resident.
    target: Mapped[str] = mapped_column(String(80), index=True)
    #: Canonical JSON of what else has to be known; texts and numbers only.
    detail: Mapped[str] = mapped_column(Text)
    #: SHA-256 of the record before and of this one, hex.
    prev_digest: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))


def record(
    session: Session, act: str, target: str, by: str, detail: Mapping[str, str | int] | None = None
) -> AuditRecord:
    """Write one record in the transaction of ``session``, which the act's verb commits.

    From here to the end of that transaction other acts wait, so call it last.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    last = session.execute(
        select(AuditRecord.seq, AuditRecord.digest).order_by(AuditRecord.seq.desc()).limit(1)
    ).first()
    made = AuditRecord(
        seq=last.seq + 1 if last else 1,
        at=clock.now(),
        actor=by,
        act=act,
        target=target,
        detail=orjson.dumps(dict(detail or {}), option=orjson.OPT_SORT_KEYS).decode(),
        prev_digest=last.digest if last else GENESIS,
    )
    made.digest = digest_of(made)
    session.add(made)
    session.flush()
    return made


def digest_of(made: AuditRecord) -> str:
    """Return what the digest of a record has to be: SHA-256 over all else that it says."""
    said = {
        "seq": made.seq,
        "at": made.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": made.actor,
        "act": made.act,
        "target": made.target,
        "detail": made.detail,
        "prev_digest": made.prev_digest,
    }
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()
