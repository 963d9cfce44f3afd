"""Which stations are near (15分钟便民服务圈): distance, minutes on foot, open or not. No pages.

Positions come from `positions.json` in the terminal's data folder, which the town fills with what
was measured; without it nobody knows where a station is. The file beside this one is a sketch that
says so, for trying out: only `kiosk up` puts it there.
Neighbour: `nearest` draws the page.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from forms.definition import Text
from kiosk import clock, workdays

SKETCH = Path(__file__).with_name("positions.json")
NAME = "positions.json"
EARTH_METRES = 6_371_000
#: Streets are longer than the straight line by about this much; a common rule of thumb.
DETOUR = 1.3
#: Metres in a minute: 4 km/h, an unhurried walk.
PACE = 67
CIRCLE_MINUTES = 15


class BadPositions(ValueError):
    """The file of positions cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Hours:
    """When a station is open: spans of local time on working days, or on all days."""

    confirmed: bool
    every_day: bool
    spans: tuple[tuple[time, time], ...]

    def is_open(self, at: datetime) -> bool:
        """Tell whether it is open at this instant."""
        local = at.astimezone(clock.LOCAL)
        on_duty = self.every_day or workdays.is_working_day(local.date())
        return on_duty and any(start <= local.time() < end for start, end in self.spans)

    @property
    def words(self) -> str:
        """The spans as they are read: "09:00–11:30, 13:00–17:00"."""
        return ", ".join(f"{start:%H:%M}–{end:%H:%M}" for start, end in self.spans)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a station is; `without` are codes of items that it does not take."""

    lat: float
    lon: float
    hours: Hours
    is_measured: bool
    address: str = ""
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Nearby:
    """A station as seen from here; `metres` on foot are None from nowhere.

    `place` is None while no positions are known. `east` and `north` are metres in a straight line.
    """

    code: str
    name: Text
    place: Place | None
    metres: int | None
    east: float = 0.0
    north: float = 0.0
    is_here: bool = False

    @property
    def minutes(self) -> int | None:
        """Minutes on foot, rounded up."""
        return None if self.metres is None else math.ceil(self.metres / PACE)

    @property
    def is_within(self) -> bool:
        """Tell whether it is within the circle."""
        return self.minutes is not None and self.minutes <= CIRCLE_MINUTES


def places(data_dir: Path) -> Mapping[str, Place]:
    """Return where the stations are, by division code, none without a file of positions.

    Raises BadPositions for a file of another shape.
    """
    file = data_dir / NAME
    return _read(file, file.stat().st_mtime_ns) if file.is_file() else {}


def around(
    here: str | None, names: Mapping[str, Text], known: Mapping[str, Place], item: str | None
) -> list[Nearby]:
    """Return the stations whose place is known, nearest first, those that take `item` if given.

    Without any place known: all of them in the order of their names, as if nowhere.
    """
    if not known:
        return [Nearby(code, name, None, None) for code, name in names.items() if code != here]
    origin = known.get(here or "")
    found = [
        _seen(origin, code, name, known[code], is_here=code == here)
        for code, name in names.items()
        if code in known and (item is None or item not in known[code].without)
    ]
    return sorted(found, key=lambda each: (not each.is_here, each.metres or 0, each.code))


def straight_metres(minutes: int) -> float:
    """Return how far, in a straight line, somebody gets in so many minutes."""
    return minutes * PACE / DETOUR


def metres_between(one: Place, other: Place) -> float:
    """Return the length of the straight line, by the haversine formula, in metres."""
    north = math.radians(other.lat - one.lat)
    east = math.radians(other.lon - one.lon)
    narrow = math.cos(math.radians(one.lat)) * math.cos(math.radians(other.lat))
    half = math.sin(north / 2) ** 2 + narrow * math.sin(east / 2) ** 2
    return 2 * EARTH_METRES * math.asin(math.sqrt(half))


def _seen(origin: Place | None, code: str, name: Text, place: Place, *, is_here: bool) -> Nearby:
    if origin is None:
        return Nearby(code, name, place, None, is_here=is_here)
    north = math.radians(place.lat - origin.lat) * EARTH_METRES
    east = math.radians(place.lon - origin.lon) * EARTH_METRES * math.cos(math.radians(origin.lat))
    metres = round(metres_between(origin, place) * DETOUR)
    return Nearby(code, name, place, metres, east, north, is_here)


@lru_cache(maxsize=2)
def _read(file: Path, changed: int) -> Mapping[str, Place]:
    """`changed` is the file's time of change, so that a new one is read."""
    try:
        told = orjson.loads(file.read_bytes())
        usual, measured = _hours(told["hours"]), bool(told["measured"])
        return {
            code: Place(
                lat=_number(each["lat"], 90),
                lon=_number(each["lon"], 180),
                hours=_hours(each["hours"]) if "hours" in each else usual,
                is_measured=bool(each.get("measured", measured)),
                address=str(each.get("address", "")),
                without=frozenset(map(str, each.get("without", ()))),
            )
            for code, each in told["stations"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadPositions(f"{file} cannot be used: {error!r}") from error


def _hours(told: Mapping[str, Any]) -> Hours:
    spans = tuple((time.fromisoformat(a), time.fromisoformat(b)) for a, b in told["spans"])
    return Hours(bool(told["confirmed"]), told.get("days") == "all", spans)


def _number(value: Any, most: float) -> float:
    number = float(value)
    if not -most <= number <= most:
        raise ValueError(f"{number} is no degree of a place on Earth")
    return number
