"""Opening hours: when a station opened, and from when on nobody is missed."""

from datetime import UTC, datetime, timedelta

import pytest

from kiosk import clock
from kiosk.hall import opening

SPANS = "09:00-11:30 13:30-17:00"
QUARTER = timedelta(minutes=15)


def at(text: str) -> datetime:
    """A time in China in the week of 23 to 29 November 2026, as `Wed 09:10`."""
    day, time = text.split()
    number = 23 + ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].index(day)
    return datetime.fromisoformat(f"2026-11-{number}T{time}").replace(tzinfo=clock.LOCAL)


@pytest.mark.parametrize(
    ("now", "opened"),
    [
        ("Wed 08:59", None),
        ("Wed 09:00", "Wed 09:00"),
        ("Wed 11:29", "Wed 09:00"),
        ("Wed 11:30", None),
        ("Wed 13:30", "Wed 13:30"),
        ("Wed 17:00", None),
        ("Sat 10:00", None),
    ],
)
def test_stations_are_open_in_their_hours_on_working_days(now, opened):
    assert opening.opened_at(SPANS, at(now)) == (opened and at(opened))


@pytest.mark.parametrize(
    ("now", "missed"),
    [
        ("Wed 10:00", "Wed 09:45"),
        ("Wed 12:30", "Wed 11:15"),
        # Whoever comes up a quarter of an hour late is missed by nobody.
        ("Wed 13:45", "Wed 11:15"),
        ("Wed 13:46", "Wed 13:31"),
        ("Wed 09:10", "Tue 16:45"),
        ("Sun 03:00", "Fri 16:45"),
    ],
)
def test_who_was_away_for_long_in_opening_hours_is_missed_until_seen(now, missed):
    assert opening.missed_before(SPANS, at(now), QUARTER) == at(missed)


def test_after_a_long_holiday_those_are_still_missed_who_were_before_it():
    now = datetime(2026, 10, 8, 8, 0, tzinfo=clock.LOCAL)
    before = datetime(2026, 9, 30, 16, 45, tzinfo=clock.LOCAL)
    assert opening.missed_before(SPANS, now, QUARTER) == before


def test_openings_too_short_to_miss_anybody_miss_nobody():
    assert opening.missed_before("09:00-09:10", at("Wed 12:00"), QUARTER) == opening.EVER


def test_without_known_hours_stations_are_always_open():
    night = datetime(2026, 11, 28, 19, 0, tzinfo=UTC)
    assert opening.opened_at("", night) == opening.EVER
    assert opening.missed_before("", night, QUARTER) == night - QUARTER
