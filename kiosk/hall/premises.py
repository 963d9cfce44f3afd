"""The page *Stations*: for each village and community its terminals, staff, and items offered.

Which stations there are is said by the release; what a station offers is the release that its
terminals have. Neighbours: `stations` lists them, `accounts` and `terminals` are behind the links.
"""

from collections import Counter
from dataclasses import dataclass

from flask import render_template, request
from sqlalchemy import func, select

from forms.definition import Text
from kiosk.app_services import services
from kiosk.db import reading
from kiosk.hall import staging
from kiosk.hall.pages import TERMINAL_READERS, page_blueprint
from kiosk.hall.stations import stations
from kiosk.operators.access import requires
from kiosk.operators.model import Operator
from sync import releases
from sync.ledger import Terminal
from sync.releases import Release

bp = page_blueprint("premises", __name__)

#: Names of staff that a line has room for.
MOST_NAMES = 4
#: What the list is narrowed to.
WHICH = ("all", "with", "without")


@dataclass(frozen=True, slots=True)
class Place:
    """One station; `items` it offers (0: none yet), `is_behind` another release than the hall's."""

    code: str
    name: Text
    terminals: int
    shut_out: int
    staff: tuple[str, ...]
    items: int
    is_behind: bool


@bp.get("/stations")
@requires(*TERMINAL_READERS)
def show() -> str:
    """Show the stations that the address asks for, by name or code, with or without a terminal."""
    words, which = request.args.get("q", "").strip()[:40], request.args.get("which", "all")
    which = which if which in WHICH else "all"
    every = _places()
    found = [each for each in every if _is_asked(each, words, which)]
    return render_template(
        "hall/stations.html",
        places=found,
        words=words,
        which=which,
        counts={
            "all": len(every),
            "with": sum(bool(each.terminals) for each in every),
            "without": sum(not each.terminals for each in every),
        },
        most=MOST_NAMES,
        offered=len(services().catalogue.items),
    )


def _is_asked(place: Place, words: str, which: str) -> bool:
    is_there = bool(place.terminals)
    named = not words or words in place.code or words in place.name.zh
    return named and (which == "all" or is_there == (which == "with"))


def _places() -> list[Place]:
    counted = select(Terminal.station_code, Terminal.standing, Terminal.release, func.count())
    counted = counted.group_by(Terminal.station_code, Terminal.standing, Terminal.release)
    people = select(Operator).where(Operator.role == "staff", Operator.active)
    with reading() as session:
        rows = session.execute(counted).all()
        sizes = dict(session.execute(select(Release.sha256, Release.items)).all())
        current, ahead = releases.current_of(session), staging.staged(session)
        staff: dict[str, list[str]] = {}
        for person in session.scalars(people.order_by(Operator.display_name)):
            for code in person.station_codes:
                staff.setdefault(code, []).append(person.display_name)
    shipped = services().catalogue
    sizes.setdefault(shipped.release, len(shipped.items))
    newest = current.sha256 if current else None
    terminals, shut_out, offered = Counter[str](), Counter[str](), dict[str, int]()
    behind = set[str]()
    for code, standing, release, count in rows:
        if standing == "revoked":
            shut_out[code] += count
            continue
        terminals[code] += count
        offered[code] = max(offered.get(code, 0), sizes.get(release or "", 0))
        if newest is not None and release != ahead.get(code, newest):
            behind.add(code)
    return [
        Place(
            code=code,
            name=name,
            terminals=terminals[code],
            shut_out=shut_out[code],
            staff=tuple(staff.get(code, ())),
            items=offered.get(code, 0),
            is_behind=code in behind,
        )
        for code, name in stations().items()
    ]
