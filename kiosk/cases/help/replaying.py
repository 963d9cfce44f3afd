"""Hall: what a terminal's entries about help mean (`help.opened`, `help.step`).

Called by `replay` in the transaction that keeps the entry. What cannot be understood raises, and
is quarantined; a step that is illegal by now is refused.
"""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from kiosk.cases.help import services as table
from kiosk.cases.help.model import HelpRecord
from kiosk.cases.model import token_hash
from sync import quarantine
from sync.envelope import Entry
from sync.ingest import Refusal
from sync.ledger import Terminal


class Misshapen(ValueError):
    """An entry about help that says something this hall does not know."""


def opened(session: Session, terminal: Terminal, entry: Entry, body: dict[str, Any]) -> None:
    """Make the record's row; Misshapen for an unknown kind or another shape."""
    kind, number = str(body.get("service")), body.get("number")
    if kind not in table.SERVICES or not isinstance(body.get("details"), dict):
        raise Misshapen("a service of this kind is not known here")
    session.add(
        HelpRecord(
            id=entry.subject,
            kind=kind,
            state=table.SERVICES[kind].first,
            item=str(body["item"])[:16],
            agent=_text(body.get("agent")),
            case_id=_text(body.get("case")),
            on_day=date.fromisoformat(body["day"]),
            terminal_id=terminal.terminal_id,
            station_code=terminal.station_code,
            number_hash=token_hash(str(number)) if number else None,
        )
    )
    session.flush()


def stepped(session: Session, terminal: Terminal, entry: Entry, body: dict[str, Any]) -> None:
    """Take the step; Refusal when it is illegal now, Misshapen for an unknown one."""
    row = session.get(HelpRecord, entry.subject, with_for_update=True)
    if row is None:
        quarantine.refuse_if_set_aside(session, terminal, entry)
    if row is None or row.terminal_id != terminal.terminal_id:
        raise Misshapen("the record is not one of this terminal's")
    code = str(body.get("step"))
    if code not in table.SERVICES[row.kind].steps or not isinstance(body.get("details"), dict):
        raise Misshapen("a step of this kind is not known here")
    try:
        row.state = table.next_state(row.kind, row.state, code)
    except table.Illegal as error:
        raise Refusal(str(error)) from error
    row.agent = row.agent or _text(body.get("agent"))
    row.case_id = row.case_id or _text(body.get("case"))
    session.flush()


def _text(value: Any) -> str | None:
    if value is not None and (not isinstance(value, str) or len(value) > 36):
        raise Misshapen("an id has another shape")
    return value
