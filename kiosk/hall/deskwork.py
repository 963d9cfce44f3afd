"""What the desk knows of a case beside what is told to terminals: marks, notes, colleagues. Reads.

Neighbours: `kiosk.cases.checking` and `desk_events` keep it, `case` draws it beside the dossier.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from forms.definition import Text
from kiosk.app_services import Services
from kiosk.cases import checking, desk_events, passing_on
from kiosk.cases.checking import Mark
from kiosk.db import reading
from kiosk.hall import excepting
from kiosk.hall.dossier import Dossier
from kiosk.hall.worklist import display_names


@dataclass(frozen=True, slots=True)
class Point:
    """One line of the checklist; `mark` is None until somebody looked."""

    id: str
    name: Text
    mark: Mark | None
    #: Looked at before what is shown now was handed in.
    is_old: bool


@dataclass(frozen=True, slots=True)
class Done:
    """One event at the desk; `by` and `to` are names of people or departments."""

    kind: str
    at: datetime
    by: str
    to: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Deskwork:
    """All of it; `lacking` are the lines that a return begins with.

    `given_to` is the department that has the case's item by exception.
    """

    points: tuple[Point, ...]
    done: tuple[Done, ...]
    colleagues: Mapping[str, str]
    lacking: tuple[str, ...]
    given_to: Text | None


def deskwork_of(services: Services, dossier: Dossier) -> Deskwork:
    """Return what the desk has noted of this case."""
    case = dossier.case
    with reading() as session:
        marks = checking.marks_of(session, services, case.id)
        events = desk_events.of_case(session, services, case.id)
        named = {event.by for event in events} | {str(event.body.get("to", "")) for event in events}
        people = display_names(session, named)
        free = passing_on.colleagues(session, services, case)
        given_to = excepting.given_to(session, services.catalogue, case.item)
    free.pop(case.holder or "", None)
    corrected = max(
        (fact.at for fact in dossier.happenings if fact.kind == "corrected"), default=None
    )
    points = tuple(
        Point(
            point,
            name,
            marks.get(point),
            corrected is not None and point in marks and marks[point].at < corrected,
        )
        for point, name in points_of(dossier)
    )
    done = tuple(
        Done(
            event.kind,
            event.at,
            people.get(event.by, ""),
            people.get(str(event.body.get("to", "")), str(event.body.get("to", ""))),
            event.body,
        )
        for event in events
    )
    lacking = checking.reasons({each.id: each.name.zh for each in points}, marks)
    return Deskwork(points, done, free, lacking, given_to)


def points_of(dossier: Dossier) -> Iterator[tuple[str, Text]]:
    """Yield the points of the checklist: every material asked for, every part of the form."""
    for supply in dossier.supplies:
        # What is made of the answers, or asked of a department, is nothing to look at.
        if supply.point and supply.mode not in ("made", "departments"):
            yield supply.point, supply.title
    for group in dossier.groups:
        number = f" {group.number}" if group.number else ""
        yield group.point, Text(group.title.zh + number, group.title.en + number)
