"""What handing in means for help: the record gets its case, and what follows from it begins.

Runs in the transaction that writes the case. Neighbours: `service` calls it, `records` writes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases import storing
from kiosk.cases.help import promises, records
from kiosk.cases.help import services as table
from kiosk.cases.model import Case
from kiosk.cases.submission import Prepared
from sync.tables import Executor


def tie(
    session: Executor,
    services: Services,
    peer: Row[Any],
    parts: Sequence[Prepared],
    cases: Sequence[Mapping[str, Any]],
) -> None:
    """Tie help, pre-check and promises to the cases just written; the first has the receipt.

    Conflict when the pre-check was handed in meanwhile: then nothing is written.
    """
    submission = parts[0].submission
    for prepared, case in zip(parts, cases, strict=True):
        given = prepared.submission
        body = {"attachments": [each.told() for each in given.attachments], "help": given.help}
        promises.note_new(session, case, body, clock.today())
    if submission.ahead:
        row = records.known(session, peer, submission.ahead)
        records.step(session, services, peer, row, "file", submission.operator, {}, cases[0]["id"])
    if submission.help:
        _hand_in(session, services, peer, submission.help, cases[0]["id"])


def tie_again(session: Session, services: Services, prepared: Prepared, case: Case) -> None:
    """Do the same for a correction of ``case``."""
    submission = prepared.submission
    body = {
        "attachments": [each.told() for each in submission.attachments],
        "help": submission.help,
    }
    made = {
        "id": case.id,
        "item": case.item,
        "terminal_id": case.terminal_id,
        "station_code": case.station_code,
    }
    promises.note(session, made, body, clock.today())
    if submission.help:
        owner = case.bundle_id or case.id
        _hand_in(session, services, storing.station(session), submission.help, owner)


def _hand_in(
    session: Executor, services: Services, peer: Row[Any], told: Mapping[str, Any], case_id: str
) -> None:
    row = records.known(session, peer, told["record"])
    if row.state != table.OPEN:
        # The agent has left it, or it was ended for the night: the application counts all the same.
        return
    records.step(session, services, peer, row, "hand_in", told["agent"], {}, case_id)
    if told.get("presence") == "away":
        opening = records.Opening(
            table.ONLINE,
            row.item,
            told["agent"],
            {"return_way": told["return_way"]},
            clock.today(),
            case_id,
        )
        records.add(session, services, peer, clock.new_id(), opening)
