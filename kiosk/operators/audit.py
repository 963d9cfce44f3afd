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
from kiosk.app_services import services
from kiosk.db import writing
from sync.tables import Base

#: What the first record is chained to.
GENESIS = "0" * 64
#: Who acted when it was no operator: a command of the machine's administrator, the clock, a
#: terminal that was invited, or somebody who is not known.
COMMAND, CLOCK, TERMINAL, NOBODY = "command", "clock", "terminal", "nobody"
#: Number of PostgreSQL's advisory lock that lets one transaction after the other write a record.
_LOCK = 0x4A5342


class AuditRecord(Base):
    """One act of somebody with rights."""

    __tablename__ = "audit"

    #: 1, 2, 3 … without a gap.
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(index=True)
    #: Id of the operator, or one of the words above.
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


def record_at_hall(
    session: Session, act: str, target: str, by: str, detail: Mapping[str, str | int] | None = None
) -> None:
    """As ``record``, for verbs of both roles: a terminal keeps no audit log."""
    if services().config.role == "hall":
        record(session, act, target, by, detail)


def note(act: str, target: str, by: str, detail: Mapping[str, str | int] | None = None) -> None:
    """Write a record in a transaction of its own, of an act that changes nothing, such as a look.

    Nothing at a terminal. Raises sqlalchemy.exc.OperationalError when it cannot be written: what
    is not recorded is not shown.
    """
    if services().config.role == "hall":
        with writing() as session:
            record(session, act, target, by, detail)


def written(at: datetime) -> str:
    """Return a time as it is digested and exported: ISO 8601, UTC, microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def digest_of(made: AuditRecord) -> str:
    """Return what the digest of a record has to be: SHA-256 over all else that it says."""
    said = {
        "seq": made.seq,
        "at": written(made.at),
        "actor": made.actor,
        "act": made.act,
        "target": made.target,
        "detail": made.detail,
        "prev_digest": made.prev_digest,
    }
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()
