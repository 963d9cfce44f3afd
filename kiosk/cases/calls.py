"""Certificate calls and the cases they were made for.

A call is made with the person's consent, counted at once (`kiosk.materials.certificate_calls`), and
travels in the body of its case: who asked, when, for which certificate, for which purpose, with
which result. Source: State Council Regulation on Online Government Services, articles 9 to 11;
what is kept of a call follows the same. Neighbours: `kiosk.materials.certificates` asks, `drafts`
holds what was found until the case is made, `replay` counts at the hall.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk import clock
from kiosk.app_services import Services
from kiosk.db import writing
from kiosk.materials import certificates
from kiosk.materials.certificate_calls import CertificateCall
from kiosk.materials.certificates import Away, NotHeld, Result, Wanted

log = structlog.get_logger(__name__)

_LENGTHS = {"id": 36, "type": 40, "purpose": 16, "result": 12, "requirement": 80, "at": 40}


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of a call: its record, and the certificate as an attachment holds it, or None."""

    call: dict[str, Any]
    certificate: dict[str, Any] | None


def ask(
    services: Services, wanted: Wanted, requirement: str, purpose: str, operator: str | None
) -> Asked:
    """Ask for a certificate and count the call; ``purpose`` is the code of the item applied for.

    Who is asked about must have agreed. Never raises for what the service does: that is the result.
    Each call is another one.
    """
    source = certificates.source(services.config.certificates)
    call, now = clock.new_id(), clock.now()
    found, result = None, "unavailable"
    try:
        if source is not None:
            found, result = source.fetch(wanted, purpose), "found"
    except NotHeld:
        result = "not_found"
    except Away:
        log.warning("certificate_service_away", type=wanted.type)
    _count(services, call, now, wanted.type, purpose, result)
    record = {
        "id": call,
        "at": now.isoformat(),
        "by": operator,
        "type": wanted.type,
        "requirement": requirement,
        "purpose": purpose,
        "consent": True,
        "result": result,
    }
    if found is None:
        return Asked(record, None)
    certificate = {
        "call": call,
        "holder": wanted.mark(call),
        "type": found.type,
        "reference": found.reference,
        "issuer": {"zh": found.issuer.zh, "en": found.issuer.en},
        "valid_until": found.valid_until.isoformat() if found.valid_until else None,
    }
    return Asked(record, certificate)


def _count(
    services: Services, call: str, at: datetime, kind: str, purpose: str, result: Result | str
) -> None:
    station = services.station
    row = CertificateCall(
        id=call,
        at=at,
        type=kind,
        purpose=purpose,
        result=result,
        station_code=station.code if station else "",
    )
    with writing() as session:
        session.add(row)


def are_calls(value: Any) -> bool:
    """Tell whether this is what a case's body says of its calls."""
    return isinstance(value, list) and all(map(_is_call, value))


def _is_call(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    texts = (value.get(name) for name in _LENGTHS)
    fits = all(
        isinstance(text, str) and 0 < len(text) <= most
        for text, most in zip(texts, _LENGTHS.values(), strict=True)
    )
    return fits and _instant(value["at"]) is not None and isinstance(value.get("by"), str | None)


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None


def note(session: Session, station_code: str, calls: Sequence[Mapping[str, Any]]) -> None:
    """Hall: count calls that came with a case. Those of a bundle come with each of its cases."""
    if not calls:
        return
    ids = [call["id"] for call in calls]
    known = set(
        session.scalars(select(CertificateCall.id).where(CertificateCall.id.in_(ids))).all()
    )
    for call in calls:
        if call["id"] not in known:
            known.add(call["id"])
            session.add(
                CertificateCall(
                    id=call["id"],
                    at=datetime.fromisoformat(call["at"]),
                    type=call["type"],
                    purpose=call["purpose"],
                    result=call["result"],
                    station_code=station_code,
                )
            )
    session.flush()
