"""The doorbell on a real Redis that is there, flushed or gone; and how long a line is left alone."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy.exc import OperationalError

from kiosk import redis_server
from kiosk.redis_server import RedisServer
from sync import elapsed, jobs
from sync.envelope import BadFrame
from sync.heartbeat import LEAST_SECONDS
from sync.jobs import MAX_BACKOFF_SECONDS, Backoff, Doorbell, Duties
from sync.push import MOST_SECONDS
from sync.transport import HallRefuses, LineDown


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[RedisServer]:
    with redis_server.running(tmp_path_factory.mktemp("redis")) as started:
        yield started


@pytest.fixture
def redis(server) -> Iterator[Redis]:
    server.start()
    with Redis.from_url(
        server.url, socket_timeout=0.5, socket_connect_timeout=0.3, retry=Retry(NoBackoff(), 0)
    ) as client:
        client.flushall()
        yield client


@pytest.fixture
def bell(redis) -> Doorbell:
    return Doorbell(redis)


class House:
    """Duties that note what was done, and fail when told to."""

    def __init__(self, bell: Doorbell) -> None:
        self.done: list[str] = []
        self.errors: list[str] = []
        self.trouble: Exception | None = None
        self.sends = 0
        self.duties = Duties(self._push, self._pull, self._send, self.errors.append, bell)

    def _push(self) -> int:
        self.done.append("push")
        if self.trouble:
            raise self.trouble
        return self.sends

    def _pull(self) -> list[str]:
        self.done.append("pull")
        return []

    def _send(self, wanted: list[str]) -> list[str]:
        return wanted


@pytest.fixture
def house(bell) -> House:
    house = House(bell)
    jobs.take_up(house.duties)
    return house


def work(redis: Redis) -> None:
    """Do all that is queued, as the worker does."""
    queue = Queue(jobs.QUEUE, connection=redis, serializer=JSONSerializer)
    worker = SimpleWorker([queue], connection=redis, serializer=JSONSerializer)
    worker.work(burst=True, logging_level="ERROR")


def queued(redis: Redis) -> int:
    return len(Queue(jobs.QUEUE, connection=redis, serializer=JSONSerializer))


def test_a_flood_of_rings_makes_one_job(bell, redis):
    assert all(bell.ring("push") for _ in range(100))
    assert queued(redis) == 1


def test_a_ring_during_the_job_makes_another(bell, redis, house):
    bell.ring("push")
    work(redis)
    assert house.done == ["push"]
    bell.ring("push")
    assert queued(redis) == 1


def test_what_was_sent_is_followed_by_asking_for_news(bell, redis, house):
    house.sends = 3
    bell.ring("push")
    work(redis)
    assert house.done == ["push", "pull"]


def test_a_push_that_took_its_time_goes_on_after_asking_for_news(bell, redis, house):
    now = 100.0

    def long_at_first() -> int:
        nonlocal now
        now += 0 if house.done else MOST_SECONDS
        house.done.append("push")
        return 1

    house.duties.push = long_at_first
    bell.ring("push")
    with elapsed.use(lambda: now, lambda _: None):
        work(redis)
    # News first, for on a thin line a queue takes hours, and then the rest of it.
    assert house.done == ["push", "pull", "push", "pull"]


def test_a_release_that_is_wanted_is_fetched_after_the_news_until_it_is_here(bell, redis, house):
    more = iter([True, True, False])

    def fetch() -> bool:
        house.done.append("release")
        return next(more)

    house.duties.fetch_release, house.duties.release_is_wanted = fetch, lambda: True
    bell.ring("pull")
    work(redis)
    assert house.done == ["pull", "release", "release", "release"]


def test_no_release_is_fetched_while_none_is_wanted_or_the_line_is_down(bell, redis, house):
    bell.ring("pull")
    work(redis)
    house.trouble = LineDown("no answer from the hall")
    house.duties.release_is_wanted = lambda: True
    house.duties.pull = house.duties.push
    bell.ring("pull")
    work(redis)
    assert house.done == ["pull", "push"]
    assert queued(redis) == 0


def test_a_job_carries_nothing(bell, redis):
    bell.ring("push")
    (job,) = Queue(jobs.QUEUE, connection=redis, serializer=JSONSerializer).jobs
    assert (job.func_name, list(job.args), job.kwargs) == ("sync.jobs.push", [], {})


def test_the_bell_rings_again_after_everything_in_redis_was_lost(bell, redis):
    bell.ring("push")
    redis.flushall()
    assert bell.ring("push")
    assert queued(redis) == 1


def test_without_redis_a_ring_is_lost_at_once_and_then_not_even_tried(bell, redis, server):
    server.stop()
    begun = time.monotonic()
    assert not any(bell.ring("push") for _ in range(1000))
    assert time.monotonic() - begun < 0.5
    assert bell._silent_until > time.monotonic()


def test_a_redis_that_hangs_costs_half_a_second_once(bell, redis, server):
    os.kill(server.pid, signal.SIGSTOP)
    try:
        begun = time.monotonic()
        assert not any(bell.ring("push") for _ in range(1000))
        assert time.monotonic() - begun < 15
    finally:
        os.kill(server.pid, signal.SIGCONT)


def test_a_redis_that_came_back_is_heard_again(bell, redis, server, monkeypatch):
    monkeypatch.setattr(jobs, "SILENCE_SECONDS", 0.05)
    server.stop()
    assert not bell.ring("push")
    server.start()
    time.sleep(0.06)
    assert bell.ring("push")


def test_a_line_that_is_down_is_noted_and_left_alone(house):
    house.trouble = LineDown("no answer from the hall", retry_after=30)
    jobs.push()
    jobs.push()
    assert house.done == ["push"]
    assert house.errors == ["no answer from the hall"]
    assert house.duties.backoff.until - time.monotonic() == pytest.approx(30, abs=1)


def test_a_refusal_needs_attention_and_says_why(house):
    house.trouble = HallRefuses("the hall answered 403")
    jobs.push()
    assert house.errors == ["needs attention: the hall answered 403"]


def test_an_answer_that_is_no_frame_is_noted_and_the_line_left_alone(house):
    # A router's sign-in page, for example.
    house.trouble = BadFrame("not a frame of this protocol")
    jobs.push()
    jobs.push()
    assert house.done == ["push"]
    assert house.errors == ["the answer is not the hall's: not a frame of this protocol"]


def test_any_other_trouble_is_noted_without_its_words_and_the_line_left_alone(house):
    # The words of a database error quote what it was about.
    house.trouble = ZeroDivisionError("330582199001011234")
    jobs.push()
    jobs.push()
    assert house.done == ["push"]
    assert house.errors == ["needs attention: the exchange broke (ZeroDivisionError)"]


def test_trouble_that_cannot_even_be_noted_leaves_the_line_alone(house):
    def full(reason: str) -> None:
        raise OperationalError("UPDATE", {}, Exception("database or disk is full"))

    house.duties.note_error = full
    house.trouble = ZeroDivisionError()
    jobs.push()
    assert house.duties.backoff.failures == 1


def test_a_success_ends_the_waiting(house):
    house.duties.backoff.failures = 7
    jobs.push()
    assert house.duties.backoff.failures == 0


def test_waiting_doubles_up_to_its_limit_with_jitter():
    backoff = Backoff()
    waits = []
    for _ in range(40):
        backoff.failed(None)
        waits.append(backoff.until - time.monotonic())
    assert 0.4 < waits[0] <= 1.0
    assert all(wait <= MAX_BACKOFF_SECONDS for wait in waits)
    assert all(wait >= 0.49 * MAX_BACKOFF_SECONDS for wait in waits[6:])
    assert len({round(wait, 3) for wait in waits[6:]}) > 5


def test_a_backlog_is_tried_again_within_a_minute_after_any_outage():
    # The last failure may come just before the line is back, and the ring just before its end.
    assert MAX_BACKOFF_SECONDS + 1.2 * jobs.SWEEP_SECONDS < 60


@contextmanager
def sweeping(
    bell: Doorbell,
    awaited: Callable[[], bool] = lambda: False,
    failed: Callable[[], bool] = lambda: False,
) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=jobs.sweep, args=(bell, stop, awaited, failed))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def names(redis: Redis) -> list[str]:
    queue = Queue(jobs.QUEUE, connection=redis, serializer=JSONSerializer)
    return [job.func_name.removeprefix("sync.jobs.") for job in queue.jobs]


def test_the_sweep_rings_until_it_is_stopped(bell, redis, monkeypatch):
    monkeypatch.setattr(jobs, "SWEEP_SECONDS", 0.01)
    with sweeping(bell):
        time.sleep(0.1)
        redis.flushall()
        time.sleep(0.1)
    # Also a ring that is still unanswered is rung again: its job may have been lost.
    assert queued(redis) > 2


def test_while_a_decision_is_awaited_news_are_asked_for_more_often(bell, redis, monkeypatch):
    monkeypatch.setattr(jobs, "LOOK_SECONDS", 0.02)
    awaited = threading.Event()
    with sweeping(bell, awaited.is_set):
        time.sleep(0.3)
        assert names(redis) == ["push", "pull"]
        # Between two sweeps: a worker that is busy is not rung for again and again.
        awaited.set()
        time.sleep(0.3)
        assert names(redis) == ["push", "pull"]
        for _ in range(3):
            seen = queued(redis)
            bell.answered("pull")
            time.sleep(0.3)
            assert names(redis)[seen:] == ["pull"]


def test_a_line_that_failed_is_tried_again_when_its_back_off_is_over(
    bell, redis, house, monkeypatch
):
    monkeypatch.setattr(jobs, "LOOK_SECONDS", 0.02)
    house.trouble = LineDown("cut")
    with sweeping(bell, failed=jobs.failed):
        time.sleep(0.2)
        seen = queued(redis)
        jobs.push()
        assert not jobs.failed()
        time.sleep(0.2)
        assert queued(redis) == seen, "the line is left alone"
        house.duties.backoff.until = time.monotonic()
        time.sleep(0.2)
    assert queued(redis) > seen
    house.trouble = None
    house.duties.backoff.until = time.monotonic()
    jobs.push()
    assert not jobs.failed()


def test_a_hall_that_takes_reports_and_no_entries_is_told_how_it_is_and_left_alone_longer(house):
    house.trouble = LineDown("503")
    for failures in (1, 2, 3):
        house.duties.backoff.until = time.monotonic()
        jobs.pull()
        assert house.done[-1] == "pull"
        house.duties.backoff.until = time.monotonic()
        jobs.push()
        assert house.duties.backoff.failures == failures
    house.trouble = None
    house.duties.backoff.until = time.monotonic()
    jobs.push()
    assert house.duties.backoff.failures == 0


def test_files_that_gave_way_go_on_without_being_asked_for_again(bell, redis, house):
    turns = iter([True, True, False])
    house.duties.send_blobs = lambda wanted: house.done.append("blobs") or wanted
    house.duties.files_are_left = lambda: next(turns)
    house.duties.wanted = ["a file"]
    bell.ring("blobs")
    work(redis)
    assert house.done == ["blobs"] * 3


def test_a_ring_is_seen_until_it_is_answered(bell, redis, server):
    assert not bell.is_rung("push")
    bell.ring("push")
    assert bell.is_rung("push")
    bell.answered("push")
    assert not bell.is_rung("push")
    server.stop()
    assert not bell.is_rung("push")


def test_a_ring_of_before_the_clock_was_set_back_silences_nobody(bell, redis, house):
    """A worker that was killed at its job has left the ring, which lives until then."""
    redis.set("jishiban:ring:push", 1, ex=365 * 24 * 3600)
    assert bell.ring("push")
    bell.ring("push")
    assert 0 < redis.ttl("jishiban:ring:push") <= jobs.RING_SECONDS
    work(redis)
    assert house.done == ["push"]


def test_one_case_goes_at_once_and_many_travel_together(bell, redis, house):
    for sent, is_flooded in ((1, False), (7, True), (1, False)):
        house.sends = sent
        bell.ring("push")
        work(redis)
        assert house.duties.is_flooded == is_flooded


def test_a_failure_that_is_over_is_taken_back_with_the_next_report_as_soon_as_ever(house):
    """The first report that gets through was made before, and tells of it."""
    house.duties.heartbeat.seconds = 286
    house.duties.backoff.failed(None, "pull")
    house.duties.backoff.until = 0.0
    jobs.pull()
    assert jobs.report_seconds() == LEAST_SECONDS
    house.duties.heartbeat.seconds = 286
    jobs.pull()
    assert jobs.report_seconds() == 286
