"""The desk's list: which cases, in which order, how many of each state. Reads only.

A page costs a fixed number of queries, however many cases it holds. Nothing personal leaves here
but the applicant's masked name. Neighbours: `deadlines` judges the clock, `desk` draws the page.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Select, and_, case, func, nulls_last, or_, select
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases import deadlines, lifecycle
from kiosk.cases.applicants import masked_in
from kiosk.cases.deadlines import Light
from kiosk.cases.history import VERSIONS
from kiosk.cases.model import Case
from kiosk.db import reading
from kiosk.hall import scope
from kiosk.hall.stations import stations
from kiosk.operators.model import Operator
from kiosk.receipts.number import ungrouped
from sync import keys, ledger, quarantine
from sync.ledger import LedgerEntry, Terminal

PAGE = 25
#: States in which the hall owes the next step, and the two groups beside the single states.
OPEN_STATES = (lifecycle.SUBMITTED, lifecycle.ACCEPTED, lifecycle.APPROVED)
OPEN, ALL = "open", "all"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; empty means everything. `holder` is ``mine`` or ``nobody``."""

    state: str = OPEN
    station: str = ""
    item: str = ""
    holder: str = ""
    number: str = ""
    page: int = 1

    def arguments(self, **changes: str | int) -> dict[str, str | int]:
        """Return the URL arguments of this list with `changes`; another filter begins at page 1."""
        changed = replace(self, **{"page": 1, **changes})  # type: ignore[arg-type]
        plain = asdict(Filters())
        return {name: value for name, value in asdict(changed).items() if value != plain[name]}

    @property
    def narrowed(self) -> bool:
        """Tell whether anything but the state is asked for."""
        return bool(self.station or self.item or self.holder or self.number)


@dataclass(frozen=True, slots=True)
class Line:
    """One case in the list."""

    case: Case
    item: Text | str
    station: Text | str
    applicant: str | None
    holder: str | None
    light: Light | None


@dataclass(frozen=True, slots=True)
class Worklist:
    """One page of the list, and how many cases each state or group has under the same filters."""

    lines: tuple[Line, ...]
    counts: Mapping[str, int]
    total: int
    pages: int


def worklist(services: Services, filters: Filters, operator_id: str) -> Worklist:
    """Return the page that `filters` ask for; `operator_id` is whose cases ``mine`` are."""
    with reading() as session:
        counts = _counts(session, filters, operator_id)
        wanted = _wanted(filters, operator_id)
        found = session.scalars(wanted.limit(PAGE).offset((filters.page - 1) * PAGE)).all()
        names = _applicants(session, services, [entry.id for entry in found])
        holders = display_names(session, {entry.holder for entry in found if entry.holder})
    places = stations()
    lines = tuple(
        Line(
            case=entry,
            item=item_name(services, entry),
            station=places.get(entry.station_code, entry.station_code),
            applicant=names.get(entry.id),
            holder=holders.get(entry.holder or ""),
            light=deadlines.light_of(entry.state, entry.changed_at, entry.due_on, clock.today()),
        )
        for entry in found
    )
    total = counts[filters.state]
    return Worklist(lines, counts, total, max(1, -(-total // PAGE)))


def terminal_stations() -> dict[str, Text | str]:
    """Return the stations that have a terminal, by code."""
    places = stations()
    with reading() as session:
        rows = session.execute(
            select(Terminal.station_code, Terminal.station_name)
            .distinct()
            .order_by(Terminal.station_code)
        )
        return {code: places.get(code, name) for code, name in rows}


def item_name(services: Services, entry: Case) -> Text | str:
    """Return the item's name in the release that the form was filled with, else its code."""
    try:
        return services.releases.of(entry.release).item(entry.item).name
    except LookupError:
        return entry.item


def _conditions(filters: Filters, operator_id: str) -> list[ColumnElement[bool]]:
    """Return everything that is asked for but the state."""
    found: list[ColumnElement[bool]] = scope.cases()
    if filters.station:
        found.append(Case.station_code == filters.station)
    if filters.item:
        found.append(Case.item == filters.item)
    if filters.number:
        found.append(Case.number == ungrouped(filters.number))
    if filters.holder == "mine":
        found.append(Case.holder == operator_id)
    if filters.holder == "nobody":
        found.append(Case.holder.is_(None))
    return found


def _counts(session: Session, filters: Filters, operator_id: str) -> dict[str, int]:
    query = select(Case.state, func.count()).where(*_conditions(filters, operator_id))
    counted = dict(session.execute(query.group_by(Case.state)).all())
    counts = {state: counted.get(state, 0) for state in lifecycle.STATES}
    opened = sum(counts[state] for state in OPEN_STATES)
    return {OPEN: opened, **counts, ALL: sum(counts.values())}


def _wanted(filters: Filters, operator_id: str) -> Select[Case]:
    """Return the query of the list: what is most urgent first, closed cases newest first."""
    query = select(Case).where(*_conditions(filters, operator_id))
    if filters.state == OPEN:
        query = query.where(Case.state.in_(OPEN_STATES))
    elif filters.state != ALL:
        query = query.where(Case.state == filters.state)
    if filters.state == ALL or filters.state in lifecycle.FINAL:
        return query.order_by(Case.changed_at.desc(), Case.id)
    today = clock.today()
    red, yellow = _ends_before(today), _ends_before(deadlines.first_calm_day(today))
    lights = case((red, 0), (yellow, 1), else_=2)
    return query.order_by(lights, nulls_last(Case.due_on.asc()), Case.changed_at, Case.id)


def _ends_before(day: date) -> ColumnElement[bool]:
    """Return whether the clock of a case ends before `day`, as `deadlines.light_of` reckons it."""
    to_accept = _midnight_after(deadlines.latest_start(deadlines.TO_ACCEPT, day))
    to_deliver = _midnight_after(deadlines.latest_start(deadlines.TO_DELIVER, day))
    on_the_spot = and_(
        Case.due_on.is_(None), Case.changed_at < _midnight_after(day - timedelta(days=1))
    )
    return or_(
        and_(Case.state == lifecycle.SUBMITTED, Case.changed_at < to_accept),
        and_(Case.state == lifecycle.ACCEPTED, or_(Case.due_on < day, on_the_spot)),
        and_(Case.state == lifecycle.APPROVED, Case.changed_at < to_deliver),
    )


def _midnight_after(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), clock.LOCAL)


def _applicants(session: Session, services: Services, ids: Sequence[str]) -> dict[str, str]:
    """Return the masked name of each applicant whose case can be read.

    `cases.history` opens one case with several queries; here one query brings the newest version
    of every case of the page.
    """
    query = (
        select(LedgerEntry)
        .where(
            LedgerEntry.subject.in_(ids),
            LedgerEntry.kind.in_(VERSIONS),
            LedgerEntry.verdict == ledger.APPLIED,
        )
        .order_by(LedgerEntry.subject_seq)
    )
    versions = quarantine.as_judged(session, session.scalars(query).all())
    return masked_in(versions, keys.fetch(session, services.keyring, ids))


def display_names(session: Session, ids: Collection[str]) -> dict[str, str]:
    """Return the names of these operators by id."""
    query = select(Operator.id, Operator.display_name).where(Operator.id.in_(ids))
    return dict(session.execute(query).all())
