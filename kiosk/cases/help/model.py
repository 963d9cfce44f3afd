"""The one table of the help service: what must be found and counted without a key.

Whom it is for, why and what was said lies in the sealed entries (`sync.journal`, `sync.ledger`)
whose subject is the record. Neighbours: `records` writes it at the terminal, `replaying` at the
hall.
"""

from datetime import date
from typing import Any

from sqlalchemy import Date, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.cases.help.services import DEFERRAL
from sync.tables import Base, Executor, table_of


class HelpRecord(Base):
    """One service given, or the promise of a case to bring a document later.

    A promise has the id of its case: both are sealed with the same key. Kinds and states are those
    of `services`.
    """

    __tablename__ = "help_record"
    __table_args__ = (
        Index("ix_help_record_kind_state", "kind", "state"),
        Index("ix_help_record_state_due_on", "state", "due_on"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12))
    #: Code of the service item, or of the approval that an investment matter leads to.
    item: Mapped[str] = mapped_column(String(16))
    #: The operator who served; None until somebody does.
    agent: Mapped[str | None] = mapped_column(String(36))
    #: The case it belongs to, of a bundle the first one; None before there is one.
    case_id: Mapped[str | None] = mapped_column(String(36), index=True)
    #: The day that it is counted for: of the visit or booking, else of the opening.
    on_day: Mapped[date] = mapped_column(Date, index=True)
    #: By when something has to come; promises only.
    due_on: Mapped[date | None] = mapped_column(Date)
    terminal_id: Mapped[str] = mapped_column(String(36))
    station_code: Mapped[str] = mapped_column(String(12))
    #: SHA-256 of the number by which a resident finds it; pre-checks only.
    number_hash: Mapped[str | None] = mapped_column(String(64), index=True)


TABLE = table_of(HelpRecord)


def row_of(session: Executor, record_id: str) -> Any | None:
    """Return the row, or None."""
    return session.execute(select(TABLE).where(TABLE.c.id == record_id)).one_or_none()


def change(session: Executor, record_id: str, **values: Any) -> None:
    """Change columns of a row."""
    session.execute(TABLE.update().where(TABLE.c.id == record_id).values(**values))


def forget(session: Executor, record_id: str) -> None:
    """Take a row away; absent is not an error."""
    session.execute(TABLE.delete().where(TABLE.c.id == record_id))


def promise_row(case: Any, due: date, agent: str | None, on_day: date) -> dict[str, Any]:
    """Return the row of a case's promise; ``case`` has id, item and where it was made."""
    return {
        "id": case["id"],
        "kind": DEFERRAL,
        "state": "open",
        "item": case["item"],
        "agent": agent,
        "case_id": case["id"],
        "on_day": on_day,
        "due_on": due,
        "terminal_id": case["terminal_id"],
        "station_code": case["station_code"],
    }
