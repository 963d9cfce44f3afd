"""The table of certificate calls: what was asked for, when, with which result. Nothing personal.

A terminal writes a row when it asks, whatever becomes of the application; the hall writes those
that come with a case. Neighbours: `certificates` asks, `kiosk.cases.calls` puts a call into its
case.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from sync.tables import Base


class CertificateCall(Base):
    """One call of the certificate service. ``purpose`` is the code of the item it was made for."""

    __tablename__ = "certificate_call"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    type: Mapped[str] = mapped_column(String(40), index=True)
    purpose: Mapped[str] = mapped_column(String(16))
    result: Mapped[str] = mapped_column(String(12))
    station_code: Mapped[str] = mapped_column(String(12))


@dataclass(frozen=True, slots=True)
class Count:
    """How many calls of one type there were, and what came of them."""

    type: str
    found: int
    not_found: int
    unavailable: int

    @property
    def calls(self) -> int:
        """All of them."""
        return self.found + self.not_found + self.unavailable


def counts(session: Session) -> list[Count]:
    """Return the counts of all calls this machine knows of, most called first."""
    query = select(CertificateCall.type, CertificateCall.result, func.count()).group_by(
        CertificateCall.type, CertificateCall.result
    )
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for kind, result, number in session.execute(query):
        found[kind][result] = number
    every = [
        Count(kind, by.get("found", 0), by.get("not_found", 0), by.get("unavailable", 0))
        for kind, by in found.items()
    ]
    return sorted(every, key=lambda count: (-count.calls, count.type))
