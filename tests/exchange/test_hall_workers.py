"""The hall's workers: a duty is done once in its time by whoever is there, and outlives faults."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.client import DEFAULT_SOCKET_TIMEOUT
from rq import Queue, Worker
from rq.serializers import JSONSerializer
from structlog.testing import capture_logs

from kiosk import hall_worker, redis_server
from kiosk.hall_worker import QUEUE, Duty, DutyFailed, call_due, perform, take_up

KIOSK = str(Path(sys.executable).with_name("kiosk"))


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory) -> Iterator[str]:
    with redis_server.running(tmp_path_factory.mktemp("redis")) as started:
        yield started.url


@pytest.fixture
def client(redis_url) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as connected:
        connected.flushall()
        yield connected


def queue_of(client: Redis) -> Queue:
    return Queue(QUEUE, connection=client, serializer=JSONSerializer)


def until(holds: Callable[[], object], what: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def test_of_two_workers_one_calls_a_duty_and_nobody_again_before_its_time(client):
    queue = queue_of(client)
    names = [duty.name for duty in hall_worker.DUTIES]
    assert call_due(client, queue) == names
    assert call_due(client, queue) == []
    for name in names:
        client.delete(f"jishiban:duty:{name}")
    assert call_due(client, queue) == names


def test_duties_are_called_though_the_clock_was_set_back_since_they_were(client):
    """A key of before lives until then: here as long as it would after a year."""
    queue = queue_of(client)
    for duty in hall_worker.DUTIES:
        client.set(f"jishiban:duty:{duty.name}", 1, ex=duty.every_seconds + 365 * 24 * 3600)
    assert call_due(client, queue) == [duty.name for duty in hall_worker.DUTIES]
    assert call_due(client, queue) == []
    for duty in hall_worker.DUTIES:
        assert 0 < client.ttl(f"jishiban:duty:{duty.name}") <= duty.every_seconds


def test_a_duty_that_fails_tells_its_kind_and_not_its_words(a_hall, monkeypatch):
    hall = a_hall("sqlite")

    def fail(_: object) -> None:
        raise ValueError("张三 320582199001011234")

    monkeypatch.setattr(hall_worker, "DUTIES", (Duty("fail", 60, fail),))
    take_up(hall.parts)
    with capture_logs() as logged, pytest.raises(DutyFailed, match="fail: ValueError"):
        perform("fail")
    assert "张三" not in str(logged)
    with pytest.raises(LookupError, match="another version"):
        perform("unknown")


def test_workers_wait_for_longer_than_a_command_may_take(a_hall, client, redis_url):
    """Whoever waits for a job hears nothing on its connection; who calls duties is answered."""
    for duty in hall_worker.DUTIES:
        client.set(f"jishiban:duty:{duty.name}", 1)
    folder = str(a_hall("sqlite").parts.config.data_dir)
    settings = {"KIOSK_DATA_DIR": folder, "KIOSK_REDIS_URL": redis_url}
    command = [KIOSK, "worker", "hall"]
    processes = [subprocess.Popen(command, env={**os.environ, **settings}) for _ in range(3)]
    try:
        until(lambda: len(Worker.all(connection=client)) == 3, "three workers")
        time.sleep(DEFAULT_SOCKET_TIMEOUT + 1.5)
        assert [process.poll() for process in processes] == [None] * 3
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(20)


def test_a_worker_does_duties_and_another_goes_on_when_it_is_killed(a_hall, client, redis_url):
    hall = a_hall("sqlite")
    config = hall.parts.config
    settings = {"KIOSK_DATA_DIR": str(config.data_dir), "KIOSK_REDIS_URL": redis_url}
    command = [KIOSK, "worker", "hall"]
    processes = [subprocess.Popen(command, env={**os.environ, **settings}) for _ in range(2)]

    def done() -> bool:
        queue = queue_of(client)
        return queue.is_empty() and client.exists("jishiban:duty:forget_failed_sign_ins") == 1

    try:
        until(lambda: len(Worker.all(connection=client)) == 2, "two workers")
        until(done, "the first round")
        processes[0].kill()
        client.flushall()
        until(done, "the round after everything in Redis was lost")
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(20)
