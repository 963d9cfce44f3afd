"""Where terminals stand, as a drawing: from measured positions that the town has put here, or none.

Positions come from `positions.json` in the hall's data folder, in the form that terminals read
(docs/operations.md). A file that says that nothing was measured is not used: a map that was made up
sends people to the wrong village. Knows no map service; nothing is fetched.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians
from pathlib import Path
from typing import Any

import orjson
import structlog

from kiosk.app_services import services
from kiosk.hall.fleet import Known
from kiosk.hall.terminal_lights import RANK

log = structlog.get_logger(__name__)

WIDTH, HEIGHT, EDGE = 1000, 600, 30


@dataclass(frozen=True, slots=True)
class Point:
    """A station on the map with its worst light; `numbers` are its terminals."""

    x: float
    y: float
    light: str
    name: str
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """The map: its points, the worst drawn last, and how many terminals are on none."""

    points: tuple[Point, ...]
    nowhere: int


def drawn(found: Sequence[Known]) -> Drawn | None:
    """Return the map of these terminals; None when no positions are known."""
    places = _places(services().config.data_dir / "positions.json")
    if not places:
        return None
    at: dict[str, list[Known]] = defaultdict(list)
    for each in found:
        at[each.station_code].append(each)
    scale = _Scale(list(places.values()))
    points = [
        Point(
            *scale.of(places[code]),
            light=min((each.light for each in here), key=RANK.__getitem__),
            name=here[0].station_name,
            numbers=tuple(each.number for each in here),
        )
        for code, here in at.items()
        if code in places
    ]
    points.sort(key=lambda point: -RANK[point.light])
    return Drawn(tuple(points), len(found) - sum(len(point.numbers) for point in points))


def _places(file: Path) -> dict[str, tuple[float, float]]:
    """Return latitude and longitude by station code; none when there is no usable file."""
    try:
        told: Mapping[str, Any] = orjson.loads(file.read_bytes())
        if told.get("measured") is False:
            return {}
        return {
            code: (float(place["lat"]), float(place["lon"]))
            for code, place in told["stations"].items()
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.error("positions_not_read", reason=type(error).__name__)
        return {}


class _Scale:
    """Puts latitudes and longitudes of a small area on the drawing, north above."""

    def __init__(self, places: Sequence[tuple[float, float]]) -> None:
        lats, lons = [place[0] for place in places], [place[1] for place in places]
        self._north, self._west = max(lats), min(lons)
        # A degree of longitude is shorter than one of latitude, by the cosine of the latitude.
        self._narrow = cos(radians(sum(lats) / len(lats)))
        high = max(self._north - min(lats), 1e-6)
        wide = max((max(lons) - self._west) * self._narrow, 1e-6)
        self._unit = min((WIDTH - 2 * EDGE) / wide, (HEIGHT - 2 * EDGE) / high)

    def of(self, place: tuple[float, float]) -> tuple[float, float]:
        east = (place[1] - self._west) * self._narrow * self._unit
        south = (self._north - place[0]) * self._unit
        return round(EDGE + east, 1), round(EDGE + south, 1)
