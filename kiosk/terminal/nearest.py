"""The nearest stations on one page, with a small map that needs no line: points and rings.

The map is drawn here from coordinates; nothing is fetched from anywhere. Neighbour: `nearby`
knows distances and hours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
from flask import Blueprint, abort, render_template, request

from kiosk import clock
from kiosk.app_services import services
from kiosk.operators.access import public
from kiosk.pages.divisions import divisions
from kiosk.terminal import nearby
from kiosk.terminal.nearby import Nearby

log = structlog.get_logger(__name__)

bp = Blueprint("nearest", __name__)

RINGS = (5, 10, 15)
#: Half the width of the map, in minutes from here, and in units of the drawing.
EDGE_MINUTES = 18
HALF = 180
#: So many have a number on the map and stand in the list at once; the rest can be unfolded.
NUMBERED = 9


@dataclass(frozen=True, slots=True)
class Point:
    """A station on the map, in units of the drawing; `number` is its place in the list."""

    x: float
    y: float
    number: int | None


@bp.get("/nearest")
@public
def show() -> str:
    """Show the stations around this one; `item` leaves those that take this item."""
    parts, code = services(), request.args.get("item")
    catalogue, station = parts.catalogue, parts.station
    item = catalogue.items.get(code) or catalogue.bundles.get(code) if code else None
    if code and item is None:
        abort(404)
    known = _places(parts.config.data_dir)
    here = station.code if station else None
    found = nearby.around(here, divisions(catalogue), known, code)
    others = [each for each in found if not each.is_here]
    at_once = NUMBERED if known else len(others)
    return render_template(
        "terminal/nearest.html",
        item=item,
        own=next((each for each in found if each.is_here), None),
        near=others[:at_once],
        far=others[at_once:],
        within=sum(each.is_within for each in others),
        points=_points(others),
        rings=[(minutes, _scaled(nearby.straight_metres(minutes))) for minutes in RINGS],
        half=HALF,
        now=clock.now(),
        detour=nearby.DETOUR,
        pace=round(nearby.PACE * 60 / 1000),
        has_places=bool(known),
        is_sketch=any(not place.is_measured for place in known.values()),
        circle=nearby.CIRCLE_MINUTES,
    )


def _places(data_dir: Path) -> dict[str, nearby.Place]:
    """Return the places; none when the file cannot be used, which is logged."""
    try:
        return dict(nearby.places(data_dir))
    except nearby.BadPositions as error:
        log.error("positions_not_read", reason=str(error))
        return {}


def _points(others: Sequence[Nearby]) -> list[Point]:
    """Return what lies on the map, the numbered ones last, so that none is hidden."""
    points = [
        Point(_scaled(each.east), -_scaled(each.north), place if place <= NUMBERED else None)
        for place, each in enumerate(others, start=1)
        if each.metres is not None
    ]
    inside = [point for point in points if max(abs(point.x), abs(point.y)) < HALF - 8]
    return sorted(inside, key=lambda point: point.number or 0)


def _scaled(metres: float) -> float:
    return round(metres * HALF / nearby.straight_metres(EDGE_MINUTES), 1)
