"""Setting an entry aside takes two: one admin proposes it with the reason, another one agrees.

What is set aside is not applied for good, and a resident may have to apply again. Neighbours:
`resolving` does it, `quarantine` is the page.
"""

import hashlib
import hmac
from datetime import datetime, timedelta

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from forms.definition import Text
from kiosk import clock
from kiosk.app_services import Services
from kiosk.db import reading, writing
from kiosk.errors import Conflict
from kiosk.hall import resolving
from kiosk.operators import audit
from kiosk.operators.audit import AuditRecord
from sync.ingest import BLOCKING
from sync.ledger import LedgerEntry, Terminal
from sync.quarantine import Place
from sync.tables import Base

#: How long an admin does not count as a second person for who opened or changed the account.
OWN_HAND = timedelta(days=30)
_HAND = ("account.opened", "account.changed", "account.password_set")


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

    @property
    def digest(self) -> str:
        """What was wished by whom, as 64 hex digits: who agrees says that this was seen."""
        told = "\n".join((self.operator, audit.written(self.at), self.why))
        return hashlib.sha256(told.encode()).hexdigest()


def wish_of(place: Place) -> SetAsideWish | None:
    """Return the wish about an entry, or None."""
    with reading() as session:
        return session.get(SetAsideWish, _key(place))


def propose(place: Place, operator: str, why: str) -> str:
    """Wish an entry set aside, in the place of a wish of before; return the wish's digest.

    Invalid names the reason; Conflict.
    """
    words = resolving.reason_of(why)
    with writing() as session:
        row = session.get(LedgerEntry, _key(place))
        if row is None or row.verdict not in BLOCKING:
            raise Conflict(
                "entry_not_waiting",
                Text("这条记录已经处理过。", "This entry has been dealt with."),
            )
        wish = SetAsideWish(
            terminal_id=place.terminal_id,
            epoch=place.epoch,
            seq=place.seq,
            operator=operator,
            why=words,
            at=clock.now(),
        )
        session.merge(wish)
        number = session.get_one(Terminal, place.terminal_id).number
        entry = f"{number}/{place.epoch}/{place.seq}"
        audit.record(session, "quarantine.proposed", entry, operator)
    return wish.digest


def agree(services: Services, place: Place, operator: str, seen: str) -> str:
    """Set the entry aside as another admin wished; return its verdict.

    `seen` is the digest of the wish that was shown. Conflict when nobody wished it or something
    else is wished by now, and when the same admin wished it, or one who has opened or changed the
    account of who agrees in the last ``OWN_HAND``: it takes two. The wish is gone before the entry
    is set aside, so that of two who agree one does it.
    """
    with writing() as session:
        wish = session.get(SetAsideWish, _key(place), with_for_update=True)
        if wish is None or wish.operator == operator:
            raise Conflict(
                "second_person_needed",
                Text("需要另一位管理员同意。", "Another administrator has to agree."),
            )
        if not hmac.compare_digest(wish.digest.encode(), seen.encode()):
            raise Conflict(
                "wish_changed",
                Text("提议已改变，请重新查看。", "The proposal has changed; please read it again."),
            )
        if _is_by_hand_of(session, operator, wish.operator):
            raise Conflict(
                "second_person_dependent",
                Text(
                    "您的账号最近由提议人开设、变更或重设密码，需要另一位管理员同意。",
                    "Who proposes it has opened or changed your account, or set its password, in "
                    "the last 30 days. A third administrator has to agree.",
                ),
            )
        why = wish.why
        session.delete(wish)
    return resolving.set_aside(services, place, operator, why)


def _is_by_hand_of(session: Session, account: str, admin: str) -> bool:
    """Tell whether `admin` could have let himself into `account` lately."""
    query = select(AuditRecord.seq).where(
        AuditRecord.target == account,
        AuditRecord.actor == admin,
        AuditRecord.act.in_(_HAND),
        AuditRecord.at >= clock.now() - OWN_HAND,
    )
    return session.scalars(query.limit(1)).first() is not None


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


def _key(place: Place) -> tuple[str, int, int]:
    return place.terminal_id, place.epoch, place.seq
