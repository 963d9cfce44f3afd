"""A case as it was handed in last, opened for printing: answers, materials, signature.

Reads only, at the terminal and at the hall alike; nothing of it is kept. Knows no paper and not
who may see what. Neighbours: `kiosk.cases.history` has the facts, `form` prints them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from forms.definition import ServiceItem, Text
from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases import history
from kiosk.cases.model import Case
from kiosk.cases.replay import Unreadable, check_version
from kiosk.crypto import decrypt
from kiosk.db import reading
from kiosk.errors import NotFound, Unavailable


@dataclass(frozen=True, slots=True)
class HandedIn:
    """The newest version of a case; `signed` is what its entry says, in the form of its release.

    In `body` what was handed in later has taken the place of what was promised for it. `token`
    opens the applicant's progress page, so that only the applicant's own copy has it.
    """

    number: str
    station_code: str
    item: ServiceItem
    release: str
    at: datetime
    body: Mapping[str, Any]
    signature: bytes | None
    signed: Mapping[str, Any]
    token: str | None = None

    @property
    def on(self) -> date:
        """The day by which its rules are judged."""
        return self.at.astimezone(clock.LOCAL).date()

    @property
    def is_drawn(self) -> bool:
        """Tell whether there is a drawn signature, be its picture here or not."""
        return bool(self.body.get("signature", {}).get("material"))


def handed_in(services: Services, case_id: str, token: str | None = None) -> HandedIn:
    """Return the case; NotFound, and Unavailable when its key or its release is not here."""
    with reading() as session:
        case = session.get(Case, case_id)
        if case is None:
            raise NotFound("case_unknown", Text("没有这个办件。", "There is no such case."))
        facts = history.facts(session, services.keyring, case_id)
    version = history.newest_version(facts)
    body = history.newest_body(facts)
    if version is None or version.body is None or body is None:
        raise _unreadable()
    try:
        check_version(version.body)
        check_version(body)
    except Unreadable as error:
        raise _unreadable() from error
    return HandedIn(
        number=case.number,
        station_code=case.station_code,
        item=services.releases.of(case.release).item(case.item),
        release=case.release,
        at=version.at,
        body=body,
        signature=_signature(services, body),
        signed=version.body,
        token=token,
    )


def _signature(services: Services, body: Mapping[str, Any]) -> bytes | None:
    material = body.get("signature", {}).get("material")
    file = body.get("files", {}).get(material)
    if file is None or not services.blobs.has(file["sha256"]):
        return None
    sealed = services.blobs.read(file["sha256"])
    try:
        return decrypt(bytes.fromhex(file["key"]), sealed, b"material:" + material.encode())
    except ValueError:
        return None


def _unreadable() -> Unavailable:
    message = Text(
        "这个办件的内容已按规定清除或读不出来，不能打印。",
        "What was handed in has been wiped, as the rules on keeping ask, or cannot be read. It "
        "cannot be printed.",
    )
    return Unavailable("case_not_printable", message)
