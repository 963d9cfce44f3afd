"""Working days (工作日) in the PRC: when a promised time ends.

Weekends are free unless worked by decree; public holidays are free, as the State Council's yearly
notice tells them. Who is asked for a year, the first that knows it: the town's own file
(`holidays`), the package ``chinesecalendar``, the table that stands here. A year to come whose
notice is not out yet counts weekends and the holidays of fixed date alone, which can only make a
promise end earlier, never later; pages say so (``ends_soon``, ``is_known``). Knows no cases.
"""

from datetime import date, timedelta
from functools import lru_cache
from importlib import import_module
from pathlib import Path

import structlog

from forms.definition import Text
from kiosk import holidays
from kiosk.holidays import Year

log = structlog.get_logger(__name__)


def _days(year: int, first: tuple[int, int], last: tuple[int, int]) -> set[date]:
    start, end = date(year, *first), date(year, *last)
    return {start + timedelta(days=n) for n in range((end - start).days + 1)}


#: Years by decree, for who has neither file nor package (2026: notice of November 2025).
BUILT_IN: dict[int, Year] = {
    2026: Year(
        off=frozenset(
            _days(2026, (1, 1), (1, 3))
            | _days(2026, (2, 15), (2, 23))
            | _days(2026, (4, 4), (4, 6))
            | _days(2026, (5, 1), (5, 5))
            | _days(2026, (6, 19), (6, 21))
            | _days(2026, (9, 25), (9, 27))
            | _days(2026, (10, 1), (10, 7))
        ),
        worked=frozenset(
            date(2026, month, day)
            for month, day in ((1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10))
        ),
    ),
}
#: Month and day of the holidays whose date never moves, for years without a table.
FIXED = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})

#: How long before its end a hall should speak of the table: the notice for the next year comes out
#: in November.
SPEAK_BEFORE = timedelta(days=60)

#: What the file of this process says, read at its start: one process never counts in two ways.
_own: dict[int, Year] = {}
_refused: Text | None = None


def use_file_in(folder: Path) -> None:
    """Go by the holidays that lie in ``folder`` from now on, in the whole process.

    A file that cannot be used is logged and left out as a whole (`refused`): a service that
    counts by the next best table is better than none.
    """
    global _own, _refused
    try:
        _own, _refused = holidays.read(folder), None
    except holidays.BadHolidays as error:
        _own, _refused = {}, error.told
        log.error("holidays_not_read", reason=str(error))
    for kept in (table_of, is_working_day, between):
        kept.cache_clear()


def refused() -> Text | None:
    """Return why the file of holidays was left out, None when it is in use or there is none."""
    return _refused


@lru_cache(maxsize=256)
def table_of(year: int) -> Year | None:
    """Return what is known of ``year`` by decree, None when nothing is."""
    return _own.get(year) or _packaged().get(year) or BUILT_IN.get(year)


@lru_cache(maxsize=1)
def _packaged() -> dict[int, Year]:
    # Loaded when somebody counts; a command that counts nothing needs no calendar.
    package = import_module("chinese_calendar")
    years = {day.year for day in package.holidays}
    return {
        year: Year(
            off=frozenset(day for day in package.holidays if day.year == year),
            worked=frozenset(
                day for day in package.workdays if day.year == year and day.weekday() >= 5
            ),
        )
        for year in years
    }


def is_known(day: date) -> bool:
    """Tell whether a notice says about ``day``, so that what is counted up to it is sure."""
    return table_of(day.year) is not None


def table_ends(day: date) -> date:
    """Return the last day known by decree without a gap from ``day`` on, or before ``day``."""
    if is_known(day):
        year = day.year
        while table_of(year + 1) is not None:
            year += 1
    else:
        known = {*_own, *_packaged(), *BUILT_IN}
        year = max((each for each in known if each < day.year), default=day.year - 1)
    return date(year, 12, 31)


def ends_soon(today: date) -> date | None:
    """Return the last day of the table when it is near or past, None before."""
    last = table_ends(today)
    return last if today > last - SPEAK_BEFORE else None


@lru_cache(maxsize=8192)
def is_working_day(day: date) -> bool:
    """Tell whether offices work on ``day``."""
    known = table_of(day.year)
    if known is not None:
        return known.is_working_day(day)
    return day.weekday() < 5 and (day.month, day.day) not in FIXED


# A list of late cases asks for the same few spans of a year again and again.
@lru_cache(maxsize=8192)
def between(start: date, end: date) -> int:
    """Return the working days after `start` up to and with `end`; 0 when `end` is not later."""
    days = range(1, (end - start).days + 1)
    return sum(is_working_day(start + timedelta(days=n)) for n in days)


def add(start: date, days: int) -> date:
    """Return the ``days``-th working day after ``start``; the day itself does not count.

    Source: Administrative Licensing Law of the PRC, article 82 (working days, holidays excluded).
    """
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return day


def back(end: date, days: int) -> date:
    """Return the ``days``-th working day before ``end``; the day itself does not count."""
    day = end
    while days > 0:
        day -= timedelta(days=1)
        days -= is_working_day(day)
    return day


def after(start: date, value: int, unit: str) -> date:
    """Return the last day of a promise of ``value`` ``working_days`` or ``days`` from ``start``."""
    return add(start, value) if unit == "working_days" else start + timedelta(days=value)
