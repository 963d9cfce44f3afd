"""Promises of cases that were here before promises had rows.

Migration 0013 has no keys and leaves each open case a row that says that it was not read; here it
is read. At the terminal the worker does so at its start, at the hall `overdue` with each contact of
a station. Neighbour: `promises` keeps what is found.
"""

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk import clock
from kiosk.cases import deferral, lifecycle
from kiosk.cases.help import promises
from kiosk.cases.help import services as table
from kiosk.cases.help.model import TABLE, forget, row_of
from kiosk.cases.history import current_body
from kiosk.cases.model import Case
from sync.content import CONTENT_ERRORS
from sync.keys import Wrapper

log = structlog.get_logger(__name__)

#: So many are read in one transaction: each is opened with its key, which takes a millisecond.
MOST = 50
_OPEN = frozenset({lifecycle.SUBMITTED, lifecycle.RETURNED, lifecycle.ACCEPTED})


def read_some(session: Session, keyring: Wrapper, terminal_id: str | None = None) -> int:
    """Read the next cases, of one terminal or of all; return how many there were, 0 at the end.

    Idempotent; the caller commits.
    """
    query = select(TABLE.c.id).where(TABLE.c.kind == table.DEFERRAL, TABLE.c.state == table.UNREAD)
    if terminal_id is not None:
        query = query.where(TABLE.c.terminal_id == terminal_id)
    ids = session.scalars(query.order_by(TABLE.c.id).limit(MOST)).all()
    for case_id in ids:
        try:
            with session.begin_nested():
                read(session, keyring, case_id)
        except CONTENT_ERRORS as error:
            # One that cannot be opened must not keep the others from it.
            log.error("promise_unreadable", case=case_id, error=type(error).__name__)
            forget(session, case_id)
    return len(ids)


def read(session: Session, keyring: Wrapper, case_id: str) -> None:
    """Put what a case promises in the place of the row that says it was not read. Idempotent."""
    before = row_of(session, case_id)
    if before is None or before.state != table.UNREAD:
        return
    session.flush()
    case, body = session.get(Case, case_id), current_body(session, keyring, case_id)
    forget(session, case_id)
    if case is None or body is None or case.state not in _OPEN:
        return
    made = {name: getattr(case, name) for name in ("id", "item", "terminal_id", "station_code")}
    promises.note_new(session, made, body, case.submitted_at.astimezone(clock.LOCAL).date())
    if case.idempotency_key is not None:
        # Its own station's, whose work list has the day.
        case.supply_by = deferral.first_day(body["attachments"])
        case.reckon()
