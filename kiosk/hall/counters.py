"""How long people wait and are served at the stations' counters, by day. Nobody's name, no number.

A page of the list begins after the last line of the page before it. Neighbours:
`kiosk.counter.days` keeps what the terminals tell once a day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import render_template, request
from sqlalchemy import Select, and_, or_, select, tuple_
from werkzeug.datastructures import MultiDict

from kiosk import clock
from kiosk.counter.model import CounterDay
from kiosk.db import reading
from kiosk.hall.pages import TERMINAL_READERS, page_blueprint
from kiosk.hall.stations import named, stations
from kiosk.operators.access import requires

bp = page_blueprint("counters", __name__)

#: Days that are shown, and lines to a page.
SHOWN, PAGE = timedelta(days=31), 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for; empty means everything. `after` is where the page before ended."""

    words: str = ""
    day: date | None = None
    after: str = ""

    def arguments(self, **changes: str) -> dict[str, str]:
        """Return the arguments of an address that asks for this with `changes`, from page 1."""
        told = {"q": self.words, "day": self.day.isoformat() if self.day else ""} | changes
        return {name: value for name, value in told.items() if value}


@bp.get("/counters")
@requires(*TERMINAL_READERS)
def show() -> str:
    """Show the days of the last month, the newest first, or those that the address asks for."""
    asked = _wanted(request.args)
    with reading() as session:
        found = session.scalars(_query(asked).limit(PAGE + 1)).all()
    return render_template(
        "hall/counters.html",
        asked=asked,
        days=found[:PAGE],
        next=_after(found[:PAGE]) if len(found) > PAGE else None,
        first_day=clock.today() - SHOWN,
        places=stations(),
    )


def _wanted(asked: MultiDict[str, str]) -> Wanted:
    return Wanted(
        words=asked.get("q", "").replace("\0", "").strip()[:40],
        day=_a_day(asked.get("day", "")),
        after=asked.get("after", "").replace("\0", "")[:64],
    )


def _query(asked: Wanted) -> Select[CounterDay]:
    query = select(CounterDay).where(CounterDay.day >= clock.today() - SHOWN)
    if asked.day:
        query = query.where(CounterDay.day == asked.day)
    if asked.words:
        # A station that the catalogue has no more is found by its whole code.
        codes = {*named(asked.words), asked.words}
        query = query.where(CounterDay.station_code.in_(sorted(codes)))
    place = (CounterDay.station_code, CounterDay.terminal_id)
    day, _, last = asked.after.partition(".")
    before = _a_day(day)
    if before and last:
        station, _, terminal = last.partition(".")
        later = and_(CounterDay.day == before, tuple_(*place) > (station, terminal))
        query = query.where(CounterDay.day <= before, or_(CounterDay.day < before, later))
    return query.order_by(CounterDay.day.desc(), *place)


def _after(page: Sequence[CounterDay]) -> str:
    """Return where the page after this one begins, for the address."""
    last = page[-1]
    return f"{last.day.isoformat()}.{last.station_code}.{last.terminal_id}"


def _a_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
