"""Terminal: who of a station looks after which case. One commit; the hall is not told.

The hall works by item and clerk; who at the station sees to a case is the station's own affair and
changes by the hour. Who took an application in is told in its sealed body already. Neighbours:
`work` lists, `model` keeps every assignment beside the present one.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases.model import Assignment, Case
from kiosk.cases.work import display_names
from kiosk.db import reading, writing
from kiosk.errors import FieldProblem, Invalid
from kiosk.operators.model import Operator

#: As many as one page of the list shows.
MOST_AT_ONCE = 100
MAX_NOTE = 300
NOTE_TOO_LONG = FieldProblem(
    "note",
    "too_long",
    Text(f"备注：最多 {MAX_NOTE} 字。", f"Note: at most {MAX_NOTE} characters."),
)
NOBODY_CHOSEN = FieldProblem(
    "to", "unknown", Text("请选一位本站的同事。", "Please choose a colleague of this station.")
)
NONE_CHOSEN = FieldProblem(
    "case", "missing", Text("请先勾选办件。", "Please tick the cases first.")
)
CASE_UNKNOWN = FieldProblem(
    "case", "unknown", Text("有办件不在本站，请刷新后再选。", "A case is not of this station.")
)


def colleagues(station: str) -> dict[str, str]:
    """Return the names of the active staff of a station by id, in the order of their names."""
    with reading() as session:
        return {each.id: each.display_name for each in _staff(session, station)}


@dataclass(frozen=True, slots=True)
class Given:
    """That a case was given to somebody, or that something was noted of it."""

    at: datetime
    by: str
    to: str
    note: str


def assign(
    services: Services, station: str, cases: Collection[str], to: str, by: str, note: str = ""
) -> int:
    """Give the cases to a member of this station's staff; return how many were touched.

    Idempotent: what a person has already is not recorded again, unless a note comes with it. Raises
    Invalid naming ``case``, ``to`` or ``note``, and then nothing has changed.
    """
    wanted, note = set(cases), note.strip()
    problem = NONE_CHOSEN if not wanted else NOTE_TOO_LONG if len(note) > MAX_NOTE else None
    if len(wanted) > MOST_AT_ONCE:
        problem = CASE_UNKNOWN
    with writing() as session:
        if problem is None and all(each.id != to for each in _staff(session, station)):
            problem = NOBODY_CHOSEN
        query = select(Case).where(Case.id.in_(wanted), Case.station_code == station)
        found = session.scalars(query).all() if problem is None else []
        if problem is None and len(found) < len(wanted):
            problem = CASE_UNKNOWN
        if problem is not None:
            raise Invalid("assignment_invalid", problem.message, (problem,))
        changing = [case for case in found if note or case.holder != to]
        for case in changing:
            case.holder = to
            session.add(_made(services, case.id, to, by, note))
    return len(changing)


def story_of(services: Services, case_id: str) -> list[Given]:
    """Return who gave the case to whom, newest first, by name, with what was noted."""
    query = select(Assignment).where(Assignment.case_id == case_id).order_by(Assignment.id.desc())
    with reading() as session:
        rows = session.scalars(query).all()
        ids = {each for row in rows for each in (row.operator, row.assigned_by)}
        people = display_names(session, ids)
    return [
        Given(
            row.at,
            people.get(row.assigned_by, "–"),
            people.get(row.operator, "–"),
            _opened(services, row),
        )
        for row in rows
    ]


def _made(services: Services, case_id: str, to: str, by: str, note: str) -> Assignment:
    own = clock.new_id()
    sealed = services.keyring.wrap(note.encode(), _context(own)) if note else None
    return Assignment(
        id=own, case_id=case_id, operator=to, assigned_by=by, at=clock.now(), note=sealed
    )


def _opened(services: Services, row: Assignment) -> str:
    return services.keyring.unwrap(row.note, _context(row.id)).decode() if row.note else ""


def _context(assignment_id: str) -> bytes:
    return b"note:" + assignment_id.encode()


def _staff(session: Session, station: str) -> list[Operator]:
    query = select(Operator).where(Operator.role == "staff", Operator.active)
    found = session.scalars(query.order_by(Operator.display_name)).all()
    return [each for each in found if station in each.station_codes]
