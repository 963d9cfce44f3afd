"""What a terminal can tell of its cases. Reads only.

A case is opened by its receipt's token, or by its number together with a
second fact; a wrong number and a wrong fact are answered alike. Neighbours:
``history`` has the facts, ``lifecycle`` says what is still possible, ``awaiting`` has what waits.
"""

import hmac
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Bundle, ServiceItem, Text
from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases import deadlines, history, lifecycle, news, objections
from kiosk.cases.deadlines import Light
from kiosk.cases.deferral import Deferred, outstanding
from kiosk.cases.desk import BY_THE_CLOCK
from kiosk.cases.help.reading import Record, of_case
from kiosk.cases.history import (
    BUNDLE_CLOSED,
    RESULT,
    Fact,
    current_body,
    facts,
    newest_body,
    taken_verbs,
)
from kiosk.cases.model import Case, token_hash
from kiosk.cases.news import Answer, Pause
from kiosk.cases.objections import Objection
from kiosk.db import reading
from kiosk.errors import NotFound
from kiosk.receipts.number import ungrouped
from sync.journal import JournalEntry
from sync.state import Peer, acknowledged_at

LAPSED = BY_THE_CLOCK["lapse"]
#: What a resident may do with a case here.
RESIDENT_VERBS = frozenset({"withdraw", "correct", "supply", "rate"})
#: Events that the terminal's own clock dates.
MADE_HERE = frozenset({"submitted", "corrected", "supplied", "withdrawn"})
UNKNOWN = Text(
    "没有找到办件，请核对受理编号和身份证后四位。",
    "No case was found; please check the number and the last four of the ID.",
)


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the timeline; ``kind`` is ``received`` or a lifecycle state."""

    kind: str
    at: datetime
    note: str | None = None
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """All that an applicant may see of a case; ``as_of`` is the last contact with the hall."""

    case_id: str
    number: str
    item: ServiceItem
    state: str
    submitted_at: datetime
    #: None while its clock stands: the day that was promised is not true then.
    due_on: date | None
    at_hall: bool
    as_of: datetime | None
    events: tuple[Event, ...]
    reasons: tuple[str, ...]
    objection: Objection | None
    can: frozenset[str]
    #: What it was handed in with, and the first case of that.
    bundle: Bundle | None = None
    bundle_id: str | None = None
    #: What the lead department stated for the whole bundle, told with this case.
    bundle_result: str = ""
    #: What was promised for later and is not here yet.
    to_supply: tuple[Deferred, ...] = ()
    is_rated: bool = False
    #: The key is destroyed: what happened is still known, what was handed in is not.
    is_erased: bool = False
    #: It was wiped here when its days of keeping were over; the hall has it.
    is_wiped: bool = False
    #: What agents did for it (帮代办).
    help: tuple[Record, ...] = ()
    #: What did not come by the promised day, when that ended it; and the day.
    lapsed: tuple[Text, ...] = ()
    lapsed_on: date | None = None
    #: Why its clock stands, and what the hall answers to its rating.
    pause: Pause | None = None
    answer: Answer | None = None

    def without_rating(self) -> "Progress":
        """Return the same for those who worked on it: nothing tells whether and how it was rated.

        That it can still be rated would tell that it was not.
        """
        return replace(self, is_rated=False, answer=None, can=self.can - {"rate"})

    @property
    def supply_by(self) -> date | None:
        """Return the first day by which something promised for later is due."""
        return min((each.due for each in self.to_supply if each.due), default=None)

    @property
    def reminder(self) -> Light | None:
        """Return how near that day is, from three working days before it."""
        light = deadlines.supply_light(self.supply_by, clock.today()) if self.supply_by else None
        return light if light and light.colour != deadlines.GREEN else None

    @property
    def holds_receipt(self) -> bool:
        """Tell whether this case's number and token are those of a bundle's receipt."""
        return self.bundle is not None and self.bundle_id == self.case_id


@dataclass(frozen=True, slots=True)
class BundleProgress:
    """All cases of one bundle, in its order; number and time are those of its receipt."""

    bundle: Bundle
    number: str
    submitted_at: datetime
    parts: tuple[Progress, ...]

    @property
    def at_hall(self) -> bool:
        """Tell whether the hall has all of them."""
        return all(part.at_hall for part in self.parts)

    @property
    def as_of(self) -> datetime | None:
        """When the hall was last reached."""
        return self.parts[0].as_of

    @property
    def result(self) -> str:
        """What the lead department stated for the whole; empty before."""
        return next((part.bundle_result for part in self.parts if part.bundle_result), "")

    @property
    def promise(self) -> ServiceItem:
        """The item that takes longest."""
        return max((part.item for part in self.parts), key=lambda item: item.promised.in_days)


def progress_by_token(services: Services, token: str) -> Progress:
    """Return the progress of the case whose receipt holds ``token``; NotFound."""
    with reading() as session:
        case = session.scalars(
            select(Case).where(Case.token_hash == token_hash(token))
        ).one_or_none()
        if case is None:
            raise _unknown()
        return _progress(session, services, case)


def progress_by_number(services: Services, number: str, id_tail: str) -> Progress:
    """Return the progress of case ``number`` if its applicant's ID ends in ``id_tail`` (4 long).

    Raises NotFound alike for a wrong number and for a wrong second fact.
    """
    with reading() as session:
        case = session.scalars(select(Case).where(Case.number == ungrouped(number))).first()
        body = current_body(session, services.keyring, case.id) if case else None
        tail = _id_tail(body) if body else ""
        matches = hmac.compare_digest(tail.encode(), id_tail.strip().upper().encode())
        if case is None or not tail or not matches:
            raise _unknown()
        return _progress(session, services, case)


def progress_of(services: Services, case_id: str) -> Progress:
    """Return the progress of a case that this person has already opened; NotFound."""
    with reading() as session:
        case = session.get(Case, case_id)
        if case is None:
            raise _unknown()
        return _progress(session, services, case)


def _progress(session: Session, services: Services, case: Case) -> Progress:
    told = facts(session, services.keyring, case.id, with_news=True)
    story = [fact for fact in told if fact.kind not in history.NEWS]
    peer = session.get(Peer, 1)
    at_hall, received_at = _standing(session, peer, case)
    events = _events(told)
    if received_at is not None:
        _insert_received(events, max(received_at, case.submitted_at))
    taken, body = taken_verbs(session, case.id), newest_body(story)
    catalogue = services.releases.of(case.release)
    item = catalogue.item(case.item)
    to_supply = outstanding(item, body)
    pause = news.pause_of(case.state, told)
    return Progress(
        case_id=case.id,
        number=case.number,
        item=item,
        state=case.state,
        submitted_at=case.submitted_at,
        due_on=None if pause else case.due_on,
        at_hall=at_hall,
        as_of=peer.last_contact if peer else None,
        events=tuple(events),
        reasons=_reasons(case, story),
        objection=objections.of_case(session, case.id),
        can=_possible(case, taken, body, to_supply),
        bundle=catalogue.bundles.get(case.bundle or ""),
        bundle_id=case.bundle_id,
        bundle_result=_result(story),
        to_supply=to_supply,
        is_rated="rate" in taken,
        is_erased=body is None,
        is_wiped=case.wiped_at is not None,
        help=of_case(session, services, (case.id, case.bundle_id or "")),
        pause=pause,
        answer=news.answer_of(told),
        **_lapse(item, story),
    )


def _lapse(item: ServiceItem, story: list[Fact]) -> dict[str, Any]:
    """Return what the hall said of a promise that was not kept (视为撤回), nothing without one."""
    said = next((fact.body for fact in story if fact.kind == LAPSED), None)
    if said is None:
        return {}
    names = {each.id: each.name for each in item.requirements}
    missing = tuple(names[each] for each in said.get("missing", ()) if each in names)
    return {"lapsed": missing, "lapsed_on": date.fromisoformat(said["promised"])}


def _result(story: list[Fact]) -> str:
    said = [fact.body[RESULT] for fact in story if fact.kind == BUNDLE_CLOSED and fact.body]
    return str(said[-1]) if said else ""


def progress_of_bundle(services: Services, bundle_id: str) -> BundleProgress:
    """Return the progress of all cases of a bundle this person has already opened; NotFound."""
    with reading() as session:
        query = select(Case).where(Case.bundle_id == bundle_id).order_by(Case.id)
        parts = tuple(_progress(session, services, case) for case in session.scalars(query))
    first = next((part for part in parts if part.holds_receipt), None)
    if first is None or first.bundle is None:
        raise _unknown()
    return BundleProgress(first.bundle, first.number, first.submitted_at, parts)


def _possible(
    case: Case,
    taken: frozenset[str],
    body: dict[str, Any] | None,
    to_supply: tuple[Deferred, ...],
) -> frozenset[str]:
    """Return what a resident may do; without its key nothing can be added to a case."""
    if body is None:
        return frozenset()
    verbs = RESIDENT_VERBS & set(lifecycle.possible(case.state, taken))
    return verbs if to_supply else verbs - {"supply"}


def _standing(session: Session, peer: Peer | None, case: Case) -> tuple[bool, datetime | None]:
    """Tell whether the hall has all of the case, and when it had it first."""
    rows = session.execute(
        select(JournalEntry.epoch, JournalEntry.seq)
        .where(JournalEntry.subject == case.id)
        .order_by(JournalEntry.subject_seq)
    ).all()
    acknowledged = peer.acknowledged if peer else (0, 0)
    at_hall = all((row.epoch, row.seq) <= acknowledged for row in rows)
    received_at = acknowledged_at(session, (rows[0].epoch, rows[0].seq)) if peer and rows else None
    return at_hall, received_at


def _insert_received(events: list[Event], at: datetime) -> None:
    """Put the receiving where it belongs: the hall did nothing before, by whichever clock."""
    later = (i for i, e in enumerate(events) if e.kind not in MADE_HERE or e.at > at)
    events.insert(next(later, len(events)), Event("received", at))


def _events(told: list[Fact]) -> list[Event]:
    """Return the timeline; the answer to a rating is shown in words of its own."""
    of_case = (fact for fact in told if fact.kind.startswith("case."))
    return [_event(fact) for fact in of_case if fact.kind != history.ANSWERED]


def _event(fact: Fact) -> Event:
    body: dict[str, Any] = fact.body or {}
    return Event(fact.kind.removeprefix("case."), fact.at, body.get("note"), fact.is_refused)


def _reasons(case: Case, story: list[Fact]) -> tuple[str, ...]:
    """Return why the case is returned or refused now; none in any other state."""
    if case.state not in {lifecycle.RETURNED, lifecycle.REFUSED}:
        return ()
    for fact in reversed(story):
        if fact.kind == f"case.{case.state}" and fact.body is not None:
            return tuple(fact.body.get("reasons", ()))
    return ()


def _id_tail(body: dict[str, Any]) -> str:
    """Return the second fact of a case: of who applied for the bundle, where it is part of one."""
    of_bundle = body.get("bundle", {}).get("id_tail")
    return str(of_bundle or body["answers"].get("applicant", {}).get("id_number", ""))[-4:]


def _unknown() -> NotFound:
    return NotFound("case_unknown", UNKNOWN)
