"""Working days (工作日) in the PRC: when a promised time ends.

Weekends are free unless worked by decree; public holidays are free. The table
of a year comes from the State Council's yearly notice on holidays; years before
those that stand here are asked of the package ``chinesecalendar``. A year to
come whose notice is not out yet counts weekends and the holidays of fixed date
alone, which can only make a promise end earlier, never later; pages say so
(``ends_soon``, ``is_known``). Knows no cases.
"""

from datetime import date, timedelta
from functools import lru_cache
from importlib import import_module


def _days(year: int, first: tuple[int, int], last: tuple[int, int]) -> set[date]:
    start, end = date(year, *first), date(year, *last)
    return {start + timedelta(days=n) for n in range((end - start).days + 1)}


#: Free days by decree, by year (2026: State Council notice of November 2025).
HOLIDAYS: dict[int, frozenset[date]] = {
    2026: frozenset(
        _days(2026, (1, 1), (1, 3))
        | _days(2026, (2, 15), (2, 23))
        | _days(2026, (4, 4), (4, 6))
        | _days(2026, (5, 1), (5, 5))
        | _days(2026, (6, 19), (6, 21))
        | _days(2026, (9, 25), (9, 27))
        | _days(2026, (10, 1), (10, 7))
    ),
}
#: Weekend days worked instead.
WORKED: frozenset[date] = frozenset(
    date(2026, month, day) for month, day in ((1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10))
)
#: Month and day of the holidays whose date never moves, for years without a table.
FIXED = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})


#: The last day that a table stands for, and how long before it a hall should speak of it: the
#: notice for the next year comes out in November.
TABLE_ENDS = date(max(HOLIDAYS), 12, 31)
SPEAK_BEFORE = timedelta(days=60)


def is_known(day: date) -> bool:
    """Tell whether a notice says about ``day``, so that what is counted up to it is sure."""
    return day <= TABLE_ENDS


def ends_soon(today: date) -> date | None:
    """Return the last day of the table when it is near or past, None before."""
    return TABLE_ENDS if today > TABLE_ENDS - SPEAK_BEFORE else None


@lru_cache(maxsize=8192)
def is_working_day(day: date) -> bool:
    """Tell whether offices work on ``day``."""
    if day in WORKED:
        return True
    if day.year in HOLIDAYS:
        return day.weekday() < 5 and day not in HOLIDAYS[day.year]
    if day.year < min(HOLIDAYS):
        return _was_worked(day)
    return _by_rule(day)


def _by_rule(day: date) -> bool:
    return day.weekday() < 5 and (day.month, day.day) not in FIXED


@lru_cache(maxsize=4096)
def _was_worked(day: date) -> bool:
    # Loaded when somebody asks for the past, which a terminal never does.
    past = import_module("chinese_calendar")
    try:
        return bool(past.is_workday(day))
    except NotImplementedError:
        return _by_rule(day)


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
