"""Hall: the redress of a bad rating (差评整改), opened in the commit that counts the rating.

Those who worked on a case are not told who rated it: a redress names its case, and only somebody
else is led there (`worked_on`). What residents and the hall's people wrote stays encrypted with the
case's key. Knows no request. Neighbours: `replay` opens one, `redress_steps` moves it on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import Index, LargeBinary, String, UniqueConstraint, and_, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from kiosk import clock, workdays
from kiosk.app_services import Services, services
from kiosk.cases import bodies
from kiosk.cases.afterwards import BAD, RATED
from kiosk.cases.model import Case, Rating
from kiosk.config import Config
from kiosk.db import writing
from kiosk.operators.audit import AuditRecord
from sync import keys, quarantine
from sync.ledger import LedgerEntry
from sync.tables import Base

#: To be contacted, to be replied to, to be called back; then closed. While the rating is doubted
#: (`APPEALED`) no clock runs, and one found to be of another service is marked so, never deleted.
OPEN, CONTACTED, REPLIED, CLOSED = "open", "contacted", "replied", "closed"
APPEALED, MARKED = "appealed", "marked"
STATES = (OPEN, CONTACTED, REPLIED, APPEALED, CLOSED, MARKED)
#: States in which somebody owes the next step.
WAITING = (OPEN, CONTACTED, REPLIED)

#: With what a call back ended; only the first counts as put right.
SATISFIED, UNSATISFIED, UNREACHED = "satisfied", "unsatisfied", "unreached"
OUTCOMES = (SATISFIED, UNSATISFIED, UNREACHED)

#: What is sealed with the case's key goes under this kind.
WORDS = "redress.words"
#: So many older ratings are looked after in one commit.
_BATCH = 500
#: Acts on a case that are no work on it: looking, and everybody's printing.
_LOOKS = ("notice_opened", "opened", "picture_opened", "printed", "printed_in_full", "revealed")


class Redress(Base):
    """What the hall owes to somebody who rated badly, and how far it is."""

    __tablename__ = "redress"
    __table_args__ = (
        UniqueConstraint("terminal_id", "entry_id"),
        Index("ix_redress_due_on_id", "due_on", "id"),
        Index("ix_redress_state_id", "state", "id"),
        Index("ix_redress_item_id", "item", "id"),
    )

    #: UUIDv7: sorts by the time at which it was opened.
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    terminal_id: Mapped[str] = mapped_column(String(36))
    entry_id: Mapped[str] = mapped_column(String(36))
    case_id: Mapped[str] = mapped_column(String(36))
    item: Mapped[str] = mapped_column(String(16))
    station_code: Mapped[str] = mapped_column(String(12))
    grade: Mapped[int]
    #: Codes of what was wrong, a JSON list.
    tags: Mapped[str]
    opened_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12))
    #: Last day of the step that is owed; None when none is.
    due_on: Mapped[date | None]
    #: Needs more than a few days to put right: the reply has the longer time.
    is_complex: Mapped[bool] = mapped_column(default=False)
    #: How often nobody was reached by the call back.
    tries: Mapped[int] = mapped_column(default=0)
    #: Of the last call back.
    outcome: Mapped[str | None] = mapped_column(String(12))
    #: Who said that the rating is of another service, and in which state; once only.
    appealed_by: Mapped[str | None] = mapped_column(String(36))
    appealed_in: Mapped[str | None] = mapped_column(String(12))

    @property
    def opened_on(self) -> date:
        """The day on which it was opened, in the stations' time."""
        return self.opened_at.astimezone(clock.LOCAL).date()

    @property
    def tag_codes(self) -> list[str]:
        """What was wrong, as codes of `afterwards.TAGS`."""
        found: list[str] = orjson.loads(self.tags)
        return found


class RedressAct(Base):
    """One step of a redress: who, when, which, with what outcome; ``words`` are encrypted."""

    __tablename__ = "redress_act"

    redress_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    #: 1, 2, 3 …
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    operator: Mapped[str] = mapped_column(String(36))
    step: Mapped[str] = mapped_column(String(12))
    outcome: Mapped[str | None] = mapped_column(String(12))
    words: Mapped[bytes] = mapped_column(LargeBinary)


@dataclass(frozen=True, slots=True)
class Limits:
    """Working days to contact, to reply, and to reply where it is complex.

    The law names none; cities have 1 to contact and 5, 7 or 15 to put right (`docs/ratings.md`).
    """

    contact: int
    reply: int
    reply_to_complex: int

    @classmethod
    def of(cls, config: Config) -> "Limits":
        """Return them as set for this hall."""
        return cls(config.rating_contact_days, config.rating_reply_days, config.rating_complex_days)

    def due(self, state: str, since: date, *, is_complex: bool) -> date | None:
        """Return the last day for the step that is owed in `state`, counted from `since`."""
        if state == OPEN:
            return workdays.add(since, self.contact)
        if state == CONTACTED:
            return workdays.add(since, self.reply_to_complex if is_complex else self.reply)
        return workdays.add(since, self.reply) if state == REPLIED else None


def open_for(session: Session, rating: Rating, case_id: str) -> None:
    """Open the redress of a rating when it is a bad one; the caller commits."""
    if rating.grade not in BAD:
        return
    now = clock.now()
    today = now.astimezone(clock.LOCAL).date()
    session.add(
        Redress(
            id=clock.new_id(),
            terminal_id=rating.terminal_id,
            entry_id=rating.entry_id,
            case_id=case_id,
            item=rating.item,
            station_code=rating.station_code,
            grade=rating.grade,
            tags=rating.tags,
            opened_at=now,
            state=OPEN,
            due_on=Limits.of(services().config).due(OPEN, today, is_complex=False),
            is_complex=False,
            tries=0,
        )
    )


def open_older(_: Services) -> None:
    """Open those of bad ratings that came before there were any, a batch at a time.

    A duty of the hall's workers. Idempotent.
    """
    query = (
        select(Rating, LedgerEntry.subject)
        .join(
            LedgerEntry,
            (LedgerEntry.terminal_id == Rating.terminal_id)
            & (LedgerEntry.entry_id == Rating.entry_id),
        )
        .outerjoin(
            Redress,
            (Redress.terminal_id == Rating.terminal_id) & (Redress.entry_id == Rating.entry_id),
        )
        .where(Rating.grade.in_(BAD), Redress.id.is_(None))
        .limit(_BATCH)
    )
    while True:
        with writing() as session:
            found = session.execute(query).all()
            for rating, case_id in found:
                open_for(session, rating, case_id)
        if len(found) < _BATCH:
            return


def worked_on(session: Session, case_id: str, operator: str) -> bool:
    """Tell whether somebody worked on a case, who must not learn who rated it."""
    case = session.get(Case, case_id)
    if case is not None and case.holder == operator:
        return True
    on_it = and_(
        AuditRecord.target == case_id,
        AuditRecord.act.startswith("case."),
        AuditRecord.act.not_in([f"case.{look}" for look in _LOOKS]),
    )
    # Who stated the result of its bundle spoke of this case too.
    of_all = and_(
        AuditRecord.target == (case.bundle_id if case else None),
        AuditRecord.act == "bundle.closed",
    )
    query = select(AuditRecord.seq).where(AuditRecord.actor == operator, or_(on_it, of_all))
    return session.scalars(query.limit(1)).first() is not None


def words_of_rater(session: Session, keyring: keys.Wrapper, redress: Redress) -> str | None:
    """Return what the resident wrote, empty when nothing; None when it can no longer be read."""
    row = session.scalars(
        select(LedgerEntry).where(
            LedgerEntry.terminal_id == redress.terminal_id,
            LedgerEntry.entry_id == redress.entry_id,
        )
    ).first()
    key = keys.fetch(session, keyring, [redress.case_id]).get(redress.case_id)
    if row is None or key is None:
        return None
    (entry,) = quarantine.as_judged(session, [row])
    if not entry.body:
        return None
    body = bodies.open_sealed(key, redress.case_id, RATED, entry.body)
    return str(body.get("words", ""))


def acts_of(session: Session, redress_id: str) -> Sequence[RedressAct]:
    """Return what was done, in order."""
    query = select(RedressAct).where(RedressAct.redress_id == redress_id)
    return session.scalars(query.order_by(RedressAct.number)).all()


def opened_words(
    session: Session, keyring: keys.Wrapper, case_id: str, acts: Sequence[RedressAct]
) -> list[str | None]:
    """Return what was written with each of these acts; None when it can no longer be read."""
    key = keys.fetch(session, keyring, [case_id]).get(case_id)
    if key is None:
        return [None] * len(acts)
    found: list[dict[str, Any]] = [
        bodies.open_sealed(key, case_id, WORDS, act.words) for act in acts
    ]
    return [str(body["words"]) for body in found]
