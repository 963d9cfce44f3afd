"""The three clocks of a case, over weekends and holidays."""

from datetime import date, datetime, time

import pytest

from kiosk.cases import deadlines
from kiosk.cases.deadlines import light_of
from kiosk.clock import LOCAL

#: Monday, 2 November 2026: four plain weeks follow.
MONDAY = date(2026, 11, 2)


def light(state, since, today, due_on=None):
    shown = light_of(state, datetime.combine(since, time(23, 59), LOCAL), due_on, today)
    return shown and (shown.colour, shown.words.zh)


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 11, 2), ("green", "还有 5 个工作日决定受理")),
        (date(2026, 11, 6), ("yellow", "还有 1 个工作日决定受理")),
        (date(2026, 11, 8), ("yellow", "还有 1 个工作日决定受理")),
        (date(2026, 11, 9), ("yellow", "今天须决定是否受理")),
        (date(2026, 11, 10), ("red", "受理期限已过 1 个工作日")),
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


@pytest.mark.parametrize("limit", [deadlines.TO_ACCEPT, deadlines.TO_DELIVER])
def test_the_list_and_the_light_agree_on_what_is_late(limit):
    state = "submitted" if limit == deadlines.TO_ACCEPT else "approved"
    today = date(2026, 10, 12)
    last = deadlines.latest_start(limit, today)
    day_after = date.fromordinal(last.toordinal() + 1)
    assert light(state, last, today)[0] == "red"
    assert light(state, day_after, today)[0] != "red"
