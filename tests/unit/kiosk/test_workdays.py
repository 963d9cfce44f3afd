"""Working days: promises end on the right day."""

from datetime import date, timedelta

import pytest

from kiosk import workdays


def test_ten_working_days_over_the_spring_festival_of_2026():
    # 14 and 28 February are worked, 15 to 23 February and Sunday 1 March are free.
    assert workdays.add(date(2026, 2, 10), 10) == date(2026, 3, 2)


def test_the_day_itself_does_not_count():
    assert workdays.add(date(2026, 11, 23), 1) == date(2026, 11, 24)


def test_no_days_end_on_the_same_day():
    assert workdays.add(date(2026, 2, 15), 0) == date(2026, 2, 15)


@pytest.mark.parametrize(
    ("day", "is_one"),
    [
        (date(2026, 1, 1), False),
        (date(2026, 1, 4), True),
        (date(2026, 2, 14), True),
        (date(2026, 2, 16), False),
        (date(2026, 2, 24), True),
        (date(2026, 2, 28), True),
        (date(2026, 5, 5), False),
        (date(2026, 5, 9), True),
        (date(2026, 10, 7), False),
        (date(2026, 10, 8), True),
        (date(2026, 10, 10), True),
        (date(2026, 11, 21), False),
        (date(2026, 11, 23), True),
        # A year without a table: weekends and the holidays of fixed date.
        (date(2031, 1, 1), False),
        (date(2031, 10, 2), False),
        (date(2031, 10, 4), False),
        (date(2031, 10, 6), True),
    ],
)
def test_which_days_are_worked(day, is_one):
    assert workdays.is_working_day(day) is is_one


@pytest.mark.parametrize("year", workdays.BUILT_IN)
def test_days_worked_by_decree_are_weekends_that_would_be_free(year):
    known = workdays.BUILT_IN[year]
    assert all(day.weekday() >= 5 for day in known.worked)
    assert not known.worked & known.off


def test_calendar_days_are_just_counted():
    assert workdays.after(date(2026, 2, 10), 10, "days") == date(2026, 2, 20)
    assert workdays.after(date(2026, 2, 10), 10, "working_days") == date(2026, 3, 2)


def test_a_later_start_never_ends_earlier():
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(500)]
    ends = [workdays.add(day, 20) for day in days]
    assert ends == sorted(ends)


def test_built_in_table_and_package_agree_on_every_day_of_a_year_that_both_know():
    chinese_calendar = pytest.importorskip("chinese_calendar")
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert [
        day
        for day in days
        if workdays.BUILT_IN[2026].is_working_day(day) != chinese_calendar.is_workday(day)
    ] == []


def test_every_day_that_the_package_covers_counts_as_it_says():
    chinese_calendar = pytest.importorskip("chinese_calendar")
    days = [date(2004, 1, 1) + timedelta(days=n) for n in range(365 * 22)]
    assert [
        day for day in days if workdays.is_working_day(day) != chinese_calendar.is_workday(day)
    ] == []


def test_a_past_year_counts_by_its_own_notice():
    # The spring festival of 2025: 28 January to 4 February, with two weekend days worked for it.
    assert workdays.is_working_day(date(2025, 1, 26))
    assert not workdays.is_working_day(date(2025, 1, 28))
    assert workdays.add(date(2025, 1, 24), 5) == date(2025, 2, 7)


def test_a_year_that_no_table_knows_counts_by_rule():
    assert workdays.is_working_day(date(1999, 3, 1))


def test_the_end_of_the_table_is_told_two_months_ahead_and_after():
    last = workdays.table_ends(date(2026, 1, 1))
    assert workdays.ends_soon(last - timedelta(days=61)) is None
    assert workdays.ends_soon(last - timedelta(days=30)) == last
    assert workdays.ends_soon(last + timedelta(days=1)) == last
    assert workdays.is_known(last)
    assert not workdays.is_known(last + timedelta(days=1))
