"""The terminal's verbs of the help service: open a record, take a step. Each is in one commit.

Row, key and journal entry are of one transaction; what was said lies sealed in the entry, whose
subject is the record. Neighbours: `services` says what is possible, `replaying` does the same at
the hall, `reading` reads back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock, crypto
from kiosk.app_services import Services
from kiosk.cases import storing
from kiosk.cases.help import services as table
from kiosk.cases.help.model import TABLE, HelpRecord, change, row_of
from kiosk.cases.model import token_hash
from kiosk.db import reading, writing
from kiosk.errors import Conflict, NotFound
from sync import journal, keys
from sync.state import Peer
from sync.tables import Executor

OPENED, STEPPED = "help.opened", "help.step"
Details = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Opening:
    """A service that begins: its kind, for which item, by whom, on which day, and what was said.

    ``number`` is what a resident finds it by; ``materials`` are pictures kept here, as in
    `storing.claim`, and ``lender`` is the record that had them.
    """

    kind: str
    item: str
    agent: str | None
    details: Details
    day: date
    case_id: str | None = None
    number: str | None = None
    materials: Mapping[str, str] = field(default_factory=dict)
    lender: str | None = None


def open_record(services: Services, opening: Opening) -> str:
    """Open a record and return its id after COMMIT; Unavailable before the terminal is enrolled."""
    with writing() as session:
        record_id = add(session, services, storing.station(session), clock.new_id(), opening)
    services.doorbell.ring("push")
    return record_id


def take(
    services: Services,
    record_id: str,
    code: str,
    agent: str | None,
    details: Details,
    case_id: str | None = None,
) -> None:
    """Take one step after COMMIT; NotFound, Conflict ``step_illegal`` when it does not fit now."""
    with writing() as session:
        peer = storing.station(session)
        step(
            session, services, peer, known(session, peer, record_id), code, agent, details, case_id
        )
    services.doorbell.ring("push")


def add(
    session: Executor, services: Services, peer: Row[Any], record_id: str, opening: Opening
) -> str:
    """Write row, key and entry of a new record; the caller commits. Invalid for lost pictures."""
    files = storing.claim(session, services, opening.materials, record_id, opening.lender)
    number_hash = token_hash(opening.number) if opening.number else None
    session.execute(
        TABLE.insert(),
        {
            "id": record_id,
            "kind": opening.kind,
            "state": table.SERVICES[opening.kind].first,
            "item": opening.item,
            "agent": opening.agent,
            "case_id": opening.case_id,
            "on_day": opening.day,
            "due_on": None,
            "terminal_id": peer.terminal_id,
            "station_code": peer.station_code,
            "number_hash": number_hash,
        },
    )
    key = crypto.new_key()
    keys.add(session, services.keyring, record_id, key)
    body = {
        "service": opening.kind,
        "item": opening.item,
        "agent": opening.agent,
        "day": opening.day.isoformat(),
        "case": opening.case_id,
        "number": opening.number,
        "details": dict(opening.details),
        "files": dict(files),
    }
    _append(session, peer, record_id, OPENED, key, body, first=True)
    return record_id


def step(
    session: Executor,
    services: Services,
    peer: Row[Any],
    row: Any,
    code: str,
    agent: str | None,
    details: Details,
    case_id: str | None = None,
) -> None:
    """Write one step of a record that is at hand; the caller commits. Conflict, Unavailable."""
    try:
        state = table.next_state(row.kind, row.state, code)
    except (table.Illegal, KeyError) as error:
        raise Conflict(
            "step_illegal",
            Text("现在不能这样做，记录已有变化。", "Not possible now: the record has gone on."),
        ) from error
    key = keys.fetch(session, services.keyring, [row.id]).get(row.id)
    if key is None:
        raise NotFound("help_unknown", Text("没有这条记录。", "There is no such record."))
    change(
        session,
        row.id,
        state=state,
        agent=row.agent or agent,
        case_id=row.case_id or case_id,
    )
    body = {"step": code, "agent": agent, "case": case_id, "details": dict(details)}
    _append(session, peer, row.id, STEPPED, key, body)


def end_left(session: Session, services: Services) -> int:
    """End the help of days before that nobody has ended; return how many. The caller commits."""
    peer = session.get(Peer, 1)
    if peer is None or peer.recovery is not None:
        return 0
    left = select(TABLE).where(
        TABLE.c.kind == table.ASSIST,
        TABLE.c.state == table.OPEN,
        TABLE.c.on_day < clock.today(),
    )
    rows = session.execute(left).all()
    for row in rows:
        step(session, services, storing.station(session), row, "end", None, {})
    return len(rows)


def known(session: Executor, peer: Row[Any], record_id: str) -> Any:
    """Return the row of a record of this station; NotFound, also for one of another station."""
    row = row_of(session, record_id)
    if row is None or row.station_code != peer.station_code:
        raise NotFound("help_unknown", Text("没有这条记录。", "There is no such record."))
    return row


def row(record_id: str) -> HelpRecord | None:
    """Return the record's row as it is now, or None."""
    with reading() as session:
        return session.get(HelpRecord, record_id)


def _append(
    session: Executor,
    peer: Row[Any],
    record_id: str,
    kind: str,
    key: bytes,
    body: dict[str, Any],
    first: bool = False,
) -> None:
    files = body.get("files", {})
    fact = storing.fact_of(peer, key, record_id, kind, body, files, clock.now())
    journal.append(session, fact, peer.epoch, first=first)
