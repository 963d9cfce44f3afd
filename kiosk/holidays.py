"""The town's own holidays, ``holidays.json`` in a data folder: years that no release knows yet.

Days off and weekend days worked instead, by year, as the State Council's notice tells them. Knows
no rule of what a year without a notice counts as. Neighbour: `workdays` asks it at the start.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from forms.definition import Text

NAME = "holidays.json"
OFF, WORKED = "days_off", "worked_weekend_days"
_YEAR = re.compile(r"20[0-9]{2}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Year:
    """What a notice says of a year: days off, weekends among them or not, and weekends worked."""

    off: frozenset[date]
    worked: frozenset[date]

    def is_working_day(self, day: date) -> bool:
        """Tell whether offices work on ``day``, which lies in this year."""
        return day in self.worked or (day.weekday() < 5 and day not in self.off)


class BadHolidays(ValueError):
    """The file cannot be used; ``told`` names the year and the field, and what is wrong."""

    def __init__(self, at: str, zh: str, en: str) -> None:
        self.told = Text(f"{at}：{zh}", f"{at}: {en}")
        super().__init__(self.told.en)


def read(folder: Path) -> dict[int, Year]:
    """Return the years of the file in ``folder``, none without one; BadHolidays."""
    try:
        told = json.loads((folder / NAME).read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as error:
        reason = type(error).__name__
        raise BadHolidays(NAME, f"读不出（{reason}）", f"cannot be read ({reason})") from error
    except (ValueError, RecursionError) as error:
        raise BadHolidays(NAME, "不是有效的 JSON", f"is no JSON ({error})") from error
    if not isinstance(told, Mapping):
        raise BadHolidays(NAME, "须是以年份为名的对象", "must be an object of years")
    return {_year(name): _read_year(name, content) for name, content in told.items()}


def _year(name: str) -> int:
    if not _YEAR.fullmatch(name):
        at = f"{NAME}, {name[:20]!r}"
        raise BadHolidays(at, "须是 2000 到 2099 的年份", "must be a year from 2000 to 2099")
    return int(name)


def _read_year(year: str, told: Any) -> Year:
    at = f"{NAME}, {year}"
    if not isinstance(told, Mapping) or set(told) != {OFF, WORKED}:
        raise BadHolidays(
            at, f"须只有 {OFF} 和 {WORKED} 两项", f"must have {OFF} and {WORKED}, nothing else"
        )
    off = _days(f"{at}, {OFF}", year, told[OFF])
    worked = _days(f"{at}, {WORKED}", year, told[WORKED])
    if not off:
        # An empty list is a year that somebody meant to fill in, and would count as one.
        raise BadHolidays(f"{at}, {OFF}", "须至少有一天", "must have one day at least")
    for day in sorted(worked):
        if day.weekday() < 5:
            raise BadHolidays(f"{at}, {WORKED}", f"{day} 不是周末", f"{day} is no weekend day")
        if day in off:
            raise BadHolidays(f"{at}, {WORKED}", f"{day} 也在 {OFF} 中", f"{day} is in {OFF} too")
    return Year(off, worked)


def _days(at: str, year: str, told: Any) -> frozenset[date]:
    if not isinstance(told, list):
        raise BadHolidays(at, "须是日期的列表", "must be a list of days")
    days = [_day(at, year, each) for each in told]
    for day, times in Counter(days).items():
        if times > 1:
            raise BadHolidays(at, f"{day} 重复", f"{day} stands there twice")
    return frozenset(days)


def _day(at: str, year: str, told: Any) -> date:
    try:
        # `fromisoformat` takes weeks and days without dashes too, which nobody compares at sight.
        if isinstance(told, str) and _DAY.fullmatch(told) and told.startswith(year):
            return date.fromisoformat(told)
    except ValueError:
        pass
    shown = repr(told)[:20]
    raise BadHolidays(
        at,
        f"{shown} 不是 {year} 年的日期（如 {year}-01-01）",
        f"{shown} is no day of {year} such as {year}-01-01",
    )
