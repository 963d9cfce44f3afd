"""Whether this browser is helping somebody just now, and whom: for banner and handing in.

The id of the record lies in the signed session cookie, nothing personal does. Help belongs to the
agent who is signed in: it is over when the case is handed in, at *End the help*, at the end of the
visit and when the agent signs out. Knows no pages. Neighbours: `agent` begins and ends it, `frame`
shows the banner, `sign` hands in.
"""

from contextlib import suppress
from typing import Any

from flask import g, session
from sqlalchemy.exc import SQLAlchemyError

from forms.definition import ServiceItem
from forms.masking import mask
from kiosk.app_services import services
from kiosk.cases.help import records
from kiosk.cases.help import services as table
from kiosk.cases.help.reading import Record, record_of
from kiosk.errors import DomainError
from kiosk.operators.session import signed_in
from kiosk.terminal import household, on_duty

HELPING = "helping"
#: What is the applicant's own and so in the answers, not in what is said of the help.
_IN_THE_ANSWERS = ("name", "id_number", "phone")


def current() -> Record | None:
    """Return the help that goes on in this browser; None when nobody is helped."""
    record_id, operator = session.get(HELPING), signed_in()
    if record_id is None or operator is None:
        return None
    if "helped" not in g:
        g.helped = _open_record(record_id, operator.id)
    found: Record | None = g.helped
    return found


def _open_record(record_id: str, operator_id: str) -> Record | None:
    try:
        found = record_of(services(), record_id)
    except SQLAlchemyError:
        # An error page must not need the database.
        return None
    is_open = found is not None and found.row.state == table.OPEN and found.details is not None
    return found if found and is_open and found.row.agent == operator_id else None


def remember(record_id: str) -> None:
    """Let this browser help from now on."""
    session[HELPING] = record_id
    g.pop("helped", None)


def forget() -> None:
    """Let it help no more; the record is left as it is."""
    session.pop(HELPING, None)
    g.pop("helped", None)


def stop() -> None:
    """End the help that goes on without a case. Idempotent."""
    found = current()
    forget()
    if found is not None:
        # Another window may have handed it in at this moment.
        with suppress(DomainError):
            records.take(services(), found.row.id, "end", found.row.agent, {})


def told(record_id: str) -> dict[str, Any] | None:
    """Return what a case says of the help it was filled in with."""
    found = record_of(services(), record_id)
    if found is None or found.details is None or found.row.agent is None:
        return None
    said = {name: said for name, said in found.details.items() if name not in _IN_THE_ANSWERS}
    return {"record": found.row.id, "agent": found.row.agent, **said}


def record_for(code: str) -> str | None:
    """Return the record of the help with this item that goes on here, if any does."""
    found = current()
    return found.row.id if found and found.row.item == code else None


def given(item: ServiceItem, help_given: Record) -> dict[str, Any]:
    """Return what a draft begins with: the resident as entered, and what a visit knows."""
    said = help_given.details or {}
    applicant = {name: said[name] for name in _IN_THE_ANSWERS if said.get(name)}
    answers = {"applicant": applicant}
    visit = record_of(services(), said["visit"]) if said.get("visit") else None
    if visit is not None:
        answers = household.carried(services(), item, visit, answers)
    return {"help": help_given.row.id, "answers": answers}


def station_code() -> str:
    """Return the station whose staff works here, as `on_duty.member_of_staff` judges it."""
    return on_duty.member_of_staff()[1]


def whom(record: Record) -> str:
    """Return the resident's name, masked; of a household the first one, of a form the applicant."""
    said = record.details or {}
    applicant = said.get("answers", {}).get("applicant", {})
    named = (said.get("name"), said.get("name_1"), said.get("receiver"), applicant.get("name"))
    name = next(filter(None, named), "")
    return mask("name", str(name)) if name else "–"
