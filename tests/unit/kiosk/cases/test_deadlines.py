"""The three clocks of a case, over weekends, holidays and pauses."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.cases import deadlines
from kiosk.cases.deadlines import Yellow, clock_of, light_of
from kiosk.clock import LOCAL

#: Monday, 2 November 2026: four plain weeks follow.
MONDAY = date(2026, 11, 2)


def light(state, since, today, due_on=None, legal_on=None):
    shown = light_of(state, datetime.combine(since, time(23, 59), LOCAL), due_on, today, legal_on)
    return shown and (shown.colour, shown.words.zh)


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 11, 2), ("green", "还有 5 个工作日决定受理")),
        (date(2026, 11, 6), ("yellow", "还有 1 个工作日决定受理")),
        (date(2026, 11, 8), ("yellow", "还有 1 个工作日决定受理")),
        (date(2026, 11, 9), ("yellow", "今天须决定是否受理")),
        (date(2026, 11, 10), ("purple", "受理期限已过 1 个工作日")),
    ],
)
def test_five_working_days_to_accept(today, expected):
    assert light("submitted", MONDAY, today) == expected


def test_a_limit_that_ended_on_friday_is_missed_on_saturday():
    friday = date(2026, 11, 6)
    shown = light("accepted", MONDAY, date(2026, 11, 7), due_on=friday)
    assert shown == ("red", "已逾期 1 个工作日")


def test_an_item_done_on_the_spot_is_due_on_the_day_it_was_accepted():
    assert light("accepted", MONDAY, MONDAY) == ("yellow", "今天到期")
    assert light("accepted", MONDAY, date(2026, 11, 3)) == ("red", "已逾期 1 个工作日")


def test_while_the_applicant_corrects_no_clock_runs():
    assert light("returned", MONDAY, date(2026, 12, 24)) == ("grey", "等申请人补正")


@pytest.mark.parametrize("state", ["refused", "delivered", "withdrawn"])
def test_a_closed_case_has_no_light(state):
    assert light(state, MONDAY, MONDAY) is None


def test_national_day_week_counts_for_nothing():
    assert deadlines.working_days(date(2026, 9, 30), date(2026, 10, 8)) == 1


@pytest.mark.parametrize(
    ("today", "colour"),
    [
        (date(2026, 11, 11), "green"),
        # Two of ten working days are left: a fifth.
        (date(2026, 11, 12), "yellow"),
        (date(2026, 11, 16), "yellow"),
        (date(2026, 11, 17), "red"),
        (date(2026, 11, 30), "red"),
        (date(2026, 12, 1), "purple"),
    ],
)
def test_ten_promised_days_and_twenty_by_law(today, colour):
    due_on, legal_on = date(2026, 11, 16), date(2026, 11, 30)
    assert light("accepted", MONDAY, today, due_on, legal_on)[0] == colour


@pytest.mark.parametrize(
    ("yellow", "day"),
    [
        # Of ten working days that end on Monday, 16 November: the more of the two.
        (Yellow(), 12),
        (Yellow(50, 1), 9),
        (Yellow(19, 1), 13),
        (Yellow(20, 3), 11),
        (Yellow(0, 0), 16),
    ],
)
def test_yellow_begins_where_it_is_set_to(yellow, day):
    at = datetime.combine(MONDAY, time(12), LOCAL)
    running = clock_of("accepted", at, date(2026, 11, 16), yellow=yellow)
    assert running is not None
    assert running.soon_on == date(2026, 11, day)


def test_without_a_legal_limit_nothing_is_past_the_law():
    assert light("accepted", MONDAY, date(2027, 3, 1), date(2026, 11, 16))[0] == "red"


DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@given(paused=DAYS, left=st.integers(0, 60), stood=st.integers(0, 90))
def test_a_pause_neither_costs_nor_gives_a_working_day(paused, left, stood):
    last = paused + timedelta(days=left)
    today = paused + timedelta(days=stood)
    later = deadlines.after_pause(last, paused, today)
    # The day of going on is among those that are left, as long as any is.
    before = max(paused, today - timedelta(days=1))
    assert deadlines.working_days(before, later) == deadlines.working_days(paused, last)
    # And the end moves by the working days that lie between the two, and by no more.
    assert deadlines.working_days(last, later) == deadlines.working_days(paused, before)


@given(paused=DAYS, over=st.integers(1, 30), stood=st.integers(0, 90))
def test_what_was_over_when_the_clock_stopped_stays_over(paused, over, stood):
    last = paused - timedelta(days=over)
    assert deadlines.after_pause(last, paused, paused + timedelta(days=stood)) == last
