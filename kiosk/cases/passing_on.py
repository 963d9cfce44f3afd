"""Hall: who holds a case and which department decides it: hand over, release, send elsewhere.

Taken in at one window (综合窗口), decided by the item's department unless a clerk sends it to
another, with a reason. No terminal is told: it is how the hall works. Neighbours: ``desk.take``
begins a hold, ``desk_events`` keeps who did what.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases import desk_events, lifecycle
from kiosk.cases.desk import locked, refuse_if_held
from kiosk.cases.model import Case
from kiosk.db import during_none, reading, writing
from kiosk.errors import Conflict, FieldProblem, Invalid
from kiosk.operators import audit, departments
from kiosk.operators.model import Operator
from sync import bulk
from sync.ledger import Terminal
from sync.tables import table_of

#: Who may decide, and so hold a case.
HOLDERS = ("clerk", "admin")
MAX_REASON = 500
#: So many cases are put back in one commit: nobody who decides waits for longer than that takes.
PORTION = 200


def hand_over(services: Services, case_id: str, clerk: str, to: str, note: str = "") -> None:
    """Give a case that one holds to a colleague; an admin may give anybody's.

    Conflict when another holds it, Invalid for a colleague who cannot decide it, NotFound.
    """
    with writing() as session:
        during_none(session, departments.CHANGE)
        case = _open(session, case_id)
        _check_holder(session, case, clerk)
        colleague = session.get(Operator, to)
        if colleague is None or colleague.id not in colleagues(session, services, case):
            raise _wrong("to", "请选择一位在岗的同事。", "Choose a colleague who may decide.")
        case.holder, case.held_at = to, clock.now()
        body = {"to": to, "note": note[:MAX_REASON]}
        desk_events.note(session, services, case, desk_events.HANDED_OVER, clerk, body, {"to": to})


def colleagues(session: Session, services: Services, case: Case) -> dict[str, str]:
    """Return who may be given a case, by id their names: who decides and has it within reach."""
    told = departments.distribution(session)
    department = told.of(services.catalogue, case.item, case.department)
    query = select(Operator).where(Operator.active, Operator.role.in_(HOLDERS))
    return {
        each.id: each.display_name
        for each in session.scalars(query.order_by(Operator.display_name))
        if departments.may_have(each, department)
    }


def free(session: Session, services: Services, operator: str, by: str) -> None:
    """Put back all open cases that an account holds, which may hold them no more.

    The caller commits, and records what it changed afterwards: whoever records lets others wait.
    """
    held = select(Case.id).where(Case.holder == operator, Case.state.in_(lifecycle.LIVE))
    found = _locked(session, session.scalars(held).all())
    cases = [case for case in found if case.holder == operator]
    _put_back(session, services, cases, by)
    if cases:
        told = {"count": len(cases)}
        audit.record(session, "account.cases_put_back", operator, by, told)


def free_beyond(services: Services, department: str, by: str) -> None:
    """Put back the open cases whose holders have them no more, since departments were changed.

    To be called when that change of `department` is committed. Nobody waits for all of them: each
    `PORTION` is a commit with a record. Idempotent; what a killed program left is put back then.
    """
    beyond = _held_beyond(services)
    for begin in range(0, len(beyond), PORTION):
        portion = dict(beyond[begin : begin + PORTION])
        with writing() as session:
            cases = [case for case in _locked(session, portion) if case.holder == portion[case.id]]
            _put_back(session, services, cases, by)
            if cases:
                told = {"count": len(cases)}
                audit.record(session, "department.cases_put_back", department, by, told)


def _held_beyond(services: Services) -> list[tuple[str, str]]:
    """Return the open cases whose holders have them no more, and these, by terminals.

    No others come meanwhile: who takes a case is asked for the reach (`desk.take`).
    """
    held = (
        select(Case.id, Case.item, Case.department, Operator)
        .join(Operator, Operator.id == Case.holder)
        .where(Case.state.in_(lifecycle.LIVE))
        .order_by(Case.terminal_id, Case.id)
    )
    with reading() as session:
        told = departments.distribution(session)
        return [
            (case_id, person.id)
            for case_id, item, sent_to, person in session.execute(held)
            if not departments.may_have(person, told.of(services.catalogue, item, sent_to))
        ]


def release(services: Services, case_id: str, clerk: str) -> None:
    """Put a case back for everybody; an admin may free one that somebody else holds.

    Conflict when another holds it, NotFound. Idempotent.
    """
    with writing() as session:
        case = locked(session, case_id)
        _check_holder(session, case, clerk)
        if case.holder is None:
            return
        _free(session, services, case, clerk)


def route(
    services: Services,
    case_id: str,
    clerk: str,
    department: str,
    reason: str,
    known: Collection[str],
) -> None:
    """Send a case to another department, which is held by nobody there.

    `department` is one of `known`, by its Chinese name. Conflict when a colleague holds the case or
    it is closed, Invalid without a reason or for an unknown department, NotFound.
    """
    if department not in known:
        raise _wrong("department", "没有这个部门。", "There is no such department.")
    if not reason or len(reason) > MAX_REASON:
        raise _wrong(
            "reason",
            f"请写明理由，最多 {MAX_REASON} 字。",
            f"Say why, in at most {MAX_REASON} characters.",
        )
    with writing() as session:
        case = _open(session, case_id)
        _check_holder(session, case, clerk)
        before, case.department = case.department, department
        case.holder, case.held_at = None, None
        body = {"from": before, "to": department, "reason": reason}
        desk_events.note(
            session, services, case, desk_events.ROUTED, clerk, body, {"to": department}
        )


def _locked(session: Session, case_ids: Collection[str]) -> Sequence[Case]:
    """Return those of these cases that are open, locked in the order of `desk.locked`."""
    wanted = bulk.among(session, table_of(Case).c.id, case_ids)
    its = select(Case.terminal_id).where(wanted)
    terminals = select(Terminal.terminal_id).where(Terminal.terminal_id.in_(its))
    session.execute(terminals.order_by(Terminal.terminal_id).with_for_update()).all()
    cases = select(Case).where(wanted, Case.state.in_(lifecycle.LIVE)).order_by(Case.id)
    return session.scalars(cases.with_for_update()).all()


def _put_back(session: Session, services: Services, cases: Sequence[Case], by: str) -> None:
    """Let nobody hold these cases; the caller records it."""
    told = {case.id: {"from": case.holder or ""} for case in cases}
    for case in cases:
        case.holder, case.held_at = None, None
    desk_events.note_each(session, services, told, desk_events.RELEASED, by)


def _free(session: Session, services: Services, case: Case, by: str) -> None:
    body = {"from": case.holder or ""}
    case.holder, case.held_at = None, None
    desk_events.note(session, services, case, desk_events.RELEASED, by, body, body)


def _open(session: Session, case_id: str) -> Case:
    case = locked(session, case_id)
    if case.state in lifecycle.FINAL:
        raise Conflict("step_illegal", Text("办件已办结。", "The case is closed."))
    return case


def _check_holder(session: Session, case: Case, clerk: str) -> None:
    acting = session.get(Operator, clerk)
    if acting is None or acting.role != "admin":
        refuse_if_held(case, clerk)


def _wrong(path: str, zh: str, en: str) -> Invalid:
    message = Text(zh, en)
    return Invalid(f"{path}_invalid", message, (FieldProblem(path, "invalid", message),))
