"""Promises of cases to bring a document later (容缺), as rows that a clock can look through.

The promise itself is in the case's entries, signed; here is only until when, so that nobody has to
open every case to find what is due. The same at terminal and hall. Neighbours: `deferral` fixes the
day, `overdue` draws the conclusion at the hall, `old_promises` reads those of older versions.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from kiosk.cases.deferral import first_day
from kiosk.cases.help import services as table
from kiosk.cases.help.model import TABLE, change, forget, promise_row, row_of
from kiosk.cases.history import current_body
from sync.keys import Wrapper
from sync.tables import Executor


def note_new(
    session: Executor, case: Mapping[str, Any], body: Mapping[str, Any], on_day: date
) -> None:
    """Keep what a new case promises, if it promises anything.

    ``case`` has id, item, terminal_id and station_code. The agent is that of the body's help.
    """
    row = row_for(case, body, on_day)
    if row is not None:
        session.execute(TABLE.insert(), row)


def row_for(
    case: Mapping[str, Any], body: Mapping[str, Any], on_day: date
) -> dict[str, Any] | None:
    """Return the row of what a new case promises; None when it promises nothing."""
    due = first_day(body["attachments"])
    if due is None:
        return None
    return promise_row(case, due, (body.get("help") or {}).get("agent"), on_day)


def note(session: Executor, case: Mapping[str, Any], body: Mapping[str, Any], on_day: date) -> None:
    """Do so for a correction; one that promises nothing more settles what was promised."""
    due, before = first_day(body["attachments"]), row_of(session, case["id"])
    if before is None or before.state == table.UNREAD:
        forget(session, case["id"])
        note_new(session, case, body, on_day)
    elif due is not None:
        change(session, case["id"], due_on=due, state=table.OPEN)
    elif before.state == table.OPEN:
        change(session, case["id"], state=table.DONE)


def settle(session: Session, keyring: Wrapper, case_id: str) -> None:
    """Settle the promise of a case when nothing is outstanding any more. Idempotent."""
    before = row_of(session, case_id)
    if before is None or before.state != table.OPEN:
        return
    session.flush()
    body = current_body(session, keyring, case_id)
    due = first_day(body["attachments"]) if body else None
    change(session, case_id, state=table.OPEN if due else table.DONE, due_on=due or before.due_on)


def reopen(session: Session, keyring: Wrapper, case_id: str) -> date | None:
    """Return by when something is due in a case, as it stands after a refusal; None without.

    A document that the hall has not taken is owed again. Idempotent. ValueError or LookupError when
    the case does not open here.
    """
    body = current_body(session, keyring, case_id)
    due = first_day(body["attachments"]) if body else None
    before = row_of(session, case_id)
    if due is not None and before is not None and before.state == table.DONE:
        change(session, case_id, state=table.OPEN, due_on=due)
    return due


def lapse(session: Executor, case_id: str) -> None:
    """Note that the promise was not kept. Idempotent."""
    change(session, case_id, state=table.LAPSED)
