"""The list of accounts: which ones the address asks for, in which order, a page at a time.

A page costs a fixed number of queries and begins after the last account of the page before it.
Neighbour: `accounts` draws it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, or_, select, tuple_
from werkzeug.datastructures import MultiDict

from forms.definition import Text
from kiosk.db import reading
from kiosk.hall.stations import named
from kiosk.operators.model import ROLES, Operator

PAGE = 40
#: What the list is narrowed to, beside a role and words.
ALL, IN_USE, CLOSED = "all", "in_use", "closed"
WHICH = (ALL, IN_USE, CLOSED)
#: So many stations or departments with the searched words are looked for, no more.
_MOST_PLACES = 20
_IS_CLOSED = case((Operator.active, 0), else_=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for; `after` is where the page before ended (`Roster.next`)."""

    words: str = ""
    role: str = ""
    which: str = ALL
    after: str = ""

    def arguments(self, **changes: str) -> dict[str, str]:
        """Return the arguments of an address that asks for this with `changes`, from page 1."""
        told = {"q": self.words, "role": self.role, "which": self.which} | changes
        return {name: value for name, value in told.items() if value and value != ALL}


@dataclass(frozen=True, slots=True)
class Roster:
    """One page; `counts` of all that is found by `WHICH`, `next` is where the following begins."""

    people: tuple[Operator, ...]
    counts: Mapping[str, int]
    next: str | None


def wanted(asked: MultiDict[str, str]) -> Wanted:
    """Return what the arguments of an address ask for; what is unknown asks for nothing."""
    role, which = asked.get("role", ""), asked.get("which", ALL)
    return Wanted(
        words=asked.get("q", "").replace("\0", "").strip()[:40],
        role=role if role in ROLES else "",
        which=which if which in WHICH else ALL,
        after=asked.get("after", "").replace("\0", "")[:64],
    )


def roster(asked: Wanted, departments: Mapping[str, Text]) -> Roster:
    """Return the page that is asked for: usable accounts first, by role and account name."""
    conditions = _conditions(asked, departments)
    order = (_IS_CLOSED, Operator.role, Operator.username)
    query = select(Operator).where(*conditions).order_by(*order).limit(PAGE + 1)
    if asked.which != ALL:
        query = query.where(Operator.active.is_(asked.which == IN_USE))
    place = _place(asked.after)
    if place is not None:
        query = query.where(tuple_(*order) > place)
    open_ones = func.count().filter(Operator.active)
    counted = select(func.count(), open_ones).select_from(Operator).where(*conditions)
    with reading() as session:
        every, in_use = session.execute(counted).one()
        found = session.scalars(query).all()
    return Roster(
        people=tuple(found[:PAGE]),
        counts={ALL: every, IN_USE: in_use, CLOSED: every - in_use},
        next=_after(found[PAGE - 1]) if len(found) > PAGE else None,
    )


def _conditions(asked: Wanted, departments: Mapping[str, Text]) -> Sequence[ColumnElement[bool]]:
    found = list[ColumnElement[bool]]()
    if asked.role:
        found.append(Operator.role == asked.role)
    if asked.words:
        own = (Operator.username, Operator.display_name)
        # Both lists are JSON: a whole code stands between quotation marks.
        there = [Operator.stations.contains(f'"{code}"') for code in named(asked.words)]
        sit = [
            Operator.departments.contains(f'"{code}"')
            for code, name in departments.items()
            if asked.words in name.zh or asked.words.casefold() in name.en.casefold()
        ]
        texts = [each.icontains(asked.words, autoescape=True) for each in own]
        found.append(or_(*texts, *there[:_MOST_PLACES], *sit[:_MOST_PLACES]))
    return found


def _after(last: Operator) -> str:
    return f"{int(not last.active)}.{last.role}.{last.username}"


def _place(after: str) -> tuple[int, str, str] | None:
    """Return what `_after` wrote; None for anything else, which begins at the beginning."""
    closed, _, rest = after.partition(".")
    role, _, username = rest.partition(".")
    return (int(closed), role, username) if closed in ("0", "1") and username else None
