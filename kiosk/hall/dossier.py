"""Everything the desk shows of one case: answers in order, materials, history. Reads only.

Opens the body once and lays it out; nothing of it is kept. Neighbours: `cases.history` has the
facts, `showing` puts answers into words, `case` draws the page and decides what is uncovered.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import structlog
from sqlalchemy.orm import Session

from forms.definition import ServiceItem, Text
from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases import history, lifecycle, notices, statement
from kiosk.cases.calls import are_calls
from kiosk.cases.deadlines import Light
from kiosk.cases.desk import FACTS
from kiosk.cases.help.reading import Record, of_case
from kiosk.cases.history import Fact
from kiosk.cases.model import Case
from kiosk.cases.replay import Unreadable, check_version
from kiosk.crypto import decrypt
from kiosk.db import reading
from kiosk.errors import NotFound, Unavailable
from kiosk.hall.layout import Group, Layout, Picture, Supply
from kiosk.hall.promised import Notice, notice_of
from kiosk.hall.worklist import display_names
from sync import ledger

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the certificate service; `by` names the operator, None for the applicant."""

    type: str
    at: datetime
    by: str | None
    purpose: str
    result: str


@dataclass(frozen=True, slots=True)
class Happening:
    """One fact: recorded `at` by the clock of terminal or hall, `received_at` by the hall's."""

    kind: str
    at: datetime
    received_at: datetime | None
    by: str | None
    note: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    """One case, laid out; `item` is None without its release here.

    `body` is None without its key, or when it has no shape that can be laid out.
    """

    case: Case
    item: ServiceItem | None
    body: Mapping[str, Any] | None
    groups: tuple[Group, ...]
    supplies: tuple[Supply, ...]
    signature: Picture | None
    happenings: tuple[Happening, ...]
    holder: str | None
    light: Light | None
    verbs: tuple[str, ...]
    returned_before: bool
    #: Calls of the certificate service for it, as the terminal recorded them.
    calls: tuple[Call, ...] = ()
    #: Whether answers, materials and promises of the version are those that were signed; None where
    #: none was told.
    signed: bool | None = None
    #: What agents did for it, and the record of what was promised for later.
    help: tuple[Record, ...] = ()
    notice: Notice | None = None
    #: The printed notices that it has.
    papers: tuple[notices.Issued, ...] = ()

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """All pictures in the order of the page."""
        return tuple(picture for supply in self.supplies for picture in supply.pictures)


def open_case(services: Services, case_id: str) -> Dossier:
    """Return the case as it is now; NotFound."""
    with reading() as session:
        case = session.get(Case, case_id)
        if case is None:
            raise _unknown()
        told = history.facts(session, services.keyring, case.id, with_news=True)
        # What was told beside decisions is the desk's own doing, which its page shows apart.
        facts = [fact for fact in told if fact.kind not in history.NEWS]
        taken = history.taken_verbs(session, case.id)
        received = _received(session, case.id)
        people = display_names(session, _people(case, facts))
        helped = of_case(session, services, (case.id, case.bundle_id or ""))
    version = history.newest_version(facts)
    body = _readable(history.newest_body(facts))
    item = _item(services, case)
    day = _day_of(version)
    laid = Layout(services, item, body, day, case.terminal_id) if item and body else None
    return Dossier(
        case=case,
        item=item,
        body=body,
        groups=tuple(laid.groups()) if laid else (),
        supplies=tuple(laid.supplies()) if laid else (),
        signature=laid.signature() if laid else None,
        happenings=tuple(
            _happening(fact, received, people) for fact in facts if fact.kind.startswith("case.")
        ),
        holder=people.get(case.holder or ""),
        light=case.light(clock.today()),
        verbs=tuple(verb for verb in lifecycle.possible(case.state, taken) if verb in FACTS),
        returned_before="return" in taken,
        calls=tuple(_calls(body or {}, people)),
        # What was handed in later was not signed: it is left out here.
        help=helped,
        notice=notice_of(version, people),
        papers=notices.issued(told),
        signed=statement.holds(item, version.body) if item and version and version.body else None,
    )


def picture_of(services: Services, case_id: str, material_id: str) -> bytes:
    """Return a material of the case's present version, decrypted.

    NotFound when it is none of this case's or does not open, Unavailable while it is on the way.
    """
    with reading() as session:
        body = _readable(history.current_body(session, services.keyring, case_id))
    file = (body or {}).get("files", {}).get(material_id)
    if file is None:
        raise _unknown()
    if not services.blobs.has(file["sha256"]):
        raise Unavailable(
            "material_on_its_way", Text("中心还没有收到这份文件。", "The file is not here.")
        )
    sealed = services.blobs.read(file["sha256"])
    try:
        return decrypt(bytes.fromhex(file["key"]), sealed, b"material:" + material_id.encode())
    except ValueError as error:
        raise NotFound(
            "material_unreadable", Text("这份材料打不开。", "This material does not open.")
        ) from error


def _readable(body: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return the body, or None when its shape is none that this page can lay out."""
    if body is None:
        return None
    try:
        check_version(body)
    except Unreadable as error:
        log.error("body_not_readable", reason=str(error))
        return None
    return body


def _item(services: Services, case: Case) -> ServiceItem | None:
    try:
        return services.releases.of(case.release).item(case.item)
    except LookupError:
        return None


def _day_of(version: Fact | None) -> date:
    return version.at.astimezone(clock.LOCAL).date() if version else clock.today()


def _calls(body: Mapping[str, Any], people: Mapping[str, str]) -> Iterator[Call]:
    calls = body.get("certificate_calls", [])
    for call in calls if are_calls(calls) else ():
        at, by = datetime.fromisoformat(call["at"]), call.get("by")
        who = people.get(by, by) if by else None
        yield Call(call["type"], at, who, call["purpose"], call["result"])


def _received(session: Session, case_id: str) -> dict[tuple[str, datetime], datetime]:
    """Return when the hall received each of the terminal's facts, by kind and time of record."""
    return {
        (row.kind, datetime.fromtimestamp(row.recorded_at / 1_000_000, UTC)): row.received_at
        for row in ledger.of_subject(session, case_id)
    }


def _people(case: Case, facts: list[Fact]) -> set[str]:
    named = {str((fact.body or {}).get(key) or "") for fact in facts for key in ("by", "operator")}
    made = ((fact.body or {}).get("certificate_calls") for fact in facts)
    named |= {str(call["by"] or "") for each in made if are_calls(each) for call in each or ()}
    return (named | {case.holder or ""}) - {""}


def _happening(
    fact: Fact, received: Mapping[tuple[str, datetime], datetime], people: Mapping[str, str]
) -> Happening:
    body = fact.body or {}
    who = body.get("by") or body.get("operator")
    return Happening(
        kind=fact.kind.removeprefix("case."),
        at=fact.at,
        received_at=received.get((fact.kind, fact.at)),
        by=people.get(str(who)) if who else None,
        note=str(body.get("note") or ""),
        reasons=tuple(body.get("reasons") or ()),
    )


def _unknown() -> NotFound:
    return NotFound("case_unknown", Text("没有这个办件。", "There is no such case."))
