"""Hall: the runs of a terminal's life, and what a terminal was told by a hall that is lost.

A terminal that was restored goes on in a new epoch, which is given here and never twice.
Neighbours: ``recovery`` asks, ``ledger.raise_epoch`` looks after a restored hall.
"""

import secrets
from datetime import datetime

import structlog
from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from sync.ledger import Terminal
from sync.tables import Base

log = structlog.get_logger(__name__)


class Life(Base):
    """One run of a terminal's life, or the wish for one; ``epoch`` is None until it is granted."""

    __tablename__ = "life"

    terminal_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    #: Random, made by the machine before it asked.
    life_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    epoch: Mapped[int | None]
    #: Why it is asked for, as ``sync.state`` names it.
    reason: Mapped[str] = mapped_column(String(12))
    #: How many entries the machine has that contradict the ledger.
    diverging: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime]
    heard_at: Mapped[datetime]
    #: An admin has let this machine go on.
    let_in: Mapped[bool] = mapped_column(default=False)
    granted_at: Mapped[datetime | None]


class LostWord(Base):
    """An item of the feed that a terminal has from a hall that is lost; it proves nothing here."""

    __tablename__ = "lost_word"

    terminal_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    hall_epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(36), index=True)
    recorded_at: Mapped[int]
    #: Sealed with the case's key, as it lies in the terminal's inbox.
    body: Mapped[bytes] = mapped_column(LargeBinary)
    heard_at: Mapped[datetime]


def note_contact(terminal: Terminal, token: str | None, now: datetime) -> str:
    """Look at the token that a report carries and return the one for the next; the caller commits.

    The last that was handed out is new, the one before it is of an answer that got lost. Another
    one is of a machine that goes its own way, a clone, or of one that was rolled back: it is
    flagged, and goes on. One that comes after it was put in the shade shows that there are two.
    Without a token nothing is concluded: a terminal that has none yet, or was restored.
    """
    known = (terminal.contact, terminal.contact_offered)
    if token is not None and token == terminal.contact and terminal.contact_offered:
        return terminal.contact_offered
    if token is not None and token not in known and any(known):
        if token in (terminal.contact_before or "").split():
            terminal.twins_at = terminal.twins_at or now
        terminal.cloned_at = terminal.cloned_at or now
        log.warning("terminal_contact_differs", terminal=terminal.number)
        terminal.contact_before = " ".join(filter(None, known))
    terminal.contact, terminal.contact_offered = token, secrets.token_hex(16)
    return terminal.contact_offered
