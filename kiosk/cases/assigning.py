"""Terminal: who of a station looks after which case. One commit; the hall is not told.

The hall works by item and clerk; who at the station sees to a case is the station's own affair and
changes by the hour. Who took an application in is told in its sealed body already. Neighbours:
`work` lists, `model` keeps every assignment beside the present one.
"""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock
from kiosk.cases.model import Assignment, Case
from kiosk.db import reading, writing
from kiosk.errors import FieldProblem, Invalid
from kiosk.operators.model import Operator

#: As many as one page of the list shows.
MOST_AT_ONCE = 100
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


def assign(station: str, cases: Collection[str], to: str, by: str) -> int:
    """Give the cases to a member of this station's staff; return how many changed hands.

    Idempotent: what a person has already is not recorded again. Raises Invalid naming ``case`` or
    ``to``, and then nothing has changed.
    """
    wanted = set(cases)
    problem = NONE_CHOSEN if not wanted else None
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
        changing = [case for case in found if case.holder != to]
        now = clock.now()
        for case in changing:
            case.holder = to
            session.add(
                Assignment(id=clock.new_id(), case_id=case.id, operator=to, assigned_by=by, at=now)
            )
    return len(changing)


def _staff(session: Session, station: str) -> list[Operator]:
    query = select(Operator).where(Operator.role == "staff", Operator.active)
    found = session.scalars(query.order_by(Operator.display_name)).all()
    return [each for each in found if station in each.station_codes]
