"""Hall: what a clerk does with a case. Each verb is one commit with its feed item.

Neighbours: ``lifecycle`` says what is possible, ``sync.feed`` carries the fact
to the terminal, ``feedback`` applies it there.
"""

from datetime import date
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock, workdays
from kiosk.app_services import Services
from kiosk.cases import bodies, completing, desk_events, kept_promises, lifecycle
from kiosk.cases.history import taken_at_hall
from kiosk.cases.model import Case
from kiosk.db import during_none, writing
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.operators import audit, departments
from kiosk.operators.departments import Standing
from sync import feed, keys, ledger
from sync.faultpoint import reach
from sync.ledger import Terminal

log = structlog.get_logger(__name__)

#: Said of a case that is another department's, so that nobody learns whether there is one.
OUT_OF_REACH = Text(
    "没有这个办件，或不归您的部门。", "No such case, or it is another department's."
)

#: Verb of the desk → the kind of fact that travels to the terminal.
FACTS = {
    "accept": "case.accepted",
    "return": "case.returned",
    "approve": "case.approved",
    "refuse": "case.refused",
    "deliver": "case.delivered",
}


_ILLEGAL_NOW = Text(
    "办件现在的状态不能这样办。", "The case is in a state that does not allow this."
)
#: What a clerk cannot know whose page is older: a line that was cut brought it meanwhile.
_ILLEGAL = {
    lifecycle.WITHDRAWN: Text(
        "申请人已撤回申请（或到期未补交），不能再作决定。",
        "The application was withdrawn meanwhile, also by what did not come in time. Nothing is "
        "left to decide.",
    ),
}

#: What the general window does with a case that a department then goes on with.
_AT_THE_WINDOW = ("accept", "return")

#: What the hall does by the clock, and no clerk by hand; it travels as decisions do.
BY_THE_CLOCK = {"lapse": "case.lapsed"}


def take(services: Services, case_id: str, clerk: str) -> Case:
    """Take a case to work on. Idempotent.

    Conflict when another clerk holds it, NotFound when it is out of reach.
    """
    with writing() as session:
        during_none(session, departments.CHANGE)
        case = locked(session, case_id)
        _check_reach(session, services, case, clerk)
        refuse_if_held(case, clerk)
        if case.holder is None:
            case.holder, case.held_at = clerk, clock.now()
            desk_events.note(session, services, case, desk_events.TAKEN, clerk)
        return case


def decide(
    services: Services,
    case_id: str,
    verb: str,
    clerk: str,
    note: str = "",
    reasons: tuple[str, ...] = (),
) -> Case:
    """Take one step with a case and tell its terminal, in one commit; return the case.

    ``verb`` is one of accept, return, approve, refuse, deliver. Raises Conflict when the step is
    illegal now, a colleague holds the case or a document that was promised is to be waited for,
    Invalid for a missing reason or unknown verb, NotFound also when it is out of reach. Not
    idempotent: the second of two alike is a Conflict. Whoever takes a step holds the case from then
    on, but not who accepts or returns it for a department that is not theirs (综窗受理): it lies
    there, and nobody holds it.
    """
    reasons = tuple(text for text in (reason.strip() for reason in reasons) if text)
    _check_words(verb, reasons)
    # Nothing here asks for what it has changed itself: the case is written once, not at each look.
    with writing() as session, session.no_autoflush:
        during_none(session, departments.CHANGE)
        case = locked(session, case_id)
        standing = _check_reach(session, services, case, clerk)
        refuse_if_held(case, clerk)
        _move(session, services, case, verb)
        _hold(case, verb, clerk, standing)
        if verb == "approve":
            completing.refuse_if_incomplete(session, services, case)
            kept_promises.begin(session, services, case)
        _tell(session, services, case, verb, clerk, note, reasons)
        # Others wait from the record on.
        session.flush()
        audit.record(session, FACTS[verb], case.id, clerk, {"state": case.state})
        reach("decision.written")
    reach("decision.committed")
    return case


def _move(session: Session, services: Services, case: Case, verb: str) -> None:
    """Bring the case into its new state and wind the clock that runs there."""
    if case.paused_at is not None:
        raise Conflict(
            "clock_stands",
            Text(
                "时限正在暂停，请先恢复计时再办理。",
                "The clock stands still. Let it go on before the case is decided.",
            ),
        )
    try:
        case.state = lifecycle.next_state(case.state, verb, taken_at_hall(session, case.id))
    except lifecycle.Illegal as error:
        raise Conflict("step_illegal", _ILLEGAL.get(case.state, _ILLEGAL_NOW)) from error
    case.changed_at = clock.now()
    if verb != "accept":
        case.wind()
        return
    limits = _limits(services, case)
    if limits is None:
        case.leave_open()
        return
    case.due_on, legal_on = limits
    case.wind(legal_on)


def _check_reach(session: Session, services: Services, case: Case, clerk: str) -> Standing:
    """Return how a clerk stands to a case; NotFound when it has gone to another department.

    The hall refuses what is out of reach before: this is for what changed since, and says the same.
    """
    of_case = (session, services.catalogue, case.item, case.department)
    standing = departments.standing(*of_case, clerk)
    if not standing.reaches:
        log.warning("out_of_reach", case=case.id, operator=clerk, items=[case.item])
        raise NotFound("case_unknown", OUT_OF_REACH)
    return standing


def _hold(case: Case, verb: str, clerk: str, standing: Standing) -> None:
    """Let who takes a step hold the case, but not who prepares it for another department."""
    if verb in _AT_THE_WINDOW and not standing.decides:
        case.holder, case.held_at = None, None
    elif case.holder is None:
        case.holder, case.held_at = clerk, case.changed_at


def _check_words(verb: str, reasons: tuple[str, ...]) -> None:
    if verb not in FACTS:
        problem = FieldProblem(
            "action",
            "unknown",
            Text("只能是：" + "、".join(FACTS), "Must be one of: " + ", ".join(FACTS)),
        )
        raise Invalid("action_unknown", problem.message, (problem,))
    if lifecycle.STEPS[verb].needs_reasons and not reasons:
        problem = FieldProblem(
            "reasons",
            "missing",
            Text("请写明理由，申请人有权知道。", "Say why: the applicant has a right to know."),
        )
        raise Invalid("reasons_missing", problem.message, (problem,))


def _limits(services: Services, case: Case) -> tuple[date | None, date | None] | None:
    """Return the promised day and the last day by law; items done on the spot have no promised one.

    None when the release is not at the hall, which leaves all open rather than stopping the clerk.
    """
    try:
        item = services.releases.of(case.release).item(case.item)
    except LookupError:
        return None
    today, law = clock.today(), item.statutory
    legal_on = workdays.after(today, law.value, law.unit) if law else None
    if item.case_type == "instant":
        return None, legal_on
    return workdays.after(today, item.promised.value, item.promised.unit), legal_on


def _tell(
    session: Session,
    services: Services,
    case: Case,
    verb: str,
    clerk: str,
    note: str,
    reasons: tuple[str, ...],
) -> None:
    kind = FACTS[verb]
    body: dict[str, Any] = {
        "state": case.state,
        "by": clerk,
        "note": note.strip(),
        "reasons": list(reasons),
        "due_on": case.due_on.isoformat() if case.due_on else None,
        # What of the terminal's own entries this decision already knew of.
        "after_entry": ledger.last_of_subject(session, case.terminal_id, case.id),
    }
    key = keys.fetch(session, services.keyring, [case.id])[case.id]
    sealed = bodies.seal(key, case.id, kind, body)
    now = int(clock.now().timestamp() * 1_000_000)
    feed.publish(session, case.terminal_id, kind, case.id, sealed, now)


def refuse_if_held(case: Case, clerk: str) -> None:
    """Raise Conflict when a colleague of `clerk` holds the case."""
    if case.holder not in (None, clerk):
        raise Conflict("case_held", Text("另一位同事正在办理。", "A colleague is working on it."))


def locked(session: Session, case_id: str) -> Case:
    """Return the case, locked after its terminal: the order in which ``ingest`` locks too.

    NotFound when there is none.
    """
    its = select(Case.terminal_id).where(Case.id == case_id).scalar_subquery()
    query = select(Terminal.terminal_id).where(Terminal.terminal_id == its).with_for_update()
    if session.scalar(query) is None:
        raise NotFound("case_unknown", Text("没有这个办件。", "There is no such case."))
    return session.get_one(Case, case_id, with_for_update=True)
