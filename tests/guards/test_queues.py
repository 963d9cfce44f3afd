"""Jobs: what is rung is consumed, by name and by queue."""

import ast
import inspect

import redis

from kiosk import worker
from kiosk.cli import platform, working
from sync import jobs
from tests.guards.tree import name_of, parsed, python_files

SOURCES = python_files("kiosk", "sync")


def calls_of(method: str) -> list[tuple[str, ast.Call]]:
    """Place and call of every `something.method(…)`."""
    return [
        (f"{name_of(file)}:{node.lineno}", node)
        for file in SOURCES
        for node in ast.walk(parsed(file))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == method
    ]


def rung() -> set[str]:
    """The names of all jobs that are rung; a ring whose name is computed names each it may be."""
    return {
        word.value
        for _, call in calls_of("ring")
        for word in ast.walk(call.args[0])
        if isinstance(word, ast.Constant) and isinstance(word.value, str)
    }


def test_every_job_that_is_rung_exists_and_takes_nothing():
    assert rung() == {"push", "pull", "blobs", "release"}
    for name in rung():
        job = getattr(jobs, name)
        assert inspect.signature(job).parameters == {}, f"{name} must carry nothing"


def test_every_job_opens_the_bell_for_the_next_ring():
    for name in rung():
        assert f'answered("{name}")' in inspect.getsource(getattr(jobs, name))


def test_jobs_are_put_in_one_place_only():
    places = {place.partition(":")[0] for place, _ in calls_of("enqueue")}
    assert places == {"sync/jobs.py", "kiosk/hall_worker.py"}


def test_one_queue_is_rung_and_worked():
    bell = jobs.Doorbell(redis.Redis())
    assert bell._queue.name == jobs.QUEUE
    assert "Queue(jobs.QUEUE," in inspect.getsource(worker.run)


def test_a_role_has_a_worker_when_something_rings_there(tmp_path):
    programs = platform._programs(tmp_path, tmp_path, "http://hall", "http://t", known=True)
    assert [p.name for p in programs if "worker" in p.name] == ["hall-worker", "terminal-worker"]
    (role,) = working.command.params
    assert role.type.choices == ("terminal", "hall")


def test_only_the_terminal_rings():
    """The hall's duties come round by the clock: a ring there would wait for nobody."""
    places = {place.partition(":")[0] for place, _ in calls_of("ring")}
    assert places <= {
        "sync/jobs.py",
        "kiosk/cases/service.py",
        "kiosk/cases/afterwards.py",
        "kiosk/cases/help/ahead.py",
        "kiosk/cases/help/records.py",
        # In the worker's place, without Redis.
        "kiosk/simulation/exchange.py",
    }
