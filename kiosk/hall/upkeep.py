"""What people of the hall keep of a terminal beside what it says itself: caretaker, notes, proof.

Tables only. Neighbours: `caring` writes them for admins, `proving` the places of the proof.
"""

from datetime import datetime

from sqlalchemy import LargeBinary, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from sync.tables import Base


class Upkeep(Base):
    """One terminal; there is no row before something is kept."""

    __tablename__ = "upkeep"

    terminal_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    #: Who is called when something is wrong, and where: a number of the station's, not of a person.
    caretaker: Mapped[str] = mapped_column(String(40), default="")
    phone: Mapped[str] = mapped_column(String(20), default="")
    #: Why it was paused, as long as it is (``Terminal.paused_until``).
    paused_why: Mapped[str] = mapped_column(String(200), default="")
    #: When somebody asked last that everything is told and compared anew.
    asked_at: Mapped[datetime | None]
    #: The chain was proved up to this entry, the digest of that, and how many it were.
    proved_epoch: Mapped[int] = mapped_column(default=0)
    proved_seq: Mapped[int] = mapped_column(default=0)
    proved_count: Mapped[int] = mapped_column(default=0)
    proved_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    proved_at: Mapped[datetime | None]
    #: Where it does not prove, in words; None while nothing is wrong.
    proof_fault: Mapped[str | None] = mapped_column(Text)
    #: When the certificate ends that it serves in its station's network; see ``certified``.
    certified_until: Mapped[datetime | None]


class TerminalNote(Base):
    """What somebody wrote down about a terminal; never changed."""

    __tablename__ = "terminal_note"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    terminal_id: Mapped[str] = mapped_column(String(36), index=True)
    at: Mapped[datetime]
    operator: Mapped[str] = mapped_column(String(36))
    text: Mapped[str] = mapped_column(String(500))


def upkeep_of(session: Session, terminal_id: str) -> Upkeep:
    """Return the row of a terminal, a new one where there was none; the caller commits or not."""
    row = session.get(Upkeep, terminal_id)
    if row is None:
        row = Upkeep(
            terminal_id=terminal_id,
            caretaker="",
            phone="",
            paused_why="",
            proved_epoch=0,
            proved_seq=0,
            proved_count=0,
        )
        session.add(row)
    return row


def notes_of(session: Session, terminal_id: str, most: int) -> list[TerminalNote]:
    """Return the newest notes of a terminal, the newest first."""
    query = select(TerminalNote).where(TerminalNote.terminal_id == terminal_id)
    return list(session.scalars(query.order_by(TerminalNote.at.desc()).limit(most)))
