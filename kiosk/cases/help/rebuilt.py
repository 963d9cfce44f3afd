"""Terminal: rows of the help service made again of entries that came back after a restore.

What was legal when it was written is taken; the hall's verdicts come afterwards by the feed.
Neighbours: ``kiosk.cases.rebuilding`` calls, ``replaying`` does the like at the hall.
"""

from contextlib import suppress
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from kiosk.cases.help import services as table
from kiosk.cases.help.model import HelpRecord
from kiosk.cases.model import token_hash
from sync.envelope import Entry
from sync.state import Peer


def opened(session: Session, peer: Peer, entry: Entry, body: dict[str, Any]) -> None:
    """Make the record's row; KeyError or ValueError for what is not known here."""
    number = body.get("number")
    session.add(
        HelpRecord(
            id=entry.subject,
            kind=body["service"],
            state=table.SERVICES[body["service"]].first,
            item=str(body["item"])[:16],
            agent=body.get("agent"),
            case_id=body.get("case"),
            on_day=date.fromisoformat(body["day"]),
            terminal_id=peer.terminal_id,
            station_code=peer.station_code,
            number_hash=token_hash(str(number)) if number else None,
        )
    )
    session.flush()


def stepped(session: Session, entry: Entry, body: dict[str, Any]) -> None:
    """Take the step when it is legal now, as the hall did; LookupError without the record."""
    row = session.get(HelpRecord, entry.subject)
    if row is None:
        raise LookupError("the record is not here")
    with suppress(table.Illegal):
        row.state = table.next_state(row.kind, row.state, str(body["step"]))
    row.agent = row.agent or body.get("agent")
    row.case_id = row.case_id or body.get("case")
    session.flush()
