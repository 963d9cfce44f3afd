"""Terminal: the work list of a station: which cases need somebody, in which order. Reads only.

A page costs a fixed number of queries, however many cases there are: what is due lies in columns of
the case (`model.Case.reckon`). Nothing personal leaves here but masked names. Neighbours:
`assigning` gives cases to people, `deadlines` judges the clock.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from forms.definition import Text
from kiosk import clock, workdays
from kiosk.app_services import Services
from kiosk.cases import deadlines, lifecycle
from kiosk.cases.applicants import masked_names
from kiosk.cases.deadlines import USUAL, Light, Yellow
from kiosk.cases.model import Case
from kiosk.cases.objections import objected_among
from kiosk.db import reading
from kiosk.operators.model import Operator
from kiosk.receipts.number import ungrouped
from sync.journal import JournalEntry
from sync.state import Peer

PAGE = 25
#: As many as a tablet keeps.
MOST_KEPT = 200
MINE, UNASSIGNED, RETURNED = "mine", "unassigned", "returned"
PROMISED, OVERDUE, UNSYNCED, OPEN = "promised", "overdue", "unsynced", "open"
TABS = (MINE, UNASSIGNED, RETURNED, PROMISED, OVERDUE, UNSYNCED, OPEN)
#: No clock runs, but whoever looks after the case should see to it (`deadlines.next_due`).
TO_CORRECT = Light(
    deadlines.YELLOW, Text("退回了，请联系申请人补正", "Returned: correct it with the applicant")
)
BY_DUE, BY_AGE = "due", "age"
#: As shared/case.html says them, for readers who draw no page of ours.
STATE_WORDS: Mapping[str, Text] = {
    lifecycle.SUBMITTED: Text("已提交", "Handed in"),
    lifecycle.RETURNED: Text("退回补正", "Returned for correction"),
    lifecycle.ACCEPTED: Text("已受理", "Accepted"),
    lifecycle.APPROVED: Text("审批通过", "Approved"),
    lifecycle.REFUSED: Text("不予批准", "Refused"),
    lifecycle.DELIVERED: Text("已送达", "Delivered"),
    lifecycle.WITHDRAWN: Text("已撤回", "Withdrawn"),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; empty means everything. With a `number` no tab counts.

    `department` is the Chinese name of one, `day` (ISO) that of handing in.
    """

    tab: str = MINE
    sort: str = BY_DUE
    item: str = ""
    department: str = ""
    channel: str = ""
    day: str = ""
    number: str = ""
    page: int = 1

    def arguments(self, **changes: str | int) -> dict[str, Any]:
        """Return the URL arguments of this list with `changes`; another filter begins at page 1."""
        changed = replace(self, **{"page": 1, **changes})  # type: ignore[arg-type]
        plain = asdict(Filters())
        return {name: value for name, value in asdict(changed).items() if value != plain[name]}

    @property
    def narrowed(self) -> bool:
        """Tell whether anything but tab and order is asked for."""
        return bool(self.item or self.department or self.channel or self.day or self.number)


@dataclass(frozen=True, slots=True)
class Line:
    """One case of the list; `due` with its light says what is due and why."""

    case: Case
    item: Text | str
    applicant: str | None
    holder: str | None
    due: date | None
    light: Light | None
    is_unsynced: bool
    #: The hall has not taken something of it.
    is_objected: bool
    #: Another case of the same person and item is open.
    is_double: bool


@dataclass(frozen=True, slots=True)
class WorkList:
    """One page, and how many cases each tab has under the same filters."""

    lines: tuple[Line, ...]
    counts: Mapping[str, int]
    total: int
    pages: int


def work_list(services: Services, station: str, filters: Filters, operator: str) -> WorkList:
    """Return the page that `filters` ask for; `operator` is whose cases are ``mine``."""
    with reading() as session:
        peer = session.get(Peer, 1)
        of_station = _conditions(services, filters, station)
        tabs = _tabs(peer, operator, clock.today())
        counts = _counts(session, of_station, tabs)
        wanted = [*of_station, *(() if filters.number else (tabs[filters.tab],))]
        total = counts[filters.tab]
        if filters.number:
            total = session.scalar(select(func.count()).select_from(Case).where(*wanted)) or 0
        order = (Case.submitted_at,) if filters.sort == BY_AGE else (Case.next_due, Case.id)
        page = select(Case).where(*wanted).order_by(*order)
        found = session.scalars(page.limit(PAGE).offset((filters.page - 1) * PAGE)).all()
        lines = _lines(session, services, peer, found)
    return WorkList(lines, counts, total, max(1, -(-total // PAGE)))


def brief(services: Services, station: str, operator: str) -> dict[str, Any]:
    """Return the open cases of `operator` as JSON values, `MOST_KEPT` at most, and all counts."""
    filters = Filters(tab=MINE)
    with reading() as session:
        peer = session.get(Peer, 1)
        tabs = _tabs(peer, operator, clock.today())
        of_station = _conditions(services, filters, station)
        mine = select(Case).where(*of_station, tabs[MINE]).order_by(Case.next_due, Case.id)
        found = session.scalars(mine.limit(MOST_KEPT)).all()
        ids = [case.id for case in found]
        within = {
            name: set(session.scalars(select(Case.id).where(Case.id.in_(ids), tab)))
            for name, tab in tabs.items()
        }
        lines = _lines(session, services, peer, found)
        counts = _counts(session, of_station, tabs)
    rows = [_row(line, [name for name in TABS if line.case.id in within[name]]) for line in lines]
    return {"as_of": clock.now().isoformat(), "rows": rows, "counts": counts}


def _row(line: Line, group: list[str]) -> dict[str, Any]:
    case = line.case
    title = line.item if isinstance(line.item, Text) else Text(line.item, line.item)
    words = STATE_WORDS[case.state]
    return {
        "case_id": case.id,
        "number": case.number,
        "item": case.item,
        "title": {"zh": title.zh, "en": title.en},
        "who": line.applicant,
        "state": case.state,
        "state_words": {"zh": words.zh, "en": words.en},
        "due_on": line.due.isoformat() if line.due else None,
        "group": group,
    }


def item_name(services: Services, case: Case) -> Text | str:
    """Return the item's name in the release the form was filled with, else its code."""
    try:
        return services.releases.of(case.release).item(case.item).name
    except LookupError:
        return case.item


def due_of(case: Case, today: date, yellow: Yellow = USUAL) -> tuple[date | None, Light | None]:
    """Return the next day that matters, and the light and words that say why."""
    if case.state == lifecycle.RETURNED:
        return None, TO_CORRECT
    own = deadlines.ends_on(case.state, case.changed_at, case.due_on)
    if case.stands:
        own = case.ends_on
    promised = case.supply_by if case.state in deadlines.SUPPLIED_IN else None
    if promised is not None and (own is None or promised <= own):
        return promised, deadlines.supply_light(promised, today)
    if case.stands:
        return own, case.light(today)
    return own, deadlines.light_of(case.state, case.changed_at, case.due_on, today, yellow=yellow)


def display_names(session: Session, ids: Collection[str]) -> dict[str, str]:
    """Return the names of these operators by id."""
    query = select(Operator.id, Operator.display_name).where(Operator.id.in_(ids))
    return dict(session.execute(query).all())


def _tabs(peer: Peer | None, operator: str, today: date) -> dict[str, ColumnElement[bool]]:
    is_open = Case.next_due.is_not(None)
    soon = workdays.add(today, deadlines.REMIND)
    return {
        MINE: and_(is_open, Case.holder == operator),
        UNASSIGNED: and_(is_open, Case.holder.is_(None)),
        RETURNED: and_(is_open, Case.state == lifecycle.RETURNED),
        PROMISED: and_(is_open, Case.state.in_(deadlines.SUPPLIED_IN), Case.supply_by <= soon),
        # Nobody is late with a case that its applicant has to put right.
        OVERDUE: and_(Case.next_due < today, Case.state != lifecycle.RETURNED),
        UNSYNCED: Case.id.in_(_unsynced(peer)),
        OPEN: is_open,
    }


def _unsynced(peer: Peer | None) -> Select[str]:
    """Return the query of the cases of which an entry is not at the hall yet."""
    place = tuple_(JournalEntry.epoch, JournalEntry.seq)
    return select(JournalEntry.subject).where((peer.acknowledged if peer else (0, 0)) < place)


def _counts(
    session: Session,
    of_station: Collection[ColumnElement[bool]],
    tabs: Mapping[str, ColumnElement[bool]],
) -> dict[str, int]:
    """Return how many cases each tab has; all open ones are counted in one pass over the index."""
    of_open = {name: tab for name, tab in tabs.items() if name != UNSYNCED}
    columns = [func.count().filter(tab).label(name) for name, tab in of_open.items()]
    is_open = Case.next_due.is_not(None)
    row = session.execute(select(*columns).where(is_open, *of_station)).one()
    waiting = select(func.count()).select_from(Case).where(tabs[UNSYNCED], *of_station)
    return {**row._mapping, UNSYNCED: session.scalar(waiting) or 0}


def _conditions(services: Services, filters: Filters, station: str) -> list[ColumnElement[bool]]:
    """Return everything that is asked for but the tab."""
    found: list[ColumnElement[bool]] = [Case.station_code == station]
    if filters.number:
        found.append(Case.number == ungrouped(filters.number))
    if filters.item:
        found.append(Case.item == filters.item)
    if filters.department:
        items = services.catalogue.items.values()
        codes = [item.code for item in items if item.department.zh == filters.department]
        found.append(Case.item.in_(codes))
    if filters.channel:
        found.append(Case.channel == filters.channel)
    if filters.day:
        begin = datetime.combine(date.fromisoformat(filters.day), time(), clock.LOCAL)
        found.append(Case.submitted_at >= begin)
        found.append(Case.submitted_at < begin + timedelta(days=1))
    return found


def _doubles(session: Session, ids: Collection[str]) -> set[str]:
    """Return those of the open cases of a page beside which another is open for the same."""
    other = aliased(Case)
    same = (other.person == Case.person, other.item == Case.item, other.id != Case.id)
    beside = select(other.id).where(*same, other.next_due.is_not(None)).exists()
    query = select(Case.id).where(Case.id.in_(ids), Case.next_due.is_not(None), beside)
    return set(session.scalars(query))


def _lines(
    session: Session, services: Services, peer: Peer | None, found: Collection[Case]
) -> tuple[Line, ...]:
    ids = [case.id for case in found]
    names = masked_names(session, services.keyring, ids)
    holders = display_names(session, {case.holder for case in found if case.holder})
    waiting = set(session.scalars(_unsynced(peer).where(JournalEntry.subject.in_(ids))))
    doubles, objected = _doubles(session, ids), objected_among(session, ids)
    today, yellow, lines = clock.today(), Yellow.of(services.config), []
    for case in found:
        due, light = due_of(case, today, yellow)
        lines.append(
            Line(
                case,
                item_name(services, case),
                names.get(case.id),
                holders.get(case.holder or ""),
                due,
                light,
                case.id in waiting,
                case.id in objected,
                case.id in doubles,
            )
        )
    return tuple(lines)
