"""The clock: aware, in China's days, and its identifiers in order."""

import threading
from datetime import UTC, datetime

import pytest

from kiosk import clock


def test_now_is_aware_and_in_utc():
    assert clock.now().tzinfo is UTC


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 11, 23, 15, 59, tzinfo=UTC), "2026-11-23"),
        (datetime(2026, 11, 23, 16, 0, tzinfo=UTC), "2026-11-24"),
        (datetime(2026, 12, 31, 16, 0, tzinfo=UTC), "2027-01-01"),
    ],
)
def test_the_day_changes_at_midnight_in_china(instant, day):
    with clock.use(lambda: instant):
        assert clock.today().isoformat() == day


def test_another_clock_is_given_back_even_after_an_error():
    with pytest.raises(RuntimeError), clock.use(lambda: datetime(2000, 1, 1, tzinfo=UTC)):
        raise RuntimeError
    assert clock.now().year > 2000


def test_identifiers_sort_by_the_time_of_making_and_are_never_the_same():
    made = [clock.new_id() for _ in range(10_000)]
    assert made == sorted(made)
    assert len(set(made)) == 10_000
    assert {len(each) for each in made} == {36}
    assert {each[14] for each in made} == {"7"}


def test_identifiers_of_several_threads_are_never_the_same():
    made: list[str] = []
    threads = [
        threading.Thread(target=lambda: made.extend(clock.new_id() for _ in range(2000)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 8000


def test_uptime_runs_on_whatever_the_wall_clock_says():
    with clock.use(lambda: datetime(1980, 1, 1, tzinfo=UTC)):
        first = clock.uptime_ms()
        assert clock.uptime_ms() >= first > 0
