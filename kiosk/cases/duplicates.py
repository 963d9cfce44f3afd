"""Terminal: open cases of the same person and item, found without opening one. Reads only.

A case keeps a hash of the applicant's ID number, keyed with the machine's key
(`kiosk.cases.storing.person_mark`). Whoever destroys the key of a case empties that column too.
Who may be told of what is found is the page's affair (`kiosk.terminal.again`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select

from forms.definition import Text
from kiosk.app_services import Services
from kiosk.cases.model import Case
from kiosk.cases.storing import person_mark
from kiosk.cases.work import item_name
from kiosk.db import reading


@dataclass(frozen=True, slots=True)
class Known:
    """An open case; `since` is when it was handed in."""

    case_id: str
    number: str
    item: Text | str
    state: str
    since: datetime


def open_cases_of(
    services: Services, id_number: str | None, items: Collection[str]
) -> tuple[Known, ...]:
    """Return the open cases of whoever has this ID number, of one of these items, oldest first."""
    person = person_mark(services.keyring, {"applicant": {"id_number": id_number}})
    if person is None:
        return ()
    return _found(services, Case.person == person, Case.item.in_(items))


def beside(services: Services, case: Case) -> tuple[Known, ...]:
    """Return the other open cases of the same person and item."""
    if case.person is None:
        return ()
    same = (Case.person == case.person, Case.item == case.item, Case.id != case.id)
    return _found(services, *same)


def _found(services: Services, *where: ColumnElement[bool]) -> tuple[Known, ...]:
    query = select(Case).where(*where, Case.next_due.is_not(None)).order_by(Case.submitted_at)
    with reading() as session:
        cases = session.scalars(query).all()
    return tuple(
        Known(case.id, case.number, item_name(services, case), case.state, case.submitted_at)
        for case in cases
    )
