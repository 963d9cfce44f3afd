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


def test_every_day_worked_by_decree_would_be_free_otherwise():
    assert all(day.weekday() >= 5 for day in workdays.WORKED)


def test_no_day_is_both_free_and_worked():
    assert not workdays.WORKED & set().union(*workdays.HOLIDAYS.values())


def test_calendar_days_are_just_counted():
    assert workdays.after(date(2026, 2, 10), 10, "days") == date(2026, 2, 20)
    assert workdays.after(date(2026, 2, 10), 10, "working_days") == date(2026, 3, 2)


def test_a_later_start_never_ends_earlier():
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(500)]
    ends = [workdays.add(day, 20) for day in days]
    assert ends == sorted(ends)
