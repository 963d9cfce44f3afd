"""What clerks do with a case beside deciding: written here and in the audit log, in one commit.

Nothing of it travels: it says how the desk works, not what is decided. Neighbours: ``desk``,
``passing_on``, ``pausing`` and ``checking`` write, the page of a case reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases import bodies
from kiosk.cases.desk_model import DeskEvent
from kiosk.cases.model import Case
from kiosk.clock import new_id
from kiosk.operators import audit
from sync import keys

TAKEN, HANDED_OVER, RELEASED = "taken", "handed_over", "released"
ROUTED, PAUSED, RESUMED, CHECKED = "routed", "paused", "resumed", "checked"
VERIFIED = "promise_verified"
KINDS = (TAKEN, HANDED_OVER, RELEASED, ROUTED, PAUSED, RESUMED, CHECKED, VERIFIED)


@dataclass(frozen=True, slots=True)
class Event:
    """One of them, opened; `body` is empty when the case's key is gone."""

    kind: str
    at: datetime
    by: str
    body: Mapping[str, Any]


def note(
    session: Session,
    services: Services,
    case: Case,
    kind: str,
    by: str,
    body: Mapping[str, Any] | None = None,
    told: Mapping[str, str | int] | None = None,
) -> None:
    """Write one event in the caller's transaction; `body` is sealed, `told` goes into the audit.

    Call it last: the audit lets one transaction after the other write.
    """
    note_each(session, services, {case.id: body or {}}, kind, by)
    audit.record(session, f"case.{kind}", case.id, by, told)


def note_each(
    session: Session,
    services: Services,
    told: Mapping[str, Mapping[str, Any]],
    kind: str,
    by: str,
) -> None:
    """Write one event for each case, by its id what is said of it; the caller records the act."""
    own = keys.fetch(session, services.keyring, told)
    session.add_all(
        DeskEvent(
            id=new_id(),
            case_id=case_id,
            kind=kind,
            at=clock.now(),
            by=by,
            body=_sealed(own.get(case_id), case_id, kind, body),
        )
        for case_id, body in told.items()
    )


def sealed(
    session: Session, services: Services, case: Case, kind: str, body: Mapping[str, Any]
) -> bytes:
    """Return `body` sealed with the case's key; empty when the key is gone and nothing is said."""
    key = keys.fetch(session, services.keyring, [case.id]).get(case.id)
    return _sealed(key, case.id, kind, body)


def _sealed(key: bytes | None, case_id: str, kind: str, body: Mapping[str, Any]) -> bytes:
    return b"" if key is None else bodies.seal(key, case_id, f"desk.{kind}", dict(body))


def of_case(session: Session, services: Services, case_id: str) -> list[Event]:
    """Return the events of a case, the first first."""
    key = keys.fetch(session, services.keyring, [case_id]).get(case_id)
    query = select(DeskEvent).where(DeskEvent.case_id == case_id)
    return [
        Event(row.kind, row.at, row.by, opened(key, case_id, row.kind, row.body))
        for row in session.scalars(query.order_by(DeskEvent.at, DeskEvent.id))
    ]


def opened(key: bytes | None, case_id: str, kind: str, body: bytes | None) -> Mapping[str, Any]:
    """Return what was sealed, empty without the case's key."""
    if key is None or not body:
        return {}
    return bodies.open_sealed(key, case_id, f"desk.{kind}", body)
