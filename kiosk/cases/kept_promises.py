"""Hall: written promises (告知承诺) that were decided on without proof, and whether they were kept.

Approving such a case begins the time to verify it; who verifies says what was found and, when the
promise was broken, what followed. The decision itself is taken back by the department in a
procedure of its own; here it is recorded that it was. Source: General Office of the State Council,
〔2020〕42: promise in writing, then check; a false one is corrected or the decision revoked. Two
months are a design choice, not confirmed. Neighbours: ``desk`` decides, ``deferral`` is about
documents.
"""

from datetime import date

from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases import desk_events
from kiosk.cases.desk_model import KeptPromise
from kiosk.cases.history import current_body
from kiosk.cases.model import Case
from kiosk.db import writing
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound

OPEN, KEPT, CORRECTED, REVOKED = "open", "kept", "corrected", "revoked"
FOUND = (KEPT, CORRECTED, REVOKED)
CHECK_MONTHS = 2
MAX_NOTE = 500


def begin(session: Session, services: Services, case: Case) -> None:
    """Note that a promise is to be verified, if the case that is approved was given one."""
    try:
        item = services.releases.of(case.release).item(case.item)
    except LookupError:
        return
    if item.commitment is None or session.get(KeptPromise, case.id) is not None:
        return
    body = current_body(session, services.keyring, case.id)
    if body and body.get("commitment"):
        session.add(KeptPromise(case_id=case.id, check_by=months_later(clock.today()), state=OPEN))


def months_later(day: date, months: int = CHECK_MONTHS) -> date:
    """Return the same day so many months later, or the last day of a month that is shorter."""
    whole = day.month - 1 + months
    year, month = day.year + whole // 12, whole % 12 + 1
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def settle(services: Services, case_id: str, clerk: str, found: str, note: str) -> None:
    """Say what was found: kept, corrected by order, or that the decision was revoked.

    Invalid for an unknown result, or without words when it was not kept; Conflict when it was
    settled before; NotFound.
    """
    if found not in FOUND:
        message = Text("请选择核查结果。", "Choose what was found.")
        raise Invalid("found_invalid", message, (FieldProblem("found", "invalid", message),))
    if len(note) > MAX_NOTE or (found != KEPT and not note):
        message = Text(
            f"请写明核查情况，最多 {MAX_NOTE} 字。",
            f"Say what was found, in at most {MAX_NOTE} characters.",
        )
        raise Invalid("note_invalid", message, (FieldProblem("note", "invalid", message),))
    with writing() as session:
        promise = session.get(KeptPromise, case_id, with_for_update=True)
        case = session.get(Case, case_id)
        if promise is None or case is None:
            raise NotFound("promise_unknown", Text("没有这项承诺。", "There is no such promise."))
        if promise.state != OPEN:
            raise Conflict("promise_settled", Text("已经核查过。", "It was verified already."))
        promise.state, promise.at, promise.by = found, clock.now(), clerk
        said = {"found": found, "note": note}
        promise.body = desk_events.sealed(session, services, case, desk_events.VERIFIED, said)
        desk_events.note(
            session, services, case, desk_events.VERIFIED, clerk, said, {"found": found}
        )
