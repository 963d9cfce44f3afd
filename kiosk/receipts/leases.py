"""Receipt numbers that are leased to tablets, which give them to people without a line.

A leased number is never given to anything else, used or not. Its token is kept as a hash: the
tablet has it, and the receipt it prints. Neighbours: `number` draws, `kiosk.cases.leasing` leases.
"""

import hashlib
import hmac
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, bindparam, func, literal_column, select
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.receipts.number import LIVES, is_valid, life_digit, new_number
from kiosk.receipts.qr import new_token
from sync.tables import Base, Executor, table_of


class NumberLease(Base):
    """One number that was given away in advance."""

    __tablename__ = "number_lease"

    number: Mapped[str] = mapped_column(String(15), primary_key=True)
    #: Empty when the number got lost on its way to the tablet: then no token is right.
    token_hash: Mapped[str] = mapped_column(String(64))
    device_id: Mapped[str] = mapped_column(String(36), index=True)
    leased_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    #: Codes of what the staff should know of the case, with commas between; empty for nothing.
    notes: Mapped[str] = mapped_column(String(120), default="")


@dataclass(frozen=True, slots=True)
class Label:
    """What a receipt is known by: a number of 15 digits, and the token that opens it."""

    number: str
    token: str


_LEASES = table_of(NumberLease)
_IS_LEASED: Select[Any] = select(literal_column("1")).where(_LEASES.c.number == bindparam("number"))


def new_labels(terminal_number: str, epoch: int) -> Iterator[Label]:
    """Yield new labels without end for the terminal itself; no tablet has their numbers."""
    while True:
        yield Label(new_number(terminal_number, epoch), new_token())


def drawn(rows: Executor, terminal_number: str, epoch: int) -> Iterator[Label]:
    """Yield new labels for tablets without end, none of them leased before."""
    while True:
        number = new_number(terminal_number, epoch, leased=True)
        if rows.execute(_IS_LEASED, {"number": number}).first() is None:
            yield Label(number, new_token())


def unused(rows: Executor, device_id: str) -> int:
    """Return how many numbers a tablet has that it has not used."""
    query = select(func.count()).where(*_may_be_used(device_id))
    return int(rows.execute(query).scalar_one())


def let_go(rows: Executor, device_id: str, holding: Collection[str]) -> None:
    """Let no token be right for unused numbers that a tablet does not have; the caller commits.

    They stay here, so that nothing else ever gets them.
    """
    unused_numbers = rows.execute(select(_LEASES.c.number).where(*_may_be_used(device_id)))
    lost = {row[0] for row in unused_numbers}.difference(holding)
    if lost:
        gone = _LEASES.update().where(_LEASES.c.number == bindparam("lost")).values(token_hash="")
        rows.execute(gone, [{"lost": number} for number in sorted(lost)])


def _may_be_used(device_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        _LEASES.c.device_id == device_id,
        _LEASES.c.used_at.is_(None),
        _LEASES.c.token_hash != "",
    )


def keep(rows: Executor, labels: list[Label], device_id: str, now: datetime) -> None:
    """Write down to whom these were given; the caller commits."""
    if labels:
        rows.execute(
            _LEASES.insert(),
            [
                {
                    "number": label.number,
                    "token_hash": _hash(label.token),
                    "device_id": device_id,
                    "leased_at": now,
                    "notes": "",
                }
                for label in labels
            ],
        )


def is_used(rows: Executor, label: Label, device_id: str) -> bool | None:
    """Tell whether a number is used; None when number and token are no lease of this tablet."""
    row = rows.execute(select(_LEASES).where(_LEASES.c.number == label.number)).one_or_none()
    if row is None or row.device_id != device_id:
        return None
    if not hmac.compare_digest(row.token_hash, _hash(label.token)):
        return None
    return row.used_at is not None


def is_of_lost_life(rows: Executor, number: str, terminal_number: str, epoch: int) -> bool:
    """Tell whether a number may have been leased in a life whose last part this machine has lost.

    It is of this terminal and of a life before ``epoch``, and nobody is known to have it.
    """
    digits = {life_digit(each, leased=True) for each in range(max(1, epoch - LIVES + 1), epoch)}
    return (
        is_valid(number)
        and number.startswith(terminal_number)
        and int(number[len(terminal_number)]) in digits
        and rows.execute(_IS_LEASED, {"number": number}).first() is None
    )


def use(rows: Executor, number: str, now: datetime, notes: str) -> None:
    """Mark a leased number as used by a case of the same transaction."""
    rows.execute(
        _LEASES.update().where(_LEASES.c.number == number).values(used_at=now, notes=notes)
    )


def noted(rows: Executor, most: int) -> list[tuple[str, str, datetime, str]]:
    """Return number, tablet, time and notes of the newest cases that have notes."""
    query = (
        select(_LEASES.c.number, _LEASES.c.device_id, _LEASES.c.used_at, _LEASES.c.notes)
        .where(_LEASES.c.notes != "")
        .order_by(_LEASES.c.used_at.desc())
        .limit(most)
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows.execute(query)]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
