"""The desk's own tables at the hall: what clerks note of a case and no terminal is told.

Words are sealed with the case's key, so that they go when it goes. Neighbours: ``desk_events``
writes the first, ``checking`` the second, ``kept_promises`` the third, ``bundle_closing`` the last.
"""

from datetime import date, datetime

from sqlalchemy import Date, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from sync.tables import Base


class DeskEvent(Base):
    """One thing that a clerk did with a case and that is no decision; only ever added to."""

    __tablename__ = "desk_event"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    case_id: Mapped[str] = mapped_column(String(36), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(36))
    #: Sealed as the bodies of facts are.
    body: Mapped[bytes]


class CheckMark(Base):
    """What a clerk found at one point of the checklist, the newest mark of each."""

    __tablename__ = "check_mark"

    case_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    #: ``m:`` and a requirement, or ``q:`` and a section of the form.
    point: Mapped[str] = mapped_column(String(80), primary_key=True)
    #: ``seen``, ``ok`` or ``lacking``.
    mark: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(36))
    #: The note, sealed; it may name people.
    body: Mapped[bytes]


class KeptPromise(Base):
    """A written promise (告知承诺) that was decided on without proof, to be verified by a day."""

    __tablename__ = "kept_promise"
    __table_args__ = (Index("ix_kept_promise_state_check_by", "state", "check_by", "case_id"),)

    case_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    check_by: Mapped[date] = mapped_column(Date)
    #: ``open``, ``kept``, or what followed: ``corrected`` or ``revoked``.
    state: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime | None]
    by: Mapped[str | None] = mapped_column(String(36))
    #: What was found, sealed.
    body: Mapped[bytes | None]


class ClosedBundle(Base):
    """A bundle (一件事) whose lead department has stated its result, once."""

    __tablename__ = "closed_bundle"

    #: The bundle's first case.
    bundle_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(36))
    #: Of which case it was told; the words are in that fact, and go when its key goes.
    told_with: Mapped[str] = mapped_column(String(36))
