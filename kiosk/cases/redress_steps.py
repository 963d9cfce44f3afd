"""Hall: the steps of a redress: contact, reply, call back, appeal, rule. Each is one commit.

Whoever worked on the case may appeal and nothing else, and who appealed does not rule: nobody
judges their own work. Knows no request. Neighbours: `redressing` has the tables and the limits.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases import bodies, history, news, redressing
from kiosk.cases.redressing import (
    APPEALED,
    CLOSED,
    CONTACTED,
    MARKED,
    OPEN,
    OUTCOMES,
    REPLIED,
    SATISFIED,
    UNSATISFIED,
    WAITING,
    Limits,
    Redress,
    RedressAct,
)
from kiosk.db import writing
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.operators import audit
from sync import keys

CONTACT, REPLY, CALL_BACK, APPEAL, RULE = "contact", "reply", "call_back", "appeal", "rule"
#: The step that is owed in each state.
OWED: Mapping[str, str] = {OPEN: CONTACT, CONTACTED: REPLY, REPLIED: CALL_BACK}
#: How an appeal ends.
OTHER_SERVICE, STANDS = "other_service", "stands"
RULINGS = (OTHER_SERVICE, STANDS)
MAX_WORDS = 500
#: So often nobody was reached, and the redress ends all the same.
MOST_TRIES = 3

_ACTS = {
    CONTACT: "rating.contacted",
    REPLY: "rating.replied",
    CALL_BACK: "rating.called_back",
    APPEAL: "rating.appealed",
    RULE: "rating.ruled",
}
#: What has to be written down; the others may be.
_NEEDS_WORDS = frozenset({REPLY, APPEAL, RULE})


@dataclass(frozen=True, slots=True)
class Entered:
    """What somebody entered with a step; ``outcome`` of a call back or a ruling."""

    words: str = ""
    outcome: str = ""
    is_complex: bool = False


def take(
    services: Services, redress_id: str, step: str, operator: str, entered: Entered
) -> Redress:
    """Take one step; return the redress as it is then.

    Raises Invalid that names the field, Conflict when the step does not fit state or person,
    NotFound. Not idempotent: the second of two alike is a Conflict.
    """
    words = entered.words.strip()
    _check(step, words, entered.outcome)
    with writing() as session:
        found = session.get(Redress, redress_id, with_for_update=True)
        if found is None:
            raise NotFound(
                "redress_unknown", Text("没有这条差评整改。", "There is no such bad rating.")
            )
        _check_person(session, found, step, operator)
        _STEPS[step](found, operator, entered, Limits.of(services.config))
        key = keys.fetch(session, services.keyring, [found.case_id]).get(found.case_id)
        if key is None:
            raise _conflict("contents_gone", "这件的内容已销毁。", "The contents are gone.")
        _write(session, found, step, operator, entered.outcome, words, key)
        if step == REPLY:
            news.tell(session, services, found.case_id, history.ANSWERED, {"words": words})
        detail: dict[str, str | int] = {"state": found.state}
        if entered.outcome:
            detail["outcome"] = entered.outcome
        audit.record(session, _ACTS[step], found.id, operator, detail)
        return found


def may(session: Session, redress: Redress, operator: str) -> tuple[str, ...]:
    """Return the steps that fit the state and the person, whatever their role."""
    worked = redressing.worked_on(session, redress.case_id, operator)
    found = []
    if redress.state in OWED and not worked:
        found.append(OWED[redress.state])
    if redress.state in WAITING and redress.appealed_by is None:
        found.append(APPEAL)
    if redress.state == APPEALED and not worked and redress.appealed_by != operator:
        found.append(RULE)
    return tuple(found)


def _write(
    session: Session,
    found: Redress,
    step: str,
    operator: str,
    outcome: str,
    words: str,
    key: bytes,
) -> None:
    last = select(func.max(RedressAct.number)).where(RedressAct.redress_id == found.id)
    session.add(
        RedressAct(
            redress_id=found.id,
            number=(session.scalar(last) or 0) + 1,
            at=clock.now(),
            operator=operator,
            step=step,
            outcome=outcome or None,
            words=bodies.seal(key, found.case_id, redressing.WORDS, {"words": words}),
        )
    )


def _contact(found: Redress, _: str, entered: Entered, limits: Limits) -> None:
    _in(found, OPEN)
    found.is_complex = entered.is_complex
    # The reply is owed from the day of the rating, not from the day of the contact.
    _to(found, CONTACTED, limits.due(CONTACTED, found.opened_on, is_complex=found.is_complex))


def _reply(found: Redress, _: str, __: Entered, limits: Limits) -> None:
    _in(found, CONTACTED)
    _to(found, REPLIED, limits.due(REPLIED, clock.today(), is_complex=found.is_complex))


def _call_back(found: Redress, _: str, entered: Entered, limits: Limits) -> None:
    _in(found, REPLIED)
    found.outcome = entered.outcome
    if entered.outcome == SATISFIED:
        _to(found, CLOSED, None)
    elif entered.outcome == UNSATISFIED:
        due = limits.due(CONTACTED, clock.today(), is_complex=found.is_complex)
        _to(found, CONTACTED, due)
    else:
        found.tries += 1
        if found.tries >= MOST_TRIES:
            _to(found, CLOSED, None)


def _appeal(found: Redress, operator: str, _: Entered, __: Limits) -> None:
    _in(found, *WAITING)
    if found.appealed_by is not None:
        raise _conflict(
            "appealed_before", "只能申诉一次，已经申诉过。", "It was appealed against before."
        )
    found.appealed_by, found.appealed_in = operator, found.state
    _to(found, APPEALED, None)


def _rule(found: Redress, _: str, entered: Entered, limits: Limits) -> None:
    _in(found, APPEALED)
    if entered.outcome == OTHER_SERVICE:
        _to(found, MARKED, None)
        return
    before = str(found.appealed_in)
    # The clock stood still meanwhile; it begins anew, as nobody could act.
    _to(found, before, limits.due(before, clock.today(), is_complex=found.is_complex))


_STEPS: Mapping[str, Callable[[Redress, str, Entered, Limits], None]] = {
    CONTACT: _contact,
    REPLY: _reply,
    CALL_BACK: _call_back,
    APPEAL: _appeal,
    RULE: _rule,
}


def _in(found: Redress, *states: str) -> None:
    if found.state not in states:
        raise _conflict(
            "step_illegal",
            "这条差评的状态已变，请看最新情况。",
            "It is in another state by now; see how it stands.",
        )


def _to(found: Redress, state: str, due: date | None) -> None:
    found.state, found.due_on = state, due


def _check_person(session: Session, found: Redress, step: str, operator: str) -> None:
    if step != APPEAL and redressing.worked_on(session, found.case_id, operator):
        raise _conflict(
            "worked_on_it",
            "您办过这件，请由别的同事跟进。",
            "You worked on that case: a colleague has to do this.",
        )
    if step == RULE and found.appealed_by == operator:
        raise _conflict(
            "appealed_by_you",
            "申诉是您提出的，请由别的管理员裁定。",
            "You appealed: another administrator has to decide.",
        )


def _check(step: str, words: str, outcome: str) -> None:
    allowed = {CALL_BACK: OUTCOMES, RULE: RULINGS}.get(step, ("",))
    wrong = []
    if step not in _STEPS:
        message = Text("没有这一步。", "There is no such step.")
        wrong.append(FieldProblem("step", "unknown", message))
    elif outcome not in allowed:
        message = Text("请选择结果。", "Please choose how it ended.")
        wrong.append(FieldProblem("outcome", "missing", message))
    if len(words) > MAX_WORDS:
        message = Text(f"最多 {MAX_WORDS} 字。", f"At most {MAX_WORDS} characters.")
        wrong.append(FieldProblem("words", "too_long", message))
    elif step in _NEEDS_WORDS and not words:
        message = Text("请写明内容。", "Please write it down.")
        wrong.append(FieldProblem("words", "missing", message))
    if wrong:
        raise Invalid("redress_invalid", wrong[0].message, tuple(wrong))


def _conflict(code: str, zh: str, en: str) -> Conflict:
    return Conflict(code, Text(zh, en))
