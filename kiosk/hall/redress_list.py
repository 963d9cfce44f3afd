"""The list of redress of bad ratings: which, in which order, how many of each state. Reads only.

A page costs a fixed number of queries and is found by the last line of the one before, however many
there are. Neighbours: `kiosk.cases.redressing` has the table, `redressing` draws the page.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases import redress_light, redressing
from kiosk.cases.deadlines import Light
from kiosk.cases.redressing import SATISFIED, STATES, WAITING, Redress
from kiosk.db import reading
from kiosk.hall import scope
from kiosk.hall.stations import stations

PAGE = 25
#: The groups beside the single states: those in which somebody owes a step, and everything.
TO_DO, ALL = "todo", "all"
TABS = (TO_DO, *STATES, ALL)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; empty means everything. `after` is the last line before."""

    state: str = TO_DO
    station: str = ""
    item: str = ""
    after: str = ""

    def arguments(self, **changes: str) -> dict[str, str]:
        """Return the URL arguments of this list with `changes`; another filter begins anew."""
        changed = asdict(replace(self, **{"after": "", **changes}))
        plain = asdict(Filters())
        return {name: value for name, value in changed.items() if value != plain[name]}


@dataclass(frozen=True, slots=True)
class Line:
    """One redress in the list."""

    redress: Redress
    item: Text | str
    station: Text | str
    light: Light | None


@dataclass(frozen=True, slots=True)
class Page:
    """One page; `after` leads to the next, None on the last."""

    lines: tuple[Line, ...]
    counts: Mapping[str, int]
    overdue: int
    #: Of those called back: how many there are, and how many were content then (整改).
    ended: int
    satisfied: int
    after: str | None

    @property
    def share(self) -> int:
        """Percent that were satisfied after it was put right."""
        return round(100 * self.satisfied / self.ended) if self.ended else 0


def page_of(services: Services, filters: Filters) -> Page:
    """Return the page that `filters` ask for, within reach of who asks."""
    with reading() as session:
        narrowed = _narrowed(filters)
        counts = _counts(session, narrowed)
        found = session.scalars(_wanted(filters, narrowed).limit(PAGE + 1)).all()
        late = select(func.count()).where(*narrowed, Redress.due_on < clock.today())
        overdue = session.scalar(late) or 0
        content = (Redress.state == redressing.CLOSED, Redress.outcome == SATISFIED)
        satisfied = session.scalar(select(func.count()).where(*narrowed, *content)) or 0
    lines = tuple(line_of(services, each) for each in found[:PAGE])
    after = _mark(filters, found[PAGE - 1]) if len(found) > PAGE else None
    return Page(lines, counts, overdue, counts[redressing.CLOSED], satisfied, after)


def line_of(services: Services, redress: Redress) -> Line:
    """Return one redress as it is shown."""
    item = services.catalogue.items.get(redress.item)
    return Line(
        redress,
        item.name if item else redress.item,
        stations().get(redress.station_code, redress.station_code),
        redress_light.light_of(redress.state, redress.due_on, clock.today())
        if redress.due_on
        else None,
    )


def _narrowed(filters: Filters) -> list[ColumnElement[bool]]:
    found = scope.redress()
    if filters.station:
        found.append(Redress.station_code == filters.station)
    if filters.item:
        found.append(Redress.item == filters.item)
    return found


def _counts(session: Session, narrowed: list[ColumnElement[bool]]) -> dict[str, int]:
    query = select(Redress.state, func.count()).where(*narrowed)
    counted = dict(session.execute(query.group_by(Redress.state)).all())
    counts = {state: counted.get(state, 0) for state in STATES}
    return {TO_DO: sum(counts[state] for state in WAITING), **counts, ALL: sum(counts.values())}


def _wanted(filters: Filters, narrowed: list[ColumnElement[bool]]) -> Select[Redress]:
    """Return the query of the list: what is owed soonest first, others the newest first."""
    query = select(Redress).where(*narrowed)
    if filters.state in (TO_DO, *WAITING):
        query = query.where(Redress.due_on.is_not(None))
        query = query.order_by(Redress.due_on, Redress.id)
    else:
        query = query.order_by(Redress.id.desc())
    if filters.state not in (TO_DO, ALL):
        query = query.where(Redress.state == filters.state)
    return query.where(*_past(filters))


def _past(filters: Filters) -> list[ColumnElement[bool]]:
    """Return the condition that leaves what comes after the line that `after` names."""
    day, _, last = filters.after.partition("~")
    if not last:
        return []
    if filters.state not in (TO_DO, *WAITING):
        return [Redress.id < last]
    try:
        due = date.fromisoformat(day)
    except ValueError:
        return []
    later = Redress.due_on > due
    return [or_(later, and_(Redress.due_on == due, Redress.id > last))]


def _mark(filters: Filters, last: Redress) -> str:
    day = last.due_on.isoformat() if last.due_on else ""
    return f"{day}~{last.id}"
