"""The desk's list: which cases, in which order. Reads only.

A page costs a fixed number of queries, however many cases it holds, and begins after the last case
of the page before it, so that the thousandth costs what the first does. Nothing personal leaves
here but the applicant's masked name. Neighbours: `deadlines` judges the clock, `lights` asks for it
in SQL, `looking_back` lists what is closed, `tabs` counts, `desk` draws the page.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime

from sqlalchemy import ColumnElement, Select, func, nulls_last, select, tuple_
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases import lifecycle
from kiosk.cases.applicants import masked_in
from kiosk.cases.deadlines import Light
from kiosk.cases.history import VERSIONS
from kiosk.cases.model import Case
from kiosk.db import glancing
from kiosk.hall import lights, looking_back, scope, tabs
from kiosk.hall.kept import kept
from kiosk.hall.stations import stations
from kiosk.hall.tabs import ALL, OPEN, OPEN_STATES
from kiosk.operators.model import Operator
from kiosk.receipts.number import ungrouped
from sync import keys, ledger, quarantine
from sync.ledger import LedgerEntry, Terminal

PAGE = 25
#: Of more stations than these, one with its first terminal is a filter after so many seconds.
STATIONS_SECONDS = 10.0
LARGE = 200


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
        told = {name: getattr(self, name) for name in _PLAIN} | {"after": ""} | changes
        return {name: value for name, value in told.items() if value != _PLAIN[name]}

    @property
    def narrowed(self) -> bool:
        """Tell whether anything but the state is asked for."""
        return bool(
            self.station or self.item or self.holder or self.number or self.light or self.department
        )


_PLAIN = asdict(Filters())


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

    `next` is where the following page begins, None on the last one.
    """

    lines: tuple[Line, ...]
    counts: Mapping[str, str | None]
    lights: Mapping[str, int]
    next: str | None


def worklist(services: Services, filters: Filters, operator_id: str) -> Worklist:
    """Return the page that `filters` ask for; `operator_id` is whose cases ``mine`` are."""
    today = clock.today()
    conditions, lies = _conditions(filters, operator_id), _lies(filters)
    counted = _counts(filters, conditions, lies)
    with glancing() as session:
        found = _found(session, filters, conditions, lies)
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
    return Worklist(lines, counted.tabs, counted.lights, following)


def terminal_stations() -> dict[str, Text | str]:
    """Return the stations that have a terminal, by code."""
    places = stations()
    told = kept("stations", STATIONS_SECONDS, _told_stations, lambda found: len(found) > LARGE)
    return {code: places.get(code, name) for code, name in told}


def _told_stations() -> Sequence[tuple[str, str]]:
    query = select(Terminal.station_code, func.min(Terminal.station_name))
    query = query.group_by(Terminal.station_code).order_by(Terminal.station_code)
    with glancing() as session:
        return [(code, name) for code, name in session.execute(query)]


def item_name(services: Services, entry: Case) -> Text | str:
    """Return the item's name in the release that the form was filled with, else its code."""
    try:
        return services.releases.of(entry.release).item(entry.item).name
    except LookupError:
        return entry.item


def _conditions(filters: Filters, operator_id: str) -> list[ColumnElement[bool]]:
    """Return everything that is asked for but the state, the light, and where the cases lie."""
    found = list[ColumnElement[bool]]()
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


def _lies(filters: Filters) -> scope.Reach | None:
    """Return where the cases must lie: within reach, and with a department; None for anywhere."""
    own = scope.own_reach()
    if not filters.department:
        return own
    asked = scope.reach_of(filters.department)
    return asked if own is None else asked.within(own)


def _lying(lies: scope.Reach | None) -> list[ColumnElement[bool]]:
    return [] if lies is None else [lies.condition()]


def _counts(
    filters: Filters, conditions: list[ColumnElement[bool]], lies: scope.Reach | None
) -> tabs.Counts:
    """Return how many cases there are; of closed ones only where that is not slow."""
    is_ones_own = filters.holder == "mine" or bool(filters.number)
    # By what a department serves and not by its name: an item may go to another meanwhile.
    whose = (lies, filters.station, filters.item, filters.holder)
    return tabs.counts(
        [*conditions, *_lying(lies)],
        clock.today(),
        None if is_ones_own else whose,
        closed=bool(filters.number) or (lies is None and not filters.narrowed),
    )


def _is_past(filters: Filters) -> bool:
    """Tell whether the list looks back, the newest first, and not at clocks that run."""
    return filters.state == ALL or filters.state in lifecycle.FINAL


def _found(
    session: Session,
    filters: Filters,
    conditions: list[ColumnElement[bool]],
    lies: scope.Reach | None,
) -> Sequence[Case]:
    """Return the cases of the page and one more: whose clock ends first, closed ones newest first.

    Each query is bounded by an index from where the page begins to where it ends.
    """
    if filters.light:
        conditions = [*conditions, lights.is_of(filters.light, clock.today())]
    if _is_past(filters):
        return _past(session, filters, conditions, lies)
    found: list[Case] = []
    for query in _running(filters, select(Case).where(*conditions, *_lying(lies))):
        missing = PAGE + 1 - len(found)
        found += session.scalars(query.limit(missing)).all() if missing else []
    return found


def _running(filters: Filters, query: Select[Case]) -> Iterator[Select[Case]]:
    """Yield the queries of a list of open cases, one after the other until the page is full."""
    states = OPEN_STATES if filters.state == OPEN else (filters.state,)
    query = query.where(Case.state.in_(states))
    ordered = query.order_by(nulls_last(Case.ends_on.asc()), Case.id)
    after = _read(filters)
    if after is None or isinstance(after[0], datetime):
        yield ordered
        return
    day, last = after
    if day is not None:
        yield ordered.where(tuple_(Case.ends_on, Case.id) > (day, last))
        last = ""
    # Those without a limit come at the end.
    yield ordered.where(Case.ends_on.is_(None), Case.id > last)


def _past(
    session: Session,
    filters: Filters,
    conditions: list[ColumnElement[bool]],
    lies: scope.Reach | None,
) -> Sequence[Case]:
    states: Sequence[str] = lifecycle.STATES if filters.state == ALL else (filters.state,)
    if filters.light or filters.holder == "nobody":
        # Both say that somebody waits, which is over for a closed case.
        states = [state for state in states if state not in lifecycle.FINAL]
    read = _read(filters)
    after = (read[0], read[1]) if read and isinstance(read[0], datetime) else None
    if filters.station or filters.item or filters.number or filters.holder:
        # An index bounds these, wherever they lie.
        conditions, lies = [*conditions, *_lying(lies)], None
    return looking_back.newest(session, states, conditions, lies, after, PAGE + 1)


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
