"""Hall: a clerk's verdict on a pre-check (网上预审), in one commit with its feed item.

Neighbours: `services` says when, `hearing` applies it at the terminal.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases import bodies
from kiosk.cases.help import services as table
from kiosk.cases.help.model import HelpRecord
from kiosk.cases.help.records import STEPPED
from kiosk.db import writing
from kiosk.errors import Conflict, NotFound
from kiosk.operators import audit
from sync import feed, keys, ledger
from sync.ledger import Terminal


def give(
    services: Services, record_id: str, code: str, clerk: str, details: Mapping[str, Any]
) -> None:
    """Say ``pass`` or ``ask`` and tell the terminal; NotFound, Conflict when it is too late."""
    with writing() as session:
        row = _locked(session, record_id)
        step = table.SERVICES[row.kind].steps.get(code)
        if row.kind != table.PRE_CHECK or step is None or not step.offered:
            raise _unknown()
        try:
            row.state = table.next_state(row.kind, row.state, code)
        except table.Illegal as error:
            message = Text("申请已正式提交或已重送。", "It was handed in or sent again meanwhile.")
            raise Conflict("step_illegal", message) from error
        row.agent = row.agent or clerk
        key = keys.fetch(session, services.keyring, [row.id]).get(row.id)
        if key is None:
            raise _unknown()
        body = {
            "step": code,
            "agent": clerk,
            "case": None,
            "details": dict(details),
            "state": row.state,
            # What of the terminal's own entries this verdict already knew of.
            "after_entry": ledger.last_of_subject(session, row.terminal_id, row.id),
        }
        sealed = bodies.seal(key, row.id, STEPPED, body)
        now = int(clock.now().timestamp() * 1_000_000)
        feed.publish(session, row.terminal_id, STEPPED, row.id, sealed, now)
        audit.record(session, "pre_check.judged", row.id, clerk, {"step": code})


def _locked(session: Session, record_id: str) -> HelpRecord:
    """Return the row, locked after its terminal: the order in which ``ingest`` locks too."""
    terminal_id = session.scalar(select(HelpRecord.terminal_id).where(HelpRecord.id == record_id))
    if terminal_id is None:
        raise _unknown()
    session.get_one(Terminal, terminal_id, with_for_update=True)
    return session.get_one(HelpRecord, record_id, with_for_update=True)


def _unknown() -> NotFound:
    return NotFound("help_unknown", Text("没有这条记录。", "There is no such record."))
