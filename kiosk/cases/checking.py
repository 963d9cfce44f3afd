"""Hall: the checklist of a case: what a clerk found of each material and each part of the form.

Marks are kept, so that the next clerk goes on where the last one stopped, and what is lacking is
told all at once when the case is returned. Source: Administrative Licensing Law of the PRC, article
32 (everything, one time). Neighbours: ``desk`` decides, ``desk_events`` notes who checked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases import deadlines, desk_events
from kiosk.cases.desk import locked, refuse_if_held
from kiosk.cases.desk_model import CheckMark
from kiosk.db import writing
from kiosk.errors import Conflict, FieldProblem, Invalid
from sync import keys

SEEN, OK, LACKING = "seen", "ok", "lacking"
MARKS = (SEEN, OK, LACKING)
MAX_NOTE = 200


@dataclass(frozen=True, slots=True)
class Mark:
    """What was found at one point; `note` is empty without the case's key."""

    mark: str
    note: str
    at: datetime
    by: str


def save(
    services: Services,
    case_id: str,
    clerk: str,
    found: Mapping[str, tuple[str, str]],
    points: Iterable[str],
) -> None:
    """Keep the mark and the note of each point; a point without a mark is left as it is.

    Conflict when a colleague holds the case or it is closed, Invalid for a point or mark that is
    unknown, a note that is too long, or something lacking of which nothing is said. NotFound.
    """
    _check(found, frozenset(points))
    with writing() as session:
        case = locked(session, case_id)
        refuse_if_held(case, clerk)
        if case.state not in deadlines.SUPPLIED_IN:
            raise Conflict(
                "step_illegal",
                Text("办件已不在审查中。", "The case is not being examined any more."),
            )
        for point, (mark, note) in found.items():
            row = session.get(CheckMark, (case_id, point)) or CheckMark(
                case_id=case_id, point=point
            )
            row.mark, row.at, row.by = mark, clock.now(), clerk
            row.body = desk_events.sealed(
                session, services, case, desk_events.CHECKED, {"note": note}
            )
            session.add(row)
        lacking = sum(mark == LACKING for mark, _ in found.values())
        told = {"points": len(found), "lacking": lacking}
        desk_events.note(session, services, case, desk_events.CHECKED, clerk, told, told)


def marks_of(session: Session, services: Services, case_id: str) -> dict[str, Mark]:
    """Return the marks of a case by point."""
    key = keys.fetch(session, services.keyring, [case_id]).get(case_id)
    rows = session.scalars(select(CheckMark).where(CheckMark.case_id == case_id))
    return {
        row.point: Mark(
            row.mark,
            str(desk_events.opened(key, case_id, desk_events.CHECKED, row.body).get("note", "")),
            row.at,
            row.by,
        )
        for row in rows
    }


def reasons(points: Mapping[str, str], marks: Mapping[str, Mark]) -> tuple[str, ...]:
    """Return a line for each point that lacks something; `points` are their names."""
    return tuple(
        f"{name}：{marks[point].note}"
        for point, name in points.items()
        if point in marks and marks[point].mark == LACKING
    )


def _check(found: Mapping[str, tuple[str, str]], points: frozenset[str]) -> None:
    problems = []
    for point, (mark, note) in found.items():
        said = None
        if point not in points or mark not in MARKS:
            said = Text("没有这一项或这个结果。", "There is no such point or mark.")
        elif len(note) > MAX_NOTE:
            said = Text(f"最多 {MAX_NOTE} 字。", f"At most {MAX_NOTE} characters.")
        elif mark == LACKING and not note:
            said = Text("请写明缺什么、怎样补正。", "Say what is lacking and how to put it right.")
        if said is not None:
            problems.append(FieldProblem(point, "check_invalid", said))
    if problems:
        raise Invalid("check_invalid", problems[0].message, tuple(problems))
