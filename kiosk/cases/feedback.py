"""Terminal: apply what the hall says (``sync.pull.Applier``): decisions, operators, and more.

Runs in the transaction that moves the feed's cursor. A kind that is not known
here is kept by ``pull`` and not applied. The hall decided already, so the state
it names is taken; only what was recorded here since comes on top.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import orjson
import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk import clock
from kiosk.cases import bodies, history, lifecycle
from kiosk.cases.desk import BY_THE_CLOCK, FACTS
from kiosk.cases.help import promises
from kiosk.cases.help.hearing import heard, with_later_steps
from kiosk.cases.help.model import HelpRecord
from kiosk.cases.help.records import STEPPED
from kiosk.cases.history import VERBS
from kiosk.cases.model import Case
from kiosk.devices import register
from kiosk.operators.replica import take_over
from sync import journal, keys, releases, verdicts
from sync.content import CONTENT_ERRORS
from sync.envelope import Entry
from sync.feed import Item
from sync.keys import Wrapper
from sync.ledger import REFUSED
from sync.state import InboxItem, inbox_of_subject

log = structlog.get_logger(__name__)

SUBMITTED = "case.submitted"
#: Facts of the hall that name the state a case is in.
_DECISIONS = frozenset({*FACTS.values(), *BY_THE_CLOCK.values()})


@dataclass(frozen=True, slots=True)
class Feedback:
    """The applier; ``wrapper`` opens the case keys."""

    wrapper: Wrapper

    def __call__(self, session: Session, item: Item) -> bool:
        """Apply ``item``; False when its kind is not known here."""
        if item.kind in _DECISIONS:
            return self._decided(session, item)
        if item.kind in history.NEWS:
            return self._told(session, item)
        if item.kind == STEPPED:
            return heard(session, self.wrapper, item)
        if item.kind == verdicts.KIND:
            self._judged(session, item)
            return True
        if item.kind in _FACTS:
            _FACTS[item.kind](session, item)
            return True
        return False

    def _told(self, session: Session, item: Item) -> bool:
        """Let the clock stand, or go on with its new day; all else is only shown."""
        case = session.get(Case, item.subject)
        key = keys.fetch(session, self.wrapper, [str(item.subject)]).get(str(item.subject))
        if case is None or key is None:
            return False
        body = bodies.open_sealed(key, case.id, item.kind, item.body)
        if item.kind == history.ANSWERED or _is_overtaken(session, item, case.id):
            return True
        if item.kind == history.PAUSED:
            case.stop_clock(_at(item), date.fromisoformat(body["until"]))
        else:
            case.let_run()
            if body["due_on"]:
                case.due_on = date.fromisoformat(body["due_on"])
        case.reckon()
        return True

    def _judged(self, session: Session, item: Item) -> None:
        """Take the verdict, and the state that the case or record has at the hall with it."""
        told = verdicts.hear(session, item)
        case = session.get(Case, told.subject)
        record = session.get(HelpRecord, told.subject)
        if case is not None and not _is_overtaken(session, item, told.subject):
            self._restate(session, case, told)
        elif record is not None and case is None and told.state is not None:
            key = keys.fetch(session, self.wrapper, [told.subject]).get(told.subject)
            body = {"state": told.state, "after_entry": told.after_entry}
            if key is not None:
                record.state = with_later_steps(session, record.kind, key, told.subject, body)

    def _restate(self, session: Session, case: Case, told: verdicts.Told) -> None:
        if told.state is not None:
            body = {"state": told.state, "after_entry": told.after_entry}
            state = _with_later_entries(session, case.id, body)
        elif told.kind == SUBMITTED and told.verdict == REFUSED:
            # The hall has no such case and will have none.
            state = lifecycle.WITHDRAWN
            promises.lapse(session, case.id)
        else:
            return
        if state != case.state:
            case.state, case.changed_at = state, clock.now()
        try:
            case.supply_by = promises.reopen(session, self.wrapper, case.id)
        except CONTENT_ERRORS as error:
            # Of a case that does not open here either, the verdict is kept all the same.
            log.error("body_not_readable", case=case.id, error=type(error).__name__)
        case.reckon()

    def _decided(self, session: Session, item: Item) -> bool:
        case = session.get(Case, item.subject)
        key = keys.fetch(session, self.wrapper, [str(item.subject)]).get(str(item.subject))
        if case is None or key is None:
            return False
        body = bodies.open_sealed(key, case.id, item.kind, item.body)
        if _is_overtaken(session, item, case.id):
            return True
        case.state = _with_later_entries(session, case.id, body)
        if not _is_told_again(body):
            case.changed_at = _at(item)
        case.let_run()
        if body["due_on"]:
            case.due_on = date.fromisoformat(body["due_on"])
        if item.kind == BY_THE_CLOCK["lapse"]:
            promises.lapse(session, case.id)
        case.reckon()
        return True


def drawn_state(session: Session, wrapper: Wrapper, case_id: str) -> tuple[str, datetime | None]:
    """Return a case's state as its facts make it, and when it was last moved, None when never.

    What the hall decided last, and what was recorded here since; for a case whose facts came back.
    """
    key = keys.fetch(session, wrapper, [case_id]).get(case_id)
    own = journal.of_subject(session, case_id)
    decided = [item for item in inbox_of_subject(session, case_id) if item.kind in _DECISIONS]
    # What a lost hall has decided is shown until the restored one contradicts it.
    if any(item.lost for item in decided) and _is_contradicted(session, key, own, decided):
        decided = [item for item in decided if not item.lost]
    body: dict[str, Any] = {"state": lifecycle.SUBMITTED, "after_entry": 1}
    moved: int | None = None
    if key is not None:
        for item in reversed(decided):
            said = bodies.open_sealed(key, case_id, item.kind, item.body)
            body = said if moved is None else body
            moved = item.recorded_at
            if not _is_told_again(said):
                break
    for entry in own:
        step = lifecycle.STEPS.get(VERBS.get(entry.kind, ""))
        if step is not None and step.target and entry.subject_seq > body["after_entry"]:
            moved = entry.recorded_at
    at = None if moved is None else datetime.fromtimestamp(moved / 1_000_000, UTC)
    return _with_later_entries(session, case_id, body), at


def _is_contradicted(
    session: Session, key: bytes | None, own: Sequence[Entry], decided: Sequence[InboxItem]
) -> bool:
    """Tell whether the hall has taken an entry that these decisions forbid: it has them not all.

    Whether a lost hall said that it refused the entry does not matter: that may be unheard.
    """
    if verdicts.taken_after_all(session, [entry.digest for entry in own]):
        return True
    if key is None or not own:
        return False
    taken = {entry.digest for entry in verdicts.taken(session, [own[0].subject])}
    said = [bodies.open_sealed(key, own[0].subject, item.kind, item.body) for item in decided]
    state = lifecycle.SUBMITTED
    for entry in own:
        while said and said[0]["after_entry"] < entry.subject_seq:
            state = str(said.pop(0)["state"])
        try:
            verb = VERBS.get(entry.kind)
            state = lifecycle.next_state(state, verb) if verb else state
        except lifecycle.Illegal:
            if entry.digest in taken:
                return True
    return False


def _is_told_again(body: Mapping[str, Any]) -> bool:
    """Tell whether it is a decision of before with the result of the bundle: it moves no clock."""
    return history.RESULT in body


def forget_lost_pauses(session: Session) -> None:
    """Let the clock of each case run again that only a lost hall has let stand. Idempotent.

    What a lost hall has said is known once the restored one has asked, and no item tells of it.
    """
    told = select(InboxItem.kind).where(
        InboxItem.subject == Case.id,
        InboxItem.kind.in_((history.PAUSED, history.RESUMED)),
        InboxItem.applied,
        ~InboxItem.lost,
    )
    newest = told.order_by(InboxItem.seq.desc()).limit(1).scalar_subquery()
    # The first condition finds them in an index of its own.
    query = select(Case).where(
        Case.ends_on.is_not(None), func.coalesce(newest, "") != history.PAUSED
    )
    for case in session.scalars(query).all():
        case.let_run()
        case.reckon()


def _at(item: Item) -> datetime:
    return datetime.fromtimestamp(item.recorded_at / 1_000_000, UTC)


def _is_overtaken(session: Session, item: Item, case_id: str) -> bool:
    """Tell whether a later item about the case was applied before this one, which was kept.

    A program that knows more applies what an older one has kept: what was said since holds. News
    changes no state and overtakes no decision; whether a clock stands is told by no verdict.
    """
    told = InboxItem.kind.not_in(history.NEWS)
    if item.kind in history.NEWS:
        told = InboxItem.kind.in_((*_DECISIONS, history.PAUSED, history.RESUMED))
    query = select(InboxItem.seq).where(
        InboxItem.subject == case_id, InboxItem.seq > item.seq, InboxItem.applied, told
    )
    return session.scalar(query.limit(1)) is not None


def _with_later_entries(session: Session, case_id: str, body: dict[str, Any]) -> str:
    """Return the decided state with what was recorded here since, as the hall will replay it.

    The hall decided before it had those entries; one that is illegal now it will refuse. What it
    took after all was legal there: then a restored hall has not the decision that stood against it.
    """
    state = str(body["state"])
    own = journal.of_subject(session, case_id)
    digests = [entry.digest for entry in own]
    refused = verdicts.refused_among(session, digests)
    taken = verdicts.taken_after_all(session, digests)
    for entry in own:
        verb = None if entry.digest in refused else VERBS.get(entry.kind)
        if entry.subject_seq <= body["after_entry"] or verb is None:
            continue
        if entry.digest in taken:
            state = lifecycle.STEPS[verb].target or state
        else:
            with suppress(lifecycle.Illegal):
                state = lifecycle.next_state(state, verb)
    return state


def _operator(session: Session, item: Item) -> None:
    take_over(session, orjson.loads(item.body))


_FACTS: Mapping[str, Callable[[Session, Item], None]] = {
    "operator.set": _operator,
    releases.KIND: releases.want,
    register.ORDER: register.obey,
}
#: Every kind of item that this program applies.
KNOWN = frozenset({*_DECISIONS, *history.NEWS, STEPPED, verdicts.KIND, *_FACTS})
