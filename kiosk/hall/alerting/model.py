"""The tables of the alerts: what fired, what is silent for a while, channels, notices.

Knows no rule. Nothing here names a person or a case: a terminal by its number, an operator by the
id. Neighbours: `rounds` writes alerts and notices, `outbox` sends them, `channels` and `silencing`
hold what admins set.
"""

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from sync.tables import Base


class Alert(Base):
    """One firing of one rule, for one terminal or for the hall itself."""

    __tablename__ = "alert"
    __table_args__ = (Index("ix_alert_rule", "rule", "id"),)

    #: UUIDv7, so that the newest sorts last.
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    rule: Mapped[str] = mapped_column(String(20))
    #: Number of the terminal; empty for the hall itself.
    terminal: Mapped[str] = mapped_column(String(6), index=True)
    since: Mapped[datetime]
    #: ``rule:terminal`` while it fires, so that no two fire for the same; None afterwards.
    open_key: Mapped[str | None] = mapped_column(String(30), unique=True)
    notified_at: Mapped[datetime | None]
    recovered_at: Mapped[datetime | None] = mapped_column(index=True)
    #: When it was told that it is over; stays empty when nobody had been told that it began.
    recovery_told_at: Mapped[datetime | None]


class AlertRule(Base):
    """When a rule was told of last, so that what follows is gathered."""

    __tablename__ = "alert_rule"

    rule: Mapped[str] = mapped_column(String(20), primary_key=True)
    told_at: Mapped[datetime]


class AlertRound(Base):
    """When the rules were last looked at. One row."""

    __tablename__ = "alert_round"

    id: Mapped[int] = mapped_column(primary_key=True, default=1, autoincrement=False)
    at: Mapped[datetime]


class Silence(Base):
    """A time in which a rule, a terminal, or one for the other, is not told of."""

    __tablename__ = "alert_silence"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    #: Empty: every rule. Empty terminal: every terminal, and the hall.
    rule: Mapped[str] = mapped_column(String(20))
    terminal: Mapped[str] = mapped_column(String(6))
    made_at: Mapped[datetime]
    #: It is over then, by itself or because somebody has ended it.
    until: Mapped[datetime] = mapped_column(index=True)
    why: Mapped[str] = mapped_column(String(120))
    #: Id of the operator.
    made_by: Mapped[str] = mapped_column(String(36))


class Channel(Base):
    """A way to tell somebody; its secret is encrypted with the hall's master key."""

    __tablename__ = "alert_channel"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    #: ``webhook`` or ``mail``.
    kind: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(40))
    #: Canonical JSON of what is no secret: of a webhook scheme and host, of a mail the addresses.
    settings: Mapped[str] = mapped_column(Text)
    #: Encrypted: the password of a mail, or a webhook's whole address and secret as JSON.
    secret: Mapped[bytes | None]
    made_at: Mapped[datetime]
    last_sent_at: Mapped[datetime | None]
    #: Why the last attempt failed, in one line for admins; None after one that succeeded.
    problem: Mapped[str | None] = mapped_column(String(200))


class Notice(Base):
    """One message for one channel, until it was sent or given up."""

    __tablename__ = "alert_notice"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    channel_id: Mapped[str] = mapped_column(String(36), index=True)
    made_at: Mapped[datetime]
    #: The message as JSON, as a webhook gets it.
    body: Mapped[str] = mapped_column(Text)
    tries: Mapped[int] = mapped_column(default=0)
    #: When it is to be tried (again); None once it was sent or given up.
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    sent_at: Mapped[datetime | None]
