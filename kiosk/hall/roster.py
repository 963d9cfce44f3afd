"""The list of accounts: which ones the address asks for, in which order, a page at a time.

A page costs a fixed number of queries and begins after the last account of the page before it.
Neighbour: `accounts` draws it.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session
from werkzeug.datastructures import MultiDict

from forms.definition import Text
from kiosk.db import reading
from kiosk.hall.stations import named
from kiosk.operators.model import ROLES, Operator

PAGE = 40
#: What the list is narrowed to, beside a role and words.
ALL, IN_USE, CLOSED = "all", "in_use", "closed"
WHICH = (ALL, IN_USE, CLOSED)
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
    with reading() as session:
        return _found(session, asked, _conditions(session, asked, departments))


def _found(session: Session, asked: Wanted, conditions: Sequence[ColumnElement[bool]]) -> Roster:
    order = (_IS_CLOSED, Operator.role, Operator.username)
    query = select(Operator).where(*conditions).order_by(*order).limit(PAGE + 1)
    if asked.which != ALL:
        query = query.where(Operator.active.is_(asked.which == IN_USE))
    place = _place(asked.after)
    if place is not None:
        query = query.where(tuple_(*order) > place)
    open_ones = func.count().filter(Operator.active)
    counted = select(func.count(), open_ones).select_from(Operator).where(*conditions)
    every, in_use = session.execute(counted).one()
    found = session.scalars(query).all()
    return Roster(
        people=tuple(found[:PAGE]),
        counts={ALL: every, IN_USE: in_use, CLOSED: every - in_use},
        next=_after(found[PAGE - 1]) if len(found) > PAGE else None,
    )


def _conditions(
    session: Session, asked: Wanted, departments: Mapping[str, Text]
) -> Sequence[ColumnElement[bool]]:
    found = list[ColumnElement[bool]]()
    if asked.role:
        found.append(Operator.role == asked.role)
    if asked.words:
        own = (Operator.username, Operator.display_name)
        sit = [
            code
            for code, name in departments.items()
            if asked.words in name.zh or asked.words.casefold() in name.en.casefold()
        ]
        texts = [each.icontains(asked.words, autoescape=True) for each in own]
        there = _has_one(session, Operator.stations, named(asked.words))
        found.append(or_(*texts, *there, *_has_one(session, Operator.departments, sit)))
    return found


def _has_one(
    session: Session, column: InstrumentedAttribute[str], codes: Collection[str]
) -> Sequence[ColumnElement[bool]]:
    """Return the condition that a JSON list has one of these codes; none when there are no codes.

    A word may be in the names of all stations: a condition for each would be more than a database
    takes, while accounts have few different lists.
    """
    if not codes:
        return []
    wanted = frozenset(codes)
    told = session.scalars(select(column).distinct())
    return [column.in_([each for each in told if not wanted.isdisjoint(json.loads(each))])]


def _after(last: Operator) -> str:
    return f"{int(not last.active)}.{last.role}.{last.username}"


def _place(after: str) -> tuple[int, str, str] | None:
    """Return what `_after` wrote; None for anything else, which begins at the beginning."""
    closed, _, rest = after.partition(".")
    role, _, username = rest.partition(".")
    return (int(closed), role, username) if closed in ("0", "1") and username else None
