"""The light of a terminal heeds the hours of its station, as the alerts do."""

from datetime import datetime, timedelta

import pytest

from kiosk import clock
from kiosk.hall import finding_words
from kiosk.hall.alerting import findings
from kiosk.hall.terminal_lights import GREY, RED, YELLOW, first_of, moment
from sync.ledger import Terminal
from tests.builders.fleets import a_terminal

SPANS = "09:00-11:30 13:30-17:00"
#: A Wednesday in China.
DAY = datetime(2026, 11, 25, tzinfo=clock.LOCAL)


def at(text: str) -> datetime:
    return datetime.combine(DAY, datetime.strptime(text, "%H:%M").time(), clock.LOCAL)


def judged(now: datetime, seen: datetime, **values: object) -> tuple[str, str, str]:
    """Finding, light and words of a terminal that was last seen then."""
    terminal, here = a_terminal(0, now, last_seen=seen, **values), moment(now, SPANS)
    found = first_of(terminal, {}, here)
    return found.code, found.light, finding_words.words_of(found.code, terminal, {}, here).en


@pytest.mark.parametrize(
    ("now", "seen", "found", "words"),
    [
        ("21:00", "17:05", ("closed", GREY), "Closed now; not seen for 3 h"),
        ("12:30", "11:29", ("closed", GREY), "Closed now; not seen for 61 min"),
        ("13:31", "11:29", ("closed", GREY), "Just opened; not seen for 2 h"),
        ("13:33", "11:29", ("late", YELLOW), "Late 3 min"),
        ("13:46", "11:29", ("silent", RED), "Not seen for 2 h: no power or no line?"),
        # It was missed while the station was open: that is so until it is seen.
        ("21:00", "16:00", ("silent", RED), "Not seen for 5 h: no power or no line?"),
        ("21:00", "20:59", ("well", "green"), "Well, everything delivered"),
    ],
)
def test_a_terminal_is_missed_in_opening_hours_alone(now, seen, found, words):
    assert judged(at(now), at(seen)) == (*found, words)


def test_at_the_weekend_a_terminal_that_was_shut_down_on_friday_is_grey_and_judged_on_monday():
    friday, saturday = DAY + timedelta(days=2, hours=17, minutes=1), DAY + timedelta(days=3)
    assert judged(saturday, friday)[:2] == ("closed", GREY)
    monday = DAY + timedelta(days=5, hours=9, minutes=16)
    assert judged(monday, friday)[:2] == ("silent", RED)


def test_what_else_is_wrong_is_shown_while_the_station_is_closed():
    night, evening = at("21:00"), at("17:05")
    assert judged(night, evening, reported_disk_free=1)[:2] == ("disk", YELLOW)
    assert judged(night, evening, reported_pending=3)[:2] == ("closed", GREY)


@pytest.mark.parametrize("now", ["09:10", "09:20", "12:30", "13:46", "21:00"])
def test_a_terminal_is_red_for_silence_exactly_when_the_rule_of_the_alerts_finds_it(a_hall, now):
    hall, here = a_hall(), moment(at(now), SPANS)
    rows = [a_terminal(n, at(now), last_seen=at("09:00") + timedelta(minutes=n)) for n in range(99)]
    red = {each.number for each in rows if first_of(each, {}, here).code == "silent"}
    with hall.writing() as session:
        session.add_all(rows)
    with hall.reading() as session:
        query = session.query(Terminal.number).filter(findings.of_terminals(here)["silent"])
        assert {number for (number,) in query} == red
