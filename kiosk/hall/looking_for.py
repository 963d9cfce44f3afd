"""What of the fleet a page shows: light, finding, words in the address; one page after a place.

Neighbours: `fleet` has all terminals, `terminals` and `tabulating` show what is found here.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from forms.definition import Text
from kiosk.hall.finding_words import SHORT
from kiosk.hall.fleet import Fleet, Known
from kiosk.hall.lights import BY_CODE, LIGHTS
from kiosk.hall.stations import stations

PAGE = 25
#: How the terminals found are shown.
LIST, WALL, MAP = "list", "wall", "map"
VIEWS = (LIST, WALL, MAP)
_PLACE = re.compile(r"[0-3]-[0-9]{6}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for; empty means everything."""

    light: str = ""
    finding: str = ""
    words: str = ""
    view: str = LIST
    #: The page begins behind this place, or ends before it.
    after: str = ""
    before: str = ""

    def arguments(self, **changes: str | int) -> dict[str, str | int]:
        """Return the arguments of an address that asks for this with ``changes``, from page 1."""
        values: dict[str, str | int] = {
            "light": self.light,
            "why": self.finding,
            "q": self.words,
            "view": self.view,
        }
        values |= changes
        return {name: value for name, value in values.items() if value and value != LIST}


@dataclass(frozen=True, slots=True)
class Found:
    """The terminals of one page, how many there are in all, and where the neighbours begin."""

    page: tuple[Known, ...]
    total: int
    #: The number of the first one shown, counted from 1.
    first: int
    #: The places before and after which there is more; empty when there is not.
    before: str
    after: str


def wanted(asked: MultiDict[str, str]) -> Wanted:
    """Return what the arguments of an address ask for; what is unknown asks for nothing."""
    light, finding, view = asked.get("light", ""), asked.get("why", ""), asked.get("view", "")
    after, before = asked.get("after", ""), asked.get("before", "")
    return Wanted(
        light=light if light in LIGHTS else "",
        finding=finding if finding in BY_CODE else "",
        words=asked.get("q", "").strip()[:80],
        view=view if view in VIEWS else LIST,
        after=after if _PLACE.fullmatch(after) else "",
        before=before if _PLACE.fullmatch(before) else "",
    )


def all_found(fleet: Fleet, asked: Wanted) -> list[Known]:
    """Return the terminals that are asked for, worst first."""
    words = asked.words.casefold().split()
    names = {code: name.en.casefold() for code, name in stations().items()} if words else {}
    return [
        each
        for each in fleet.known
        if (not asked.light or each.light == asked.light)
        and (not asked.finding or each.finding == asked.finding)
        and (not words or _has_all(words, each, names))
    ]


def page_of(found: list[Known], asked: Wanted) -> Found:
    """Return the page of what was found that the address asks for, by places and not by counts:
    a terminal whose light changes meanwhile moves, and no other is left out or shown twice.
    """
    if asked.before:
        end = bisect_left(found, asked.before, key=_place)
        start = max(0, end - PAGE)
    else:
        start = bisect_right(found, asked.after, key=_place) if asked.after else 0
    page = found[start : start + PAGE]
    has_more = start + PAGE < len(found)
    return Found(
        page=tuple(page),
        total=len(found),
        first=start + 1 if page else 0,
        before=page[0].place if page and start else "",
        after=page[-1].place if page and has_more else "",
    )


def _place(each: Known) -> str:
    return each.place


def _has_all(words: list[str], each: Known, names: Mapping[str, str]) -> bool:
    said: Text = SHORT[each.finding]
    text = (
        f"{each.number} {each.station_code} {each.station_name} "
        f"{names.get(each.station_code, '')} {said.zh} {said.en}"
    ).casefold()
    # Pinyin is typed with and without spaces.
    return all(word in text or word in text.replace(" ", "") for word in words)
