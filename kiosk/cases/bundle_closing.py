"""Hall: how the cases of a bundle (一件事) stand together, and the one result that ends it.

Each case is decided by itself. When all are, the lead department (牵头部门) states one result for
the whole, once; it travels as the decision of one of the cases told again, with the result beside
it, so that a station of an older program shows it as a note. Neighbours: ``desk`` decides,
``bundle_arrival`` knows whether all are here, ``history`` knows such a fact, ``kiosk.hall.leading``
says whose a bundle is.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases import bodies, bundle_arrival, history, lifecycle
from kiosk.cases.desk import locked
from kiosk.cases.desk_model import ClosedBundle
from kiosk.cases.model import Case
from kiosk.db import writing
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.operators import audit
from sync import feed, keys, ledger

#: States of a case of which nothing is left to decide.
DECIDED = frozenset({lifecycle.APPROVED, *lifecycle.FINAL})
#: The hall has said something of these, which can be told again.
TOLD = (lifecycle.APPROVED, lifecycle.REFUSED, lifecycle.DELIVERED)
MAX_RESULT = 1000


def members(session: Session, bundle_id: str) -> list[Case]:
    """Return the cases of a bundle in their order; NotFound.

    An id alone could be made up by another terminal: only cases of the first one's terminal count.
    """
    first = session.get(Case, bundle_id)
    if first is None or first.bundle_id != first.id:
        raise unknown()
    query = select(Case).where(Case.bundle_id == bundle_id, Case.terminal_id == first.terminal_id)
    return list(session.scalars(query.order_by(Case.id)))


def close(services: Services, bundle_id: str, clerk: str, result: str) -> None:
    """State the result of a bundle whose cases are all decided, and tell its terminal.

    Conflict while one is open or not here yet, when it was closed before, when all were withdrawn,
    and when no key is left; Invalid without words; NotFound. Whether the clerk may is asked before.
    """
    if not result or len(result) > MAX_RESULT:
        message = Text(
            f"请写明整件事的办理结果，最多 {MAX_RESULT} 字。",
            f"State the result of the whole, in at most {MAX_RESULT} characters.",
        )
        raise Invalid("result_invalid", message, (FieldProblem("result", "invalid", message),))
    with writing() as session:
        locked(session, bundle_id)
        cases = members(session, bundle_id)
        _check(session, services, cases)
        case, key = _tellable(session, services, cases)
        _tell(session, services, (case, key), clerk, result)
        closed = ClosedBundle(bundle_id=bundle_id, at=clock.now(), by=clerk, told_with=case.id)
        session.add(closed)
        audit.record(session, "bundle.closed", bundle_id, clerk, {"bundle": case.bundle or ""})


def can_be_told(session: Session, services: Services, cases: Sequence[Case]) -> bool:
    """Tell whether a result of these cases, once all are decided, has something to travel with."""
    return bool(_keys_of_told(session, services, cases))


def result_of(session: Session, services: Services, closed: ClosedBundle) -> str:
    """Return the words of the result; empty when the key of the case is destroyed."""
    found = history.facts(session, services.keyring, closed.told_with)
    said = [fact.body for fact in found if fact.kind == history.BUNDLE_CLOSED]
    return str(said[-1][history.RESULT]) if said and said[-1] else ""


def _check(session: Session, services: Services, cases: Sequence[Case]) -> None:
    if session.get(ClosedBundle, cases[0].id) is not None:
        raise Conflict(
            "bundle_closed", Text("这件事已经告知过结果。", "Its result was stated before.")
        )
    left = [_name(services, case) for case in cases if case.state not in DECIDED]
    if left:
        zh, en = "、".join(name.zh for name in left), ", ".join(name.en for name in left)
        raise Conflict(
            "bundle_open",
            Text(
                f"还有 {len(left)} 项没有办结：{zh}。全部办结后才能告知整件事的结果。",
                f"Not decided yet: {en}. The result of the whole is stated when all are.",
            ),
        )
    if bundle_arrival.stands_apart(session, cases[0]):
        raise Conflict(
            "bundle_incomplete",
            Text(
                "这件事还有事项被隔离，没有成为办件；请先由管理员处理。",
                "An entry of this bundle stands in quarantine and is no case yet. An admin has to "
                "settle it first.",
            ),
        )
    if not bundle_arrival.is_whole(session, services.keyring, cases):
        raise Conflict(
            "bundle_arriving",
            Text(
                "这件事的事项还没有全部传到大厅，请等站点传齐后再告知结果。",
                "Not all of this bundle has arrived from its station yet. Wait until it has.",
            ),
        )


def _keys_of_told(session: Session, services: Services, cases: Sequence[Case]) -> dict[str, bytes]:
    told = [case.id for case in cases if case.state in TOLD]
    return keys.fetch(session, services.keyring, told)


def _tellable(session: Session, services: Services, cases: Sequence[Case]) -> tuple[Case, bytes]:
    """Return the first case that can be told of again, and its key."""
    if all(case.state not in TOLD for case in cases):
        raise Conflict(
            "bundle_withdrawn",
            Text(
                "各事项都已撤回，没有结果可告知。",
                "All of it was withdrawn; no result is left to state.",
            ),
        )
    left = _keys_of_told(session, services, cases)
    case = next((each for each in cases if each.id in left), None)
    if case is None:
        raise Conflict(
            "case_wiped", Text("办件密钥已销毁。", "The key of the case has been destroyed.")
        )
    return case, left[case.id]


def _tell(
    session: Session, services: Services, told: tuple[Case, bytes], clerk: str, result: str
) -> None:
    case, key = told
    kind = f"case.{case.state}"
    said = [
        fact.body for fact in history.facts(session, services.keyring, case.id) if fact.kind == kind
    ]
    body: dict[str, Any] = {
        "state": case.state,
        "by": clerk,
        # What a program shows that knows no results of bundles.
        "note": result,
        "reasons": list((said[-1] or {}).get("reasons", ())) if said else [],
        "due_on": case.due_on.isoformat() if case.due_on else None,
        "after_entry": ledger.last_of_subject(session, case.terminal_id, case.id),
        history.RESULT: result,
    }
    now = int(clock.now().timestamp() * 1_000_000)
    feed.publish(
        session, case.terminal_id, kind, case.id, bodies.seal(key, case.id, kind, body), now
    )


def _name(services: Services, case: Case) -> Text:
    try:
        return services.releases.of(case.release).item(case.item).name
    except LookupError:
        return Text(case.item, case.item)


def unknown() -> NotFound:
    """Return the refusal of a bundle that is not here, or not for who asks."""
    return NotFound(
        "bundle_unknown",
        Text(
            "没有这件“一件事”，或不由您的部门牵头。",
            "No such bundle, or another department leads it.",
        ),
    )
