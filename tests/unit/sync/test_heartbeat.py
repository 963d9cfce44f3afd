"""How long a terminal waits between two reports: what it was told, within bounds."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from sync import elapsed, jobs
from sync.heartbeat import LEAST_SECONDS, Heartbeat


@pytest.mark.parametrize("told", [15, 16, 286, 300])
def test_a_terminal_obeys_its_hall(told):
    heartbeat = Heartbeat()
    heartbeat.hear({"next_report_s": told})
    assert heartbeat.seconds == told


@pytest.mark.parametrize("told", [None, 0, 14, 301, -20, 10**9, 20.5, "60", True, [60], {}])
def test_what_cannot_be_is_ignored_and_the_usual_pace_comes_back(told):
    heartbeat = Heartbeat(seconds=200)
    heartbeat.hear({"next_report_s": told})
    assert heartbeat.seconds == LEAST_SECONDS


def test_an_older_hall_tells_nothing():
    heartbeat = Heartbeat(seconds=200)
    heartbeat.hear({"items": []})
    assert heartbeat.seconds == LEAST_SECONDS


class Hour:
    """An hour of a sweep by its own clock, and what it rang for when."""

    def __init__(self, *, is_deaf: bool = False) -> None:
        self.is_deaf = is_deaf
        self.now = 0.0
        self.rounds = 0
        self.rung: list[tuple[str, float]] = []

    def ring(self, job: str, *, anew: bool = False) -> bool:
        self.rung.append((job, self.now))
        return not self.is_deaf

    def is_set(self) -> bool:
        return self.now >= 3600

    def wait(self, seconds: float) -> None:
        self.rounds += 1
        self.now += max(seconds, 0.001)

    def times(self, job: str) -> list[float]:
        return [at for rung, at in self.rung if rung == job]


def swept(
    seconds: Callable[[float], float],
    *,
    awaited: bool = False,
    failed: bool = False,
    is_deaf: bool = False,
) -> Hour:
    """What is rung for in an hour in which the hall tells ``seconds`` of the time."""
    hour = Hour(is_deaf=is_deaf)
    with elapsed.use(lambda: hour.now, lambda _: None):
        jobs.sweep(hour, hour, lambda: awaited, lambda: failed, lambda: seconds(hour.now))
    return hour


def gaps(times: list[float]) -> list[float]:
    return [late - early for early, late in pairwise(times)]


@pytest.mark.parametrize("told", [15, 60, 300])
def test_reports_come_as_the_hall_told_and_not_all_terminals_at_once(told):
    hour = swept(lambda _: told)
    waits = gaps(hour.times("pull"))
    assert all(0.79 * told < wait < 1.21 * told for wait in waits)
    assert len({round(wait, 3) for wait in waits}) > 3
    # A ring that was lost is made up as soon as ever.
    assert all(wait < 18.1 for wait in gaps(hour.times("push")))


def test_news_that_are_awaited_are_asked_for_more_rarely_where_reports_are():
    usual, rare = (len(swept(lambda _, t=t: t, awaited=True).times("pull")) for t in (15, 300))
    assert usual > 900
    assert 50 < rare < 90


@pytest.mark.parametrize("told", [15, 300])
@pytest.mark.parametrize("trouble", [{"failed": True}, {"is_deaf": True}, {}])
def test_the_sweep_rests_between_its_rounds_whatever_the_trouble(told, trouble):
    hour = swept(lambda _: told, **trouble)
    assert hour.rounds < 3600 / (0.8 * jobs.LOOK_SECONDS) + 3600 / 12
    if trouble:
        assert max(gaps(sorted(set(hour.times("pull"))))) < 1.21 * jobs.LOOK_SECONDS


def test_a_shorter_wait_counts_at_once():
    hour = swept(lambda now: 300 if now < 600 else 15)
    after = [at for at in hour.times("pull") if at > 600]
    # One of the rare reports may have come a moment before.
    assert after[0] < 600 + 1.2 * (15 + jobs.LOOK_SECONDS)
    assert len(after) > 150
