"""The desk's list: which cases, in which order, how many of each state and light. Reads only.

A page costs a fixed number of queries, however many cases it holds, and begins after the last case
of the page before it, so that the thousandth costs what the first does. Nothing personal leaves
here but the applicant's masked name. Neighbours: `deadlines` judges the clock, `lights` asks for it
in SQL, `desk` draws the page.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime

from sqlalchemy import ColumnElement, Select, and_, func, nulls_last, or_, select
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases import lifecycle
from kiosk.cases.applicants import masked_in
from kiosk.cases.deadlines import Light
from kiosk.cases.history import VERSIONS
from kiosk.cases.model import Case
from kiosk.db import reading
from kiosk.hall import lights, scope
from kiosk.hall.stations import stations
from kiosk.operators.model import Operator
from kiosk.receipts.number import ungrouped
from sync import keys, ledger, quarantine
from sync.ledger import LedgerEntry, Terminal

PAGE = 25
#: As far as closed cases are counted: there are millions of them, and nobody waits for them.
MOST_COUNTED = 1000
#: States in which the hall owes the next step, and the two groups beside the single states.
OPEN_STATES = (lifecycle.SUBMITTED, lifecycle.ACCEPTED, lifecycle.APPROVED)
OPEN, ALL = "open", "all"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; empty means everything. `holder` is ``mine`` or ``nobody``.

    `department` is its Chinese name; `after` is where the page before ended (`Worklist.next`).
    """

    state: str = OPEN
    station: str = ""
    item: str = ""
    holder: str = ""
    number: str = ""
    light: str = ""
    department: str = ""
    after: str = ""

    def arguments(self, **changes: str) -> dict[str, str]:
        """Return the URL arguments of this list with `changes`; another filter begins anew."""
        changed = replace(self, **{"after": "", **changes})
        plain = asdict(Filters())
        return {name: value for name, value in asdict(changed).items() if value != plain[name]}

    @property
    def narrowed(self) -> bool:
        """Tell whether anything but the state is asked for."""
        return bool(
            self.station or self.item or self.holder or self.number or self.light or self.department
        )


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
    """One page of the list, and how many cases each state, group and light has under its filters.

    Closed cases are counted up to a bound, and not at all where other filters would make that slow.
    `next` is where the following page begins, None on the last one.
    """

    lines: tuple[Line, ...]
    counts: Mapping[str, str | None]
    lights: Mapping[str, int]
    next: str | None


def worklist(services: Services, filters: Filters, operator_id: str) -> Worklist:
    """Return the page that `filters` ask for; `operator_id` is whose cases ``mine`` are."""
    today = clock.today()
    with reading() as session:
        conditions = _conditions(services, filters, operator_id)
        counts = _counts(session, filters, conditions)
        coloured = lights.counted(session, conditions, today)
        found = session.scalars(_wanted(filters, conditions).limit(PAGE + 1)).all()
        more, found = len(found) > PAGE, found[:PAGE]
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
            light=entry.light(today),
        )
        for entry in found
    )
    following = _place(filters, found[-1]) if more else None
    return Worklist(lines, counts, coloured, following)


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


def _conditions(
    services: Services, filters: Filters, operator_id: str
) -> list[ColumnElement[bool]]:
    """Return everything that is asked for but the state and the light."""
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
    if filters.department:
        found.append(of_department(services, filters.department))
    return found


def of_department(services: Services, name: str) -> ColumnElement[bool]:
    """Return whether a case lies with this department: sent there, or its item's own."""
    items = services.catalogue.items.values()
    own = [item.code for item in items if item.department.zh == name]
    return or_(Case.department == name, and_(Case.department.is_(None), Case.item.in_(own)))


def _counts(
    session: Session, filters: Filters, conditions: list[ColumnElement[bool]]
) -> dict[str, str | None]:
    """Return the number of each tab in words; None where counting would read every closed case."""
    live = [state for state in lifecycle.STATES if state not in lifecycle.FINAL]
    query = select(Case.state, func.count()).where(Case.state.in_(live), *conditions)
    counted = dict(session.execute(query.group_by(Case.state)).all())
    opened = sum(counted.get(state, 0) for state in OPEN_STATES)
    shown = {OPEN: str(opened), **{state: str(counted.get(state, 0)) for state in live}}
    if filters.narrowed and not filters.number:
        return {**shown, **dict.fromkeys(lifecycle.FINAL), ALL: None}
    closed = {state: _at_most(session, conditions, state) for state in lifecycle.FINAL}
    whole = sum(counted.values()) + sum(closed.values())
    is_whole = all(count <= MOST_COUNTED for count in closed.values())
    return {
        **shown,
        **{state: _bounded(count) for state, count in closed.items()},
        ALL: str(whole) if is_whole else f"{MOST_COUNTED}+",
    }


def _at_most(session: Session, conditions: list[ColumnElement[bool]], state: str) -> int:
    """Return how many cases are in this state, one more than ``MOST_COUNTED`` at most."""
    found = select(Case.id).where(Case.state == state, *conditions).limit(MOST_COUNTED + 1)
    return session.scalar(select(func.count()).select_from(found.subquery())) or 0


def _bounded(count: int) -> str:
    return str(count) if count <= MOST_COUNTED else f"{MOST_COUNTED}+"


def _is_past(filters: Filters) -> bool:
    """Tell whether the list looks back, the newest first, and not at clocks that run."""
    return filters.state == ALL or filters.state in lifecycle.FINAL


def _wanted(filters: Filters, conditions: list[ColumnElement[bool]]) -> Select[Case]:
    """Return the query of the list: whose clock ends first, closed cases newest first."""
    query = select(Case).where(*conditions)
    if filters.state == OPEN:
        query = query.where(Case.state.in_(OPEN_STATES))
    elif filters.state != ALL:
        query = query.where(Case.state == filters.state)
    if filters.light:
        query = query.where(lights.is_of(filters.light, clock.today()))
    after = _read(filters)
    if _is_past(filters):
        query = query.order_by(Case.changed_at.desc(), Case.id)
        if isinstance(after, tuple) and isinstance(after[0], datetime):
            at, last = after
            query = query.where(
                or_(Case.changed_at < at, and_(Case.changed_at == at, Case.id > last))
            )
        return query
    if isinstance(after, tuple) and not isinstance(after[0], datetime):
        query = query.where(_ends_after(*after))
    return query.order_by(nulls_last(Case.ends_on.asc()), Case.id)


def _ends_after(day: date | None, last: str) -> ColumnElement[bool]:
    """Return whether a case comes later in the list; those without a limit come at its end."""
    if day is None:
        return and_(Case.ends_on.is_(None), Case.id > last)
    return or_(
        Case.ends_on > day, and_(Case.ends_on == day, Case.id > last), Case.ends_on.is_(None)
    )


def _place(filters: Filters, last: Case) -> str:
    """Return where the page after this case begins, for the address."""
    if _is_past(filters):
        return f"{int(last.changed_at.timestamp() * 1_000_000)}.{last.id}"
    return f"{last.ends_on.isoformat() if last.ends_on else ''}.{last.id}"


def _read(filters: Filters) -> tuple[date | None, str] | tuple[datetime, str] | None:
    """Return what `_place` wrote; None for anything else, which begins at the beginning."""
    first, _, last = filters.after.partition(".")
    if not last:
        return None
    try:
        if _is_past(filters):
            return datetime.fromtimestamp(int(first) / 1_000_000, UTC), last
        return (date.fromisoformat(first) if first else None), last
    except (ValueError, OverflowError, OSError):
        return None


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
