"""Terminal: a step of a help record that was taken at the hall (a verdict on a pre-check).

The state that the hall names is taken; what was recorded here since comes on top, as the hall will
replay it, so that both end alike. Neighbours: `feedback` calls it, `verdicts` wrote it.
"""

from contextlib import suppress
from typing import Any

from sqlalchemy.orm import Session

from kiosk.cases import bodies
from kiosk.cases.help import services as table
from kiosk.cases.help.model import HelpRecord
from kiosk.cases.help.records import STEPPED
from sync import journal, keys
from sync.feed import Item
from sync.keys import Wrapper


def heard(session: Session, wrapper: Wrapper, item: Item) -> bool:
    """Apply the item; False when its record is not here."""
    subject = str(item.subject)
    row = session.get(HelpRecord, subject)
    key = keys.fetch(session, wrapper, [subject]).get(subject)
    if row is None or key is None:
        return False
    body = bodies.open_sealed(key, subject, item.kind, item.body)
    row.state = with_later_steps(session, row.kind, key, subject, body)
    row.agent = row.agent or body.get("agent")
    return True


def with_later_steps(
    session: Session, kind: str, key: bytes, subject: str, body: dict[str, Any]
) -> str:
    """Return the state that the hall names with the steps taken here that it did not know of."""
    state = str(body["state"])
    for entry in journal.of_subject(session, subject):
        if entry.subject_seq <= body["after_entry"] or entry.kind != STEPPED:
            continue
        own = bodies.open_fact(key, entry)
        with suppress(table.Illegal):
            state = table.next_state(kind, state, own["step"])
    return state
