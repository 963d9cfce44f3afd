"""How long a case was handled: working days alone, without pauses; distributions add up."""

from datetime import datetime, timedelta

import pytest

from kiosk import clock
from kiosk.figures.handling import handling_seconds
from kiosk.figures.tally import Tally, bucket_of, loaded, middle_of, quantile

HOUR = 3600
FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=clock.LOCAL)
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=clock.LOCAL)


def test_a_weekend_does_not_count() -> None:
    assert handling_seconds(FRIDAY, MONDAY) == 18 * HOUR


def test_a_pause_does_not_count_as_far_as_it_lies_in_working_time() -> None:
    pause = (FRIDAY + timedelta(hours=4), MONDAY - timedelta(hours=2))
    assert handling_seconds(FRIDAY, MONDAY, [pause]) == (4 + 2) * HOUR


def test_a_decision_before_the_acceptance_took_no_time() -> None:
    assert handling_seconds(MONDAY, FRIDAY) == 0


@pytest.mark.parametrize("seconds", [61, 3_600, 86_400, 1_000_000])
def test_a_bucket_is_right_to_within_5_percent(seconds: int) -> None:
    assert middle_of(bucket_of(seconds)) == pytest.approx(seconds, rel=0.05)


def test_the_median_of_a_sum_is_that_of_all_values() -> None:
    whole, first, second = Tally(), Tally(), Tally()
    for number, hours in enumerate((1, 2, 3, 50, 60)):
        for tally in (whole, first if number % 2 else second):
            tally.handling[bucket_of(hours * HOUR)] += 1
    first.add(second)
    assert first.handling == whole.handling
    assert quantile(first.handling, 0.5) == pytest.approx(3 * HOUR, rel=0.05)
    assert loaded(first.dumped()).handling == whole.handling
    assert quantile({}, 0.5) is None
