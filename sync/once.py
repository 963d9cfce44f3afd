"""What a program does once after it was updated, such as trying again what the last one could not.

Knows what was done by which program, and not what it is. Both roles have the table.
"""

import hashlib
from collections.abc import Iterable

from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from sync.tables import Base


class DoneOnce(Base):
    """One deed, and the program that did it last."""

    __tablename__ = "done_once"

    deed: Mapped[str] = mapped_column(String(40), primary_key=True)
    by: Mapped[str] = mapped_column(String(80))


def program(version: str, known: Iterable[str]) -> str:
    """Return what tells a program from one that knows other things: its version, and a digest."""
    words = "\n".join(sorted(known))
    return f"{version[:40]} {hashlib.sha256(words.encode()).hexdigest()[:16]}"


def is_due(session: Session, deed: str, program: str) -> bool:
    """Tell whether this program has not done it yet."""
    row = session.get(DoneOnce, deed)
    return row is None or row.by != program


def note(session: Session, deed: str, program: str) -> None:
    """Remember that this program has done it; the caller commits."""
    session.merge(DoneOnce(deed=deed, by=program))
