"""Terminal: where two journals part, and putting one in order after a restore or a fork.

What contradicts the hall is set aside and recorded anew, never dropped. Neighbours: ``journal`` has
the log, ``recovery`` decides when.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, and_, delete, func, select, tuple_
from sqlalchemy.orm import Mapped, Session, mapped_column

from sync import journal
from sync.envelope import Entry, canonical_fields, entry_from_wire, entry_to_wire
from sync.journal import JournalEntry
from sync.tables import Base, table_of

_TABLE = table_of(JournalEntry)
_INSERT = _TABLE.insert()
_PLACE = tuple_(_TABLE.c.epoch, _TABLE.c.seq)


#: So many places are named between two.
_SPACED = 32


@dataclass(slots=True)
class Shown:
    """How far a hall was shown what contradicts it, so that a long branch is whole one day.

    Kept in the worker's memory alone: a hall that is shown it once more has it already. ``of`` is
    the life that ends and the epoch of the hall: a restored one is shown it anew.
    """

    of: tuple[str | None, int] = (None, 0)
    to: tuple[int, int] = (0, 0)

    def begin(self, life_id: str | None, hall_epoch: int, common: tuple[int, int]) -> None:
        """Go on where it was for the same two; from what both have (``common``) for others."""
        if self.of != (life_id, hall_epoch) or self.to < common:
            self.of, self.to = (life_id, hall_epoch), common


class Diverged(Base):
    """An entry of this machine that contradicts the ledger; it was set aside and is kept whole."""

    __tablename__ = "diverged"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    epoch: Mapped[int]
    seq: Mapped[int]
    #: The entry as it travels, JSON.
    wire: Mapped[bytes] = mapped_column(LargeBinary)
    set_aside_at: Mapped[datetime]
    #: Where it was recorded anew; None until this machine was let go on.
    anew_epoch: Mapped[int | None]
    anew_seq: Mapped[int | None]


def landmarks(session: Session) -> list[tuple[tuple[int, int], bytes]]:
    """Return places with their digests, newest first, and farther and farther apart.

    By them the other side finds where two journals part, whatever their length.
    """
    found = []
    query = select(_TABLE.c.epoch, _TABLE.c.seq, _TABLE.c.digest).order_by(
        _TABLE.c.epoch.desc(), _TABLE.c.seq.desc()
    )
    back = 0
    while (row := session.execute(query.offset(back).limit(1)).first()) is not None:
        found.append(((row.epoch, row.seq), row.digest))
        back = back * 2 + 1
    return found


def between(
    session: Session, after: tuple[int, int], before: tuple[int, int]
) -> list[tuple[tuple[int, int], bytes]]:
    """Return places between two, newest first and evenly spaced, and then the first of the two.

    By them the other side finds more closely where two journals part.
    """
    newest_first = (_TABLE.c.epoch.desc(), _TABLE.c.seq.desc())
    inside = (
        select(
            *(_TABLE.c.epoch, _TABLE.c.seq, _TABLE.c.digest),
            func.row_number().over(order_by=newest_first).label("number"),
        )
        .where(after < _PLACE, before > _PLACE)
        .subquery()
    )
    count = session.scalar(select(func.count()).select_from(inside)) or 0
    step = -(-count // _SPACED) or 1
    query = select(inside).where(inside.c.number % step == 0).order_by(inside.c.number)
    found = [((row.epoch, row.seq), row.digest) for row in session.execute(query)]
    first = journal.digest_at(session, after)
    return found if first is None else [*found, (after, first)]


def place_after(session: Session, place: tuple[int, int]) -> tuple[int, int] | None:
    """Return the place of the next entry, or None at the end."""
    query = select(_TABLE.c.epoch, _TABLE.c.seq).where(place < _PLACE)
    row = session.execute(query.order_by(_TABLE.c.epoch, _TABLE.c.seq).limit(1)).first()
    return (row.epoch, row.seq) if row is not None else None


def count_after(session: Session, place: tuple[int, int]) -> int:
    """Return how many entries there are after a place."""
    return session.scalar(select(func.count()).where(place < _PLACE)) or 0


def insert(session: Session, entries: Iterable[Entry]) -> None:
    """Put entries back that this terminal wrote once; the caller has proved the chain."""
    rows = [
        {
            **canonical_fields(entry),
            "blobs": json.dumps(entry.blobs),
            "body": entry.body,
            "prev_digest": entry.prev_digest,
            "digest": entry.digest,
        }
        for entry in entries
    ]
    session.execute(_INSERT, rows)


def set_aside(session: Session, after: tuple[int, int], before: int, now: datetime) -> None:
    """Take entries after a place, of epochs before ``before``, out of the journal; keep them whole.

    They contradict what the hall has; ``record_anew`` brings them back.
    """
    old = and_(after < _PLACE, _TABLE.c.epoch < before)
    for row in session.execute(select(_TABLE).where(old)).all():
        entry = _entry(row)
        wire = json.dumps(entry_to_wire(entry)).encode()
        session.merge(
            Diverged(
                digest=entry.digest,
                epoch=entry.epoch,
                seq=entry.seq,
                wire=wire,
                set_aside_at=now,
            )
        )
    session.execute(delete(_TABLE).where(old))
    session.flush()


@dataclass(frozen=True, slots=True)
class Anew:
    """Entries as they were recorded anew, and how many are left that were not."""

    entries: list[Entry]
    left: int


def record_anew(session: Session, epoch: int) -> Anew:
    """Append the next entries that were set aside to ``epoch``, each as the same fact.

    Its id, body and times stay; its place and its number among those of its case are new. One whose
    id is in the journal was recorded anew before, perhaps by the machine that this is a copy of.
    """
    query = select(Diverged).where(Diverged.anew_epoch.is_(None))
    rows = session.scalars(
        query.order_by(Diverged.epoch, Diverged.seq).limit(journal.MAX_ENTRIES)
    ).all()
    entries = []
    for row in rows:
        old = entry_from_wire(json.loads(row.wire))
        known = session.execute(select(_TABLE).where(_TABLE.c.entry_id == old.entry_id)).first()
        entry = (
            _entry(known) if known is not None else journal.append(session, _fact_of(old), epoch)
        )
        row.anew_epoch, row.anew_seq = entry.epoch, entry.seq
        entries.append(entry)
    session.flush()
    return Anew(entries, session.scalar(select(func.count()).select_from(query.subquery())) or 0)


def _fact_of(entry: Entry) -> journal.Fact:
    return journal.Fact(
        entry_id=entry.entry_id,
        subject=entry.subject,
        kind=entry.kind,
        body=entry.body,
        blobs=entry.blobs,
        recorded_at=entry.recorded_at,
        uptime_ms=entry.uptime_ms,
        version=entry.version,
    )


def _entry(row: Any) -> Entry:
    values = row._mapping
    return Entry(**{**values, "blobs": tuple(json.loads(values["blobs"]))})
