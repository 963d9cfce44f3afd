"""Rounds of the alerts: told once, together, when it begins and when it is over."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from kiosk import clock
from kiosk.hall.alerting import findings, rules, silencing
from kiosk.hall.alerting.model import Alert, Notice
from kiosk.hall.alerting.rounds import HOLD
from sync import feed
from sync.ledger import Terminal
from tests.builders.many_terminals import a_fleet
from tests.builders.poison import a_poisoned_supply, told
from tests.unit.kiosk.hall.alerting.conftest import OPEN, SECRET

MINUTE = timedelta(minutes=1)
#: What a terminal's row says when each rule is to fire.
TROUBLES = {
    "backlog": {"reported_oldest_at": OPEN - rules.OLD - MINUTE},
    "identity": {"cloned_at": OPEN},
    "clock": {"skew_ms": -rules.SKEW_MS - 1},
    "disk": {"reported_disk_free": rules.LOW_DISK_BYTES - 1},
    "version": {"unread_version": 9},
}


@pytest.mark.parametrize("count", [600, pytest.param(20_000, marks=pytest.mark.soak)])
@pytest.mark.parametrize("watch", ["sqlite", "postgresql"], indirect=True)
def test_all_terminals_silent_at_once_make_one_notice_and_one_recovery(watch, count):
    a_fleet(watch.hall, count, OPEN - rules.SILENT - MINUTE)
    watch.settle()
    watch.later(HOLD)
    watch.look()
    assert watch.told() == [("firing", "silent", count)]
    message = watch.hook.messages[0]
    (rule,) = [each for each in message["rules"] if each["rule"] == "silent"]
    assert len(rule["first"]) == 10
    assert str(count) in message["hint"]["en"]
    watch.later(HOLD)
    watch.seen()
    watch.settle()
    watch.look()
    assert watch.told() == [("firing", "silent", count), ("recovered", "silent", count)]


def test_terminals_that_fall_silent_within_a_minute_are_told_of_together(watch):
    a_fleet(watch.hall, 5, OPEN - rules.SILENT - timedelta(seconds=1))
    watch.look()
    with watch.hall.writing() as session:
        for each in session.scalars(select(Terminal).limit(2)):
            each.last_seen = OPEN
    watch.later(timedelta(seconds=30))
    watch.look()
    assert watch.told() == []
    watch.later(timedelta(seconds=30))
    watch.look()
    assert watch.told() == [("firing", "silent", 3)]


def test_what_follows_soon_of_the_same_rule_is_gathered(watch):
    first, second, third = a_fleet(watch.hall, 3, OPEN)
    for number in (first, second, third):
        with watch.hall.writing() as session:
            query = select(Terminal).where(Terminal.number == number)
            session.scalars(query).one().cloned_at = OPEN
        watch.settle()
    assert watch.told() == [("firing", "identity", 1)]
    watch.later(HOLD)
    watch.look()
    assert watch.told() == [("firing", "identity", 1), ("firing", "identity", 2)]


@pytest.mark.parametrize("rule", TROUBLES)
def test_each_trouble_of_a_terminal_is_told_and_its_end_too(watch, rule):
    (number,) = a_fleet(watch.hall, 1, OPEN, **TROUBLES[rule])
    watch.settle()
    assert watch.told() == [("firing", rule, 1)]
    assert f'"terminal":"{number}"' in watch.hook.came[0][1].decode()
    watch.later(HOLD)
    watch.seen(**dict.fromkeys(TROUBLES[rule], None))
    watch.settle()
    assert watch.told() == [("firing", rule, 1), ("recovered", rule, 1)]


def test_a_large_disk_is_low_below_a_tenth_of_it(watch):
    size = rules.LOW_DISK_BYTES * 100
    a_fleet(watch.hall, 1, OPEN, reported_disk_free=size // 10 - 1, reported_disk_total=size)
    watch.settle()
    assert watch.told() == [("firing", "disk", 1)]
    watch.later(HOLD)
    watch.seen(reported_disk_free=size // 10)
    watch.settle()
    assert watch.told() == [("firing", "disk", 1), ("recovered", "disk", 1)]


@pytest.mark.parametrize("rule", TROUBLES)
def test_what_is_just_within_its_measure_is_no_trouble(watch, rule):
    within = {
        "backlog": {"reported_oldest_at": OPEN - rules.OLD + 5 * MINUTE},
        "clock": {"skew_ms": -rules.SKEW_MS},
        "disk": {"reported_disk_free": rules.LOW_DISK_BYTES},
    }
    a_fleet(watch.hall, 1, OPEN, **within.get(rule, {}))
    watch.settle()
    assert watch.told() == []


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 11, 24, 19, 0, tzinfo=UTC),
        datetime(2026, 11, 28, 2, 0, tzinfo=UTC),
        datetime(2026, 11, 25, 1, 10, tzinfo=UTC),
    ],
    ids=["at night", "on a Saturday", "just after opening"],
)
def test_nobody_is_missed_while_the_stations_are_closed_or_come_up(watch, at):
    watch.now = at
    a_fleet(watch.hall, 3, at - timedelta(hours=12))
    watch.settle()
    assert watch.told() == []


def test_a_terminal_that_was_missed_when_the_station_closed_is_still_missed_at_night(watch):
    a_fleet(watch.hall, 1, OPEN - rules.SILENT - MINUTE)
    watch.settle()
    watch.later(timedelta(hours=12))
    watch.settle()
    assert watch.told() == [("firing", "silent", 1)]


def test_what_is_over_before_anybody_was_told_is_told_to_nobody(watch):
    a_fleet(watch.hall, 1, OPEN, skew_ms=rules.SKEW_MS + 1)
    watch.look()
    watch.seen(skew_ms=0)
    watch.settle()
    watch.later(HOLD)
    watch.look()
    assert watch.told() == []


@pytest.mark.parametrize("watch", ["sqlite", "postgresql"], indirect=True)
def test_two_workers_at_once_tell_once(watch):
    a_fleet(watch.hall, 50, OPEN, cloned_at=OPEN)
    with ThreadPoolExecutor(4) as pool:
        for _ in range(2):
            for done in [pool.submit(watch.look) for _ in range(4)]:
                done.result()
            watch.later(timedelta(minutes=1))
    watch.look()
    assert watch.told() == [("firing", "identity", 50)]
    with watch.hall.reading() as session:
        query = select(func.count()).where(Alert.rule == "identity")
        assert session.scalar(query) == 50


@pytest.mark.parametrize("silence", ["rule", "terminal", "both", "everything"])
def test_what_is_silent_is_not_told_until_the_silence_ends(watch, silence):
    (number,) = a_fleet(watch.hall, 1, OPEN, cloned_at=OPEN)
    rule = "identity" if silence in ("rule", "both") else ""
    terminal = number if silence in ("terminal", "both") else ""
    watch.hall.within(silencing.begin, rule, terminal, "1", "维修", "an operator")
    watch.settle()
    assert watch.told() == []
    watch.later(timedelta(hours=1))
    watch.seen()
    watch.settle()
    assert watch.told() == [("firing", "identity", 1)]


def test_a_silence_for_another_rule_or_terminal_changes_nothing(watch):
    first, second = a_fleet(watch.hall, 2, OPEN, cloned_at=OPEN)
    watch.hall.within(silencing.begin, "clock", "", "1", "维修", "an operator")
    watch.hall.within(silencing.begin, "identity", first, "1", "维修", "an operator")
    watch.settle()
    assert watch.told() == [("firing", "identity", 1)]
    assert second in str(watch.hook.messages)


def test_the_end_of_what_was_told_is_told_although_there_is_silence(watch):
    a_fleet(watch.hall, 1, OPEN, cloned_at=OPEN)
    watch.settle()
    watch.hall.within(silencing.begin, "", "", "24", "维修", "an operator")
    watch.later(HOLD)
    watch.seen(cloned_at=None)
    watch.settle()
    assert watch.told() == [("firing", "identity", 1), ("recovered", "identity", 1)]


def test_no_notice_holds_the_secret_or_anybodys_name(watch):
    a_fleet(watch.hall, 1, OPEN, cloned_at=OPEN, reported_error="张三 110101199001011234")
    watch.settle()
    body = watch.hook.came[0][1].decode()
    assert "张三" not in body
    assert SECRET not in body


def test_a_terminal_that_is_there_and_does_not_fetch_its_answers_is_told(watch):
    a_fleet(watch.hall, 1, OPEN)
    with watch.hall.writing() as session:
        terminal = session.scalars(select(Terminal)).one()
        published = int((OPEN - rules.STUCK - MINUTE).timestamp() * 1_000_000)
        feed.publish(session, terminal.terminal_id, "case.accepted", "a case", b"", published)
    watch.settle()
    assert watch.told() == [("firing", "feed", 1)]
    watch.later(HOLD)
    watch.seen(feed_cursor=1)
    watch.settle()
    assert watch.told() == [("firing", "feed", 1), ("recovered", "feed", 1)]


def test_an_entry_in_quarantine_is_told(small_pair):
    told(small_pair, "case.withdrawn", a_poisoned_supply(small_pair), {})
    small_pair.push()
    hall = small_pair.hall
    with hall.reading() as session:
        found = findings.found(session, hall.parts, clock.now())
    assert ("quarantine", "100001") in found


def test_what_a_channel_that_was_taken_away_was_to_be_told_is_forgotten(watch):
    a_fleet(watch.hall, 1, OPEN, cloned_at=OPEN)
    with watch.hall.writing() as session:
        session.add(Notice(id="1", channel_id="gone", made_at=OPEN, body="{}", due_at=OPEN))
    watch.settle()
    assert watch.told() == [("firing", "identity", 1)]
    with watch.hall.reading() as session:
        assert session.get(Notice, "1") is None


@pytest.mark.parametrize(
    "values", [{"paused_until": OPEN + timedelta(hours=4)}, {"standing": "revoked"}]
)
def test_what_is_paused_or_shut_out_is_closed_and_nobody_is_told_that_it_is_over(watch, values):
    a_fleet(watch.hall, 1, OPEN, cloned_at=OPEN)
    watch.settle()
    watch.later(HOLD)
    watch.seen(**values)
    watch.settle()
    watch.look()
    assert watch.told() == [("firing", "identity", 1)]
    with watch.hall.reading() as session:
        query = select(Alert.open_key, Alert.recovered_at).where(Alert.rule == "identity")
        ((open_key, recovered_at),) = session.execute(query)
    assert (open_key, recovered_at is not None) == (None, True)


def test_a_terminal_that_somebody_works_on_calls_for_nobody(watch):
    a_fleet(watch.hall, 1, OPEN, cloned_at=OPEN, paused_until=OPEN + timedelta(hours=1))
    watch.settle()
    assert watch.told() == []
    watch.later(timedelta(hours=1))
    watch.seen()
    watch.settle()
    assert watch.told() == [("firing", "identity", 1)]
