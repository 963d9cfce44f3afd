"""Setting an entry aside takes two: one admin proposes it with the reason, another one agrees.

What is set aside is not applied for good, and a resident may have to apply again. Neighbours:
`resolving` does it, `quarantine` is the page.
"""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from forms.definition import Text
from kiosk import clock
from kiosk.app_services import Services
from kiosk.db import reading, writing
from kiosk.errors import Conflict
from kiosk.hall import resolving
from kiosk.operators import audit
from sync.ingest import BLOCKING
from sync.ledger import LedgerEntry, Terminal
from sync.quarantine import Place
from sync.tables import Base


class SetAsideWish(Base):
    """An admin's wish to set an entry aside, until another one has answered it."""

    __tablename__ = "set_aside_wish"

    terminal_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    operator: Mapped[str] = mapped_column(String(36))
    #: As residents will read it.
    why: Mapped[str] = mapped_column(String(resolving.MAX_REASON))
    at: Mapped[datetime]


def wish_of(place: Place) -> SetAsideWish | None:
    """Return the wish about an entry, or None."""
    with reading() as session:
        return session.get(SetAsideWish, _key(place))


def propose(place: Place, operator: str, why: str) -> None:
    """Wish an entry set aside; a wish of before is replaced. Invalid names the reason; Conflict."""
    words = resolving.reason_of(why)
    with writing() as session:
        row = session.get(LedgerEntry, _key(place))
        if row is None or row.verdict not in BLOCKING:
            raise Conflict(
                "entry_not_waiting",
                Text("这条记录已经处理过。", "This entry has been dealt with."),
            )
        session.merge(
            SetAsideWish(
                terminal_id=place.terminal_id,
                epoch=place.epoch,
                seq=place.seq,
                operator=operator,
                why=words,
                at=clock.now(),
            )
        )
        number = session.get_one(Terminal, place.terminal_id).number
        entry = f"{number}/{place.epoch}/{place.seq}"
        audit.record(session, "quarantine.proposed", entry, operator)


def agree(services: Services, place: Place, operator: str) -> str:
    """Set the entry aside as another admin wished; return its verdict.

    Conflict when nobody wished it, or the same admin did: it takes two.
    """
    wish = wish_of(place)
    if wish is None or wish.operator == operator:
        raise Conflict(
            "second_person_needed",
            Text("需要另一位管理员同意。", "Another administrator has to agree."),
        )
    verdict = resolving.set_aside(services, place, operator, wish.why)
    _forget(place)
    return verdict


def decline(place: Place, operator: str) -> None:
    """Take a wish away, one's own or another admin's; nothing happens to the entry. Idempotent."""
    if wish_of(place) is None:
        return
    with writing() as session:
        wish = session.get(SetAsideWish, _key(place))
        if wish is not None:
            session.delete(wish)
            number = session.get_one(Terminal, place.terminal_id).number
            entry = f"{number}/{place.epoch}/{place.seq}"
            audit.record(session, "quarantine.declined", entry, operator)


def _forget(place: Place) -> None:
    with writing() as session:
        wish = session.get(SetAsideWish, _key(place))
        if wish is not None:
            session.delete(wish)


def _key(place: Place) -> tuple[str, int, int]:
    return place.terminal_id, place.epoch, place.seq
