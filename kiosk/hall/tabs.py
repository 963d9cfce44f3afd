"""How many cases the desk's list has in each tab and of each light, under its filters.

Open cases are counted with one query that reads an index alone, and in a large town what nobody has
narrowed is counted once in a moment for all who look. Closed cases, of which there are millions,
are counted up to a bound, and only where nothing narrows them. Neighbours: `worklist` shows the
counts beside its list, `lights` says which light a case has.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from kiosk.cases import lifecycle
from kiosk.cases.model import Case
from kiosk.db import glancing
from kiosk.hall import lights
from kiosk.hall.kept import kept

#: As far as closed cases are counted: there are millions of them, and nobody waits for them.
MOST_COUNTED = 1000
#: States in which the hall owes the next step, and the two groups beside the single states.
OPEN_STATES = (lifecycle.SUBMITTED, lifecycle.ACCEPTED, lifecycle.APPROVED)
OPEN, ALL = "open", "all"
#: States that a verb leads out of, in the order of a case's life.
LIVE = lifecycle.LIVE
#: Of more open cases than this, the counts that nobody has narrowed are kept for so many seconds.
LARGE, KEPT_SECONDS = 2000, 5.0
#: Those whose clock runs; grey is who waits for somebody else, and is not counted.
_RUNNING = lights.COLOURS[:-1]

Conditions = list[ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Counts:
    """Of each tab its number in words, None where it is not counted; of each light the cases."""

    tabs: Mapping[str, str | None]
    lights: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Counted:
    states: Mapping[str, int]
    lights: Mapping[str, int]
    #: Up to the bound; None where closed cases are not counted.
    closed: Mapping[str, int] | None


def counts(conditions: Conditions, today: date, whose: Hashable, *, closed: bool) -> Counts:
    """Return the counts under these conditions, with the closed ones where ``closed`` says so.

    ``whose`` names the conditions where others ask for the same; None where hardly anybody does.
    """

    def count() -> _Counted:
        with glancing() as session:
            return _count(session, conditions, today, closed=closed)

    if whose is None:
        return _told(count())
    question = ("tabs", whose, closed, today)
    return _told(kept(question, KEPT_SECONDS, count, _is_large))


def _is_large(counted: _Counted) -> bool:
    return sum(counted.states.values()) > LARGE


def _count(session: Session, conditions: Conditions, today: date, *, closed: bool) -> _Counted:
    states = [func.count().filter(Case.state == state) for state in LIVE]
    coloured = [func.count().filter(lights.is_of(colour, today)) for colour in _RUNNING]
    ended = [_at_most(conditions, state) for state in lifecycle.FINAL] if closed else []
    query = select(*states, *coloured, *ended).where(Case.state.in_(LIVE), *conditions)
    told = iter(session.execute(query).one())
    return _Counted(
        states=dict(zip(LIVE, told, strict=False)),
        lights=dict(zip(_RUNNING, told, strict=False)),
        closed=dict(zip(lifecycle.FINAL, told, strict=True)) if closed else None,
    )


def _told(counted: _Counted) -> Counts:
    opened = sum(counted.states[state] for state in OPEN_STATES)
    shown = {OPEN: str(opened), **{state: str(count) for state, count in counted.states.items()}}
    if counted.closed is None:
        return Counts({**shown, **dict.fromkeys(lifecycle.FINAL), ALL: None}, counted.lights)
    whole = sum(counted.states.values()) + sum(counted.closed.values())
    is_whole = all(count <= MOST_COUNTED for count in counted.closed.values())
    bounded = {state: _bounded(count) for state, count in counted.closed.items()}
    in_all = str(whole) if is_whole else f"{MOST_COUNTED}+"
    return Counts({**shown, **bounded, ALL: in_all}, counted.lights)


def _at_most(conditions: Conditions, state: str) -> ColumnElement[int]:
    """Return how many cases are in this state, one more than ``MOST_COUNTED`` at most."""
    found = select(Case.id).where(Case.state == state, *conditions).limit(MOST_COUNTED + 1)
    return select(func.count()).select_from(found.subquery()).scalar_subquery()


def _bounded(count: int) -> str:
    return str(count) if count <= MOST_COUNTED else f"{MOST_COUNTED}+"
