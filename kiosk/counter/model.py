"""The tables of the counter: a ticket at its terminal, a day's figures at the hall. Nobody's name.

Neighbours: `tickets` moves a ticket on, `days` sums a day up and sends it.
"""

from datetime import date, datetime

from sqlalchemy import Date, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sync.tables import Base

#: Kinds of tickets; their numbers begin anew every day.
WALK_IN, APPOINTMENT = "A", "Y"
WAITING, CALLED, SERVING, DONE, GONE = "waiting", "called", "serving", "done", "gone"


class Ticket(Base):
    """Terminal: one number of one day, such as A001."""

    __tablename__ = "ticket"
    __table_args__ = (UniqueConstraint("day", "kind", "number"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(String(1))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(8))
    #: Whose turn it is: the smallest waiting. Microseconds since 1970, as a rule of `drawn_at`.
    rank: Mapped[int]
    drawn_at: Mapped[datetime]
    #: The time an appointment is for.
    due_at: Mapped[datetime | None]
    #: The last call; then `served_at` when the person was there, and `ended_at`.
    called_at: Mapped[datetime | None]
    served_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    calls: Mapped[int] = mapped_column(default=0)
    #: Where it is called to; of a waiting one, the only desk that may call it.
    desk: Mapped[str | None] = mapped_column(String(20))
    operator: Mapped[str | None] = mapped_column(String(36))

    @property
    def label(self) -> str:
        """Return what stands on the slip, such as A001."""
        return f"{self.kind}{self.number:03d}"


class CounterDay(Base):
    """Hall: how long people waited and were served at one terminal on one day (seconds)."""

    __tablename__ = "counter_day"

    terminal_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True, index=True)
    station_code: Mapped[str] = mapped_column(String(12))
    drawn: Mapped[int]
    served: Mapped[int]
    dropped: Mapped[int]
    wait_median: Mapped[int | None]
    wait_p90: Mapped[int | None]
    service_median: Mapped[int | None]
    service_p90: Mapped[int | None]
