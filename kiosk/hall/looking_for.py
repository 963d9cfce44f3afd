"""What of the fleet a page shows: light, finding, words in the address; one page after a place.

Neighbours: `fleet` has all terminals, `terminals` and `tabulating` show what is found here.
"""

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from forms.definition import Text
from kiosk.hall.finding_words import SHORT
from kiosk.hall.fleet import Fleet, Known
from kiosk.hall.stations import stations
from kiosk.hall.terminal_lights import BY_CODE, LIGHTS

PAGE = 25
#: So many answers are kept with a fleet, which is itself kept for a moment.
_MOST_KEPT = 50
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
    """Return the terminals that are asked for, worst first; not to be changed."""
    question = (asked.light, asked.finding, asked.words)
    found = fleet.looked_for.get(question)
    if found is None:
        found = _looked_for(fleet, asked)
        if len(fleet.looked_for) < _MOST_KEPT:
            fleet.looked_for[question] = found
    return found


def _looked_for(fleet: Fleet, asked: Wanted) -> list[Known]:
    codes = {
        code
        for code, finding in BY_CODE.items()
        if asked.light in ("", finding.light) and asked.finding in ("", code)
    }
    found = [each for each in fleet.known if each.finding in codes]
    words = asked.words.casefold().split()
    if not words:
        return found
    search = _Search(words)
    return [each for each in found if search.finds(each)]


def slice_of(fleet: Fleet, after: str, most: int) -> tuple[list[str], str | None]:
    """Return the ids of ``most`` terminals behind a place, and where the next ones begin.

    For programs: those that wait to be let in are among them.
    """
    everything = sorted((*fleet.known, *fleet.waiting), key=_place)
    start = bisect_right(everything, after, key=_place)
    found = everything[start : start + most]
    has_more = start + most < len(everything)
    return [each.terminal_id for each in found], found[-1].place if found and has_more else None


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


class _Search:
    """Words that must all be in what a terminal is known by.

    What many terminals have in common, a station and a finding, is looked through once.
    """

    def __init__(self, words: list[str]) -> None:
        self._words = words
        self._names = {code: name.en for code, name in stations().items()}
        self._left: dict[tuple[str, str, str], list[str]] = {}

    def finds(self, each: Known) -> bool:
        common = (each.station_code, each.station_name, each.finding)
        left = self._left.get(common)
        if left is None:
            left = self._left[common] = self._not_in(*common)
        if not left:
            return True
        return left[0] in each.number and all(word in each.number for word in left)

    def _not_in(self, code: str, name: str, finding: str) -> list[str]:
        said: Text = SHORT[finding]
        text = f"{code} {name} {self._names.get(code, '')} {said.zh} {said.en}".casefold()
        # Pinyin is typed with and without spaces.
        joined = text.replace(" ", "")
        return [word for word in self._words if word not in text and word not in joined]
