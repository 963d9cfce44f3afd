"""Hall: what was promised for later and did not come in time counts as withdrawn (视为撤回).

There is no clock of its own for it: the hall looks whenever a station reports that it has nothing
more to send, and has made that report after the day, so that a document that was handed in on the
last day behind a cut line is never overlooked, whatever comes late or twice; nor is one that is
here and could not be replayed. Neighbours: `lifecycle` says from
which states, `help.promises` what is due, `sync_api` asks, `feedback` applies it at the terminal.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases import bodies, lifecycle
from kiosk.cases.desk import BY_THE_CLOCK
from kiosk.cases.help import old_promises, promises
from kiosk.cases.help import services as table
from kiosk.cases.help.model import HelpRecord
from kiosk.cases.history import current_body
from kiosk.cases.model import Case
from kiosk.operators import audit
from sync import feed, keys, ledger
from sync.ledger import HELD, QUARANTINED, LedgerEntry, Terminal

VERB = "lapse"


def proved_day(
    terminal: Terminal, status: Mapping[str, Any], since: datetime | None
) -> date | None:
    """Return the day before which nothing was handed in that is not here, as a report proves it.

    That was noted on ``terminal`` and made after ``since`` (`sync.contact`); its own clock may say
    anything. None when it has more to send, when it was made before it heard how far this hall is,
    or where this hall was restored and lacks what it has.
    """
    place = status.get("acknowledged")
    if not isinstance(place, list) or [type(each) for each in place] != [int, int]:
        # A terminal of an older version does not tell.
        place = [terminal.cursor_epoch, terminal.cursor_seq]
    if "contact" not in status and terminal.contact is None:
        # Nor does it carry a token, and never did.
        since = clock.now()
    is_all_here = place == [terminal.cursor_epoch, terminal.cursor_seq]
    if since is None or terminal.reported_pending or not is_all_here:
        return None
    return min(since.astimezone(clock.LOCAL).date(), clock.today())


def lapse(session: Session, services: Services, terminal_id: str, day: date) -> list[str]:
    """Withdraw the cases of a terminal that were promised for before ``day``; return their ids.

    Some promises of before the upgrade are read first, if there are any left.
    The terminal's row must be locked. The promised day itself still counts. A case of which an
    entry is quarantined or held is left alone: that entry may be the document, in time. Idempotent;
    the caller calls `record` with what came back as its last deed, and commits.
    Source: Regulations of Anyang on Government Services, article 24 (overdue: withdrawn).
    """
    old_promises.read_some(session, services.keyring, terminal_id)
    due = (
        select(Case, HelpRecord.due_on)
        .join(HelpRecord, HelpRecord.id == Case.id)
        .where(
            HelpRecord.state == table.OPEN,
            HelpRecord.due_on < day,
            HelpRecord.kind == table.DEFERRAL,
            HelpRecord.terminal_id == terminal_id,
            Case.state.in_(lifecycle.STEPS[VERB].sources),
            ~exists().where(
                LedgerEntry.subject == Case.id,
                LedgerEntry.terminal_id == terminal_id,
                LedgerEntry.verdict.in_((QUARANTINED, HELD)),
            ),
        )
        .with_for_update(of=Case)
    )
    found = session.execute(due).all()
    told = [case.id for case, due_on in found if _withdraw(session, services, case, due_on or day)]
    if found:
        # The feed was numbered on behind the row that the caller has.
        session.refresh(session.get_one(Terminal, terminal_id), ["feed_head"])
    return told


def record(session: Session, lapsed: Sequence[str]) -> None:
    """Put these cases into the audit log; last in the transaction, for others wait from here on."""
    session.flush()
    for case_id in lapsed:
        audit.record(session, BY_THE_CLOCK[VERB], case_id, audit.CLOCK)


def _withdraw(session: Session, services: Services, case: Case, due_on: date) -> bool:
    """Do it; tell whether the terminal was told, which it is not of a case whose key is gone."""
    kind = BY_THE_CLOCK[VERB]
    case.state, case.changed_at = lifecycle.next_state(case.state, VERB), clock.now()
    case.wind()
    promises.lapse(session, case.id)
    key = keys.fetch(session, services.keyring, [case.id]).get(case.id)
    if key is None:
        return False
    version = current_body(session, services.keyring, case.id) or {"attachments": []}
    missing = [each["requirement"] for each in version["attachments"] if each["mode"] == "deferred"]
    body = {
        "state": case.state,
        "by": None,
        "note": "",
        "reasons": [],
        "missing": missing,
        "promised": due_on.isoformat(),
        "due_on": case.due_on.isoformat() if case.due_on else None,
        "after_entry": ledger.last_of_subject(session, case.terminal_id, case.id),
    }
    sealed = bodies.seal(key, case.id, kind, body)
    now = int(clock.now().timestamp() * 1_000_000)
    feed.publish(session, case.terminal_id, kind, case.id, sealed, now)
    return True
