"""Hand-offs (扫码续办): a form goes from the kiosk to one phone and back.

The kiosk offers a code; the first phone that brings it within ten minutes has the form, and is
known by a random name in its own cookie. Each step is one transaction. Knows no requests.
Neighbours: ``holding`` says who may write, ``drafts`` keeps what is filled in.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases import holding
from kiosk.cases.drafts import Draft
from kiosk.cases.holding import Elsewhere
from kiosk.cases.model import Draft as Row
from kiosk.cases.model import Handoff
from kiosk.db import reading, writing
from kiosk.errors import Conflict, NotFound
from kiosk.receipts import handoff_code

#: How long a code may be brought.
VALID = timedelta(minutes=10)

UNKNOWN = Text(
    "没有这个续办码。请对照一体机屏幕核对；屏幕上换过码的，请扫新的。",
    "There is no such code. Please compare it with the kiosk's screen; if a new one is shown "
    "there, scan that.",
)
EXPIRED = Text(
    "这个续办码已过10分钟，不能再用。请在一体机上换一个新码。",
    "This code is older than 10 minutes and works no more. Please ask for a new one at the kiosk.",
)
USED = Text(
    "这份表已经在另一部手机上打开了，每个码只能用一次。要换手机，请先在一体机上取回，再出新码。",
    "This form is already open on another phone; a code works once. To change phones, take the "
    "form back at the kiosk first and show a new code.",
)
OVER = Text(
    "这份表已经提交或清除，这个码不能再用。",
    "This form was handed in or cleared; the code works no more.",
)


@dataclass(frozen=True, slots=True)
class Away:
    """A hand-off as it stands.

    ``saved_at`` is when something was last entered or the form changed sides, None once wiped.
    """

    draft_id: str
    state: holding.State
    phone: str | None
    page: str
    offered_at: datetime
    saved_at: datetime | None

    @property
    def holder(self) -> str | None:
        """Return the phone that has the form now, None when the kiosk has it."""
        return self.phone if self.state in holding.WITH_THE_PHONE else None

    @property
    def has_expired(self) -> bool:
        """Tell whether the code shown works no more, because nobody brought it in time."""
        return self.state == holding.OFFERED and clock.now() >= self.offered_at + VALID


def offer(services: Services, draft: Draft, page: str) -> str:
    """Return a new code for a form that is open at ``page``; an earlier code dies.

    Only the browser it was begun in may: Elsewhere otherwise, or when a phone has the form.
    """
    code = handoff_code.new_code()
    with writing() as session:
        away = holding.check(session, draft.id, None) or Handoff(draft_id=draft.id)
        away.code_hash, away.state, away.phone = _hash(code), holding.OFFERED, None
        away.page, away.offered_at = page, clock.now()
        session.add(away)
        _touch(session, draft.id)
    return code


def look(services: Services, draft_id: str) -> Away | None:
    """Return how a draft's hand-off stands; None when there is none or the kiosk has gone on."""
    with reading() as session:
        away = session.get(Handoff, draft_id)
        return None if away is None else _told(session, away)


def find(services: Services, code: str) -> Away:
    """Return the hand-off of a code that was typed or scanned, whatever has become of it.

    NotFound when no form was ever offered by it, or the kiosk has taken it back since.
    """
    with reading() as session:
        away = _by_code(session, code)
        return _told(session, away)


def take(services: Services, code: str, phone: str) -> Away:
    """Give the form to a phone. NotFound for an unknown code, Conflict for one that is over."""
    with writing() as session:
        away = _by_code(session, code)
        told = _told(session, away)
        if told.state in (holding.SUBMITTED, holding.ENDED):
            raise Conflict("handoff_over", OVER)
        if told.state != holding.OFFERED:
            raise Conflict("handoff_used", USED)
        if told.has_expired:
            raise Conflict("handoff_expired", EXPIRED)
        away.state, away.phone = holding.TAKEN, phone
        _touch(session, away.draft_id)
        return _told(session, away)


def hand_back(services: Services, draft_id: str, phone: str, page: str) -> None:
    """Give the form back to the kiosk that waits for it; Elsewhere when none does."""
    with writing() as session:
        away = session.get(Handoff, draft_id)
        if away is None or away.state != holding.TAKEN or away.phone != phone:
            raise Elsewhere
        away.state, away.page = holding.BACK, page
        _touch(session, draft_id)


def take_again(services: Services, draft_id: str, phone: str) -> str:
    """Let the phone go on after all, while no kiosk has; return the page. Elsewhere if one has."""
    with writing() as session:
        away = session.get(Handoff, draft_id)
        if away is None or away.state != holding.BACK or away.phone != phone:
            raise Elsewhere
        away.state = holding.TAKEN
        _touch(session, draft_id)
        return away.page


def take_back(services: Services, draft_id: str) -> str | None:
    """Let the kiosk go on, asked or unasked by the phone; return the page at which.

    None when there is nothing to go on with: it was handed in, or ended. Idempotent.
    """
    with writing() as session:
        away = session.get(Handoff, draft_id)
        if away is None or away.state in (holding.SUBMITTED, holding.ENDED):
            return None
        session.delete(away)
        _touch(session, draft_id)
        return away.page


def note_submitted(services: Services, draft: Draft) -> None:
    """Keep for the kiosk that the phone has handed the form in.

    Nothing when the kiosk has taken it back at that very moment: the case is made all the same, and
    the kiosk gets its receipt when it hands in.
    """
    with writing() as session:
        away = session.get(Handoff, draft.id)
        if away is not None and holding.holder(away) == draft.phone:
            away.state = holding.SUBMITTED


def _touch(session: Session, draft_id: str) -> None:
    """Count a change of sides as an entry: somebody is there, and has all the time from now on.

    Read on the phone for longer than a kiosk keeps anything, it would be wiped on coming back.
    """
    row = session.get(Row, draft_id)
    if row is not None:
        row.updated_at = clock.now()


def _by_code(session: Session, code: str) -> Handoff:
    found = session.scalars(select(Handoff).where(Handoff.code_hash == _hash(code))).first()
    if found is None:
        raise NotFound("handoff_unknown", UNKNOWN)
    return found


def _told(session: Session, away: Handoff) -> Away:
    row = session.get(Row, away.draft_id)
    gone = row is None and away.state != holding.SUBMITTED
    return Away(
        draft_id=away.draft_id,
        state=holding.ENDED if gone else away.state,  # type: ignore[arg-type]
        phone=away.phone,
        page=away.page,
        offered_at=away.offered_at,
        saved_at=row.updated_at if row else None,
    )


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
