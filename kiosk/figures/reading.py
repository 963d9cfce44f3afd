"""Answers to questions about the figures: a period, a grouping, and what it is narrowed to.

Reads the kept counts alone, never a case. Neighbours: `keeping` keeps them, `table` makes of an
answer what may be shown.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import product

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from forms.release import Catalogue
from kiosk.figures.model import ALL, DAY, MONTH, Cell
from kiosk.figures.promises import Promised, promised_days
from kiosk.figures.tally import Tally, loaded
from sync.ledger import Terminal

#: What lines may stand for, in the order in which people are led from one to the next.
GROUPINGS = ("month", "day", "station", "department", "item")
#: Of these nobody knows what was offered.
OVER_TIME = frozenset({"month", "day"})


@dataclass(frozen=True, slots=True)
class Question:
    """``first`` and ``last`` are the first days of months, both included; empty is everything.

    ``department`` is the Chinese name as the catalogue has it.
    """

    first: date
    last: date
    by: str = "month"
    station: str = ""
    item: str = ""
    department: str = ""

    @property
    def after(self) -> date:
        """The first day that is not asked for."""
        return (self.last + timedelta(days=32)).replace(day=1)


@dataclass(slots=True)
class Line:
    """One line of an answer; how many pairs of station and item are used, and are offered.

    Those of a month or day are None: what is offered then is not kept. ``promises`` are the cases
    whose item the catalogue has, by item. A station, month or day has them of one item alone
    (`has_promises`).
    """

    key: str
    tally: Tally = field(default_factory=Tally)
    used: int | None = None
    offered: int | None = None
    promises: Counter[Promised] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Answer:
    """The lines, in the order of their keys, and the sum of all."""

    question: Question
    lines: tuple[Line, ...]
    total: Line


def ask(session: Session, question: Question, catalogue: Catalogue) -> Answer:
    """Return the answer; one that nothing fits has no lines and empty sums."""
    wanted = items_of(question, catalogue)
    lines = defaultdict[str, Tally](Tally)
    for cell in session.execute(_cells(question, wanted)):
        begins, station, item, counts = cell
        lines[_key(question, begins, station, item, catalogue)].add(loaded(counts))
    whole = Line("")
    # Not the lines added up: what has no item, as waiting, is in no line of an item.
    for cell in session.execute(_cells(replace(question, by="month"), wanted)):
        whole.tally.add(loaded(cell.counts))
    uses, offers = _used_and_offered(session, question, wanted, catalogue)
    whole.used, whole.offered = uses.total(), offers.total()
    found = [Line(key, lines[key]) for key in sorted(lines, key=_place)]
    whole.promises = _promises(session, question, wanted, catalogue)
    _promises_of(found, whole.promises, question, catalogue)
    if question.by not in OVER_TIME:
        for line in found:
            line.used, line.offered = uses[line.key], offers[line.key]
    return Answer(question, tuple(found), whole)


def _place(key: str) -> tuple[bool, str]:
    """Return where a line comes: in the order of keys, and the one without a key last."""
    return (not key, key)


def months_counted(session: Session) -> tuple[date, date] | None:
    """Return the first and the last month there are figures of, or None."""
    query = (
        select(Cell.begins)
        .distinct()
        .where(Cell.grain == MONTH, Cell.station_code == ALL, Cell.item == ALL)
    )
    found = sorted(session.scalars(query))
    return (found[0], found[-1]) if found else None


def items_of(question: Question, catalogue: Catalogue) -> frozenset[str] | None:
    """Return the items that are asked about; None for all, those of older releases too."""
    if question.item:
        return frozenset({question.item})
    if question.department:
        items = catalogue.items.values()
        return frozenset(e.code for e in items if e.department.zh == question.department)
    return None


def _cells(question: Question, wanted: frozenset[str] | None) -> Select[date, str, str, str]:
    """Return the query for the cells that add up to the answer: each fact is in one of them."""
    query = select(Cell.begins, Cell.station_code, Cell.item, Cell.counts).where(*_where(question))
    if wanted is not None:
        return query.where(Cell.item.in_(sorted(wanted)))
    by_item = question.by in {"item", "department"}
    return query.where(Cell.item != ALL if by_item else Cell.item == ALL)


def _where(question: Question) -> list[ColumnElement[bool]]:
    """Return the period and the stations that are asked about, each or all of them together."""
    by_station = question.by == "station"
    together = Cell.station_code != ALL if by_station else Cell.station_code == ALL
    return [
        Cell.grain == (DAY if question.by == "day" else MONTH),
        Cell.begins >= question.first,
        Cell.begins < question.after,
        Cell.station_code == question.station if question.station else together,
    ]


def _promises(
    session: Session, question: Question, wanted: frozenset[str] | None, catalogue: Catalogue
) -> Counter[Promised]:
    """Return how many cases of the whole answer there are of each item of the catalogue."""
    query = (
        select(Cell.item, func.sum(Cell.cases))
        .where(*_where(replace(question, by="month")), Cell.item != ALL, Cell.cases > 0)
        .group_by(Cell.item)
    )
    if wanted is not None:
        query = query.where(Cell.item.in_(sorted(wanted)))
    promised = promised_days(catalogue)
    return Counter(
        {
            (promised[item], item): int(cases)
            for item, cases in session.execute(query)
            if item in promised
        }
    )


def has_promises(question: Question) -> bool:
    """Tell whether lines have a median promise; the sum always has.

    Several stations or months have cases of the same items: the median of each beside that of the
    sum would tell more than either alone. Of one item there is nothing to tell.
    """
    return question.by in {"item", "department"} or bool(question.item)


def _promises_of(
    lines: Sequence[Line], whole: Counter[Promised], question: Question, catalogue: Catalogue
) -> None:
    """Give each line its promises: those of its items, or of the one item that is asked about."""
    if not has_promises(question):
        return
    if question.by in {"item", "department"}:
        by_key = {line.key: line for line in lines}
        for promised, cases in whole.items():
            # A line may be missing: an item's first cases can be counted between two queries.
            if line := by_key.get(_line(question, promised[1], catalogue)):
                line.promises[promised] = cases
        return
    for line, promised in product(lines, whole):
        line.promises[promised] = line.tally["cases"]


def _key(question: Question, begins: date, station: str, item: str, catalogue: Catalogue) -> str:
    if question.by == "station":
        return station
    if question.by == "item":
        return item
    if question.by == "department":
        known = catalogue.items.get(item)
        return known.department.zh if known else ""
    return _moment(question, begins)


def _moment(question: Question, begins: date) -> str:
    return begins.isoformat() if question.by == "day" else f"{begins:%Y-%m}"


def _used_and_offered(
    session: Session, question: Question, wanted: frozenset[str] | None, catalogue: Catalogue
) -> tuple[Counter[str], Counter[str]]:
    """Return how many pairs of station and item there was a case of, and are offered, by line.

    Offered is every item of the release at every station in service. Both are counted, not listed:
    a large town has millions of pairs.
    """
    served = select(Terminal.station_code).where(Terminal.standing == "approved")
    if question.station:
        served = served.where(Terminal.station_code == question.station)
    items = [code for code in catalogue.items if wanted is None or code in wanted]
    by_station = question.by == "station"
    group, other = (Cell.station_code, Cell.item) if by_station else (Cell.item, Cell.station_code)
    query = (
        select(group, func.count(other.distinct()))
        .where(
            Cell.grain == MONTH,
            Cell.begins >= question.first,
            Cell.begins < question.after,
            Cell.station_code.in_(served),
            Cell.item.in_(items),
            Cell.cases > 0,
        )
        .group_by(group)
    )
    stations = set(session.scalars(served.distinct()))
    used, offered = Counter[str](), Counter[str]()
    for key, count in session.execute(query):
        used[_line(question, key, catalogue)] += count
    for key in stations if by_station else items:
        offered[_line(question, key, catalogue)] += len(items if by_station else stations)
    return used, offered


def _line(question: Question, key: str, catalogue: Catalogue) -> str:
    """Return the line of a station or an item; what is grouped over time has one for all."""
    station, item = (key, "") if question.by == "station" else ("", key)
    return _key(question, question.first, station, item, catalogue)
