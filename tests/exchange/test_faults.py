"""Hall, Redis, worker and web process go down, and every receipt still becomes one case."""

import time
from collections import Counter

from sqlalchemy import select

from kiosk.cases.model import Case
from tests.builders.platforms import RunningPlatform, until

#: Once everything is back, nothing is delayed by more than this (seconds).
LIMIT = 60.0


def numbers(receipts: list) -> list[str]:
    return sorted(receipt["number"] for receipt in receipts if receipt)


def arrive_once(platform: RunningPlatform, wanted: list[str], seconds: float) -> bool:
    """Wait until all are at the hall, then see that each is there once and both sides prove."""
    until(lambda: set(wanted) <= set(platform.at_hall()), seconds, "all cases at the hall")
    counted = Counter(platform.at_hall())
    assert [number for number in wanted if counted[number] != 1] == []
    until(platform.all_delivered, 30, "files at the hall")
    terminal, hall = platform.verified("terminal"), platform.verified("hall")
    assert terminal["cases"] == hall["cases"] == len(counted)
    assert terminal["created"] == hall["received"] == hall["applied"]
    return True


def test_200_cases_while_the_hall_is_down_redis_flushed_and_the_worker_killed(platform):
    applications = platform.applications(200)
    platform.stop("hall-web")
    try:
        receipts = platform.flood(
            applications,
            at={
                60: lambda: platform.redis().flushall(),
                120: lambda: platform.kill("terminal-worker"),
            },
        )
        assert None not in receipts
        assert platform.verified("terminal")["pending"] >= 200
        platform.redis().flushall()
    finally:
        platform.start("hall-web")
    assert arrive_once(platform, numbers(receipts), LIMIT)


def test_without_redis_cases_are_taken_at_once_and_sent_when_it_is_back(platform):
    applications = platform.applications(30)
    platform.stop("redis")
    try:
        begun = time.monotonic()
        receipts = platform.flood(applications)
        taken = time.monotonic() - begun
        assert None not in receipts
        # Each process may wait once for an answer; nobody waits for each case.
        assert taken < 10
    finally:
        platform.start("redis")
    assert arrive_once(platform, numbers(receipts), LIMIT)


def test_every_receipt_that_was_shown_outlives_a_kill_of_the_web_process(platform):
    applications = platform.applications(120)
    first = platform.flood(applications, at={40: lambda: platform.kill("terminal-web")})
    shown = {r["number"] for r in first if r}
    with platform.terminal.reading() as session:
        kept = set(session.scalars(select(Case.number)))
    assert shown <= kept
    assert len(shown) < len(applications), "the kill came too late to be felt"
    # Whoever saw no receipt sends the same again, and it is the same case.
    again = until(lambda: _all_or_none(platform, applications), 30, "the terminal is back")
    assert shown <= {receipt["number"] for receipt in again}
    assert len({receipt["number"] for receipt in again}) == len(applications)
    assert arrive_once(platform, numbers(again), LIMIT)


def _all_or_none(platform: RunningPlatform, applications: list) -> list:
    receipts = platform.flood(applications)
    return [] if None in receipts else receipts


def test_a_worker_that_is_killed_again_and_again_delays_and_loses_nothing(platform):
    applications = platform.applications(40)
    receipts = []
    for start in range(0, 40, 10):
        receipts += platform.flood(applications[start : start + 10])
        platform.kill("terminal-worker")
    assert arrive_once(platform, numbers(receipts), LIMIT)
