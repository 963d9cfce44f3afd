"""The threaded worker of the web processes: who takes a connection, and that all are answered."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import urllib3

from kiosk.cli.platform import free_port

PROCESSES, THREADS = 2, 2
APP = """
import os, time

def app(environ, start):
    time.sleep(float(environ["QUERY_STRING"]))
    start("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
"""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "sleeper.py").write_text(APP)
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--preload"]
    command += ["--workers", str(PROCESSES), "--threads", str(THREADS), "--chdir", str(tmp_path)]
    command += ["--worker-class", "kiosk.cli.even_worker.EvenWorker", "--no-control-socket"]
    command += ["--graceful-timeout", "5"]
    with subprocess.Popen([*command, "sleeper:app"], stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(f"http://127.0.0.1:{port}/?0")
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()


def wait_for(url: str) -> None:
    end = time.monotonic() + 20
    with urllib3.PoolManager(retries=False) as http:
        while time.monotonic() < end:
            try:
                http.request("GET", url)
                return
            except urllib3.exceptions.HTTPError:
                time.sleep(0.05)
    raise AssertionError("the server does not answer")


def ask(address: str, seconds: float) -> bytes:
    """The process that answered, over a connection of our own."""
    with urllib3.PoolManager(retries=False, timeout=20) as http:
        return http.request("GET", f"{address}?{seconds}").data


def test_a_burst_of_connections_is_shared_by_the_processes(address):
    with ThreadPoolExecutor(PROCESSES * THREADS) as clients:
        answers = Counter(clients.map(lambda _: ask(address, 0.5), range(PROCESSES * THREADS)))
    assert sorted(answers.values()) == [THREADS] * PROCESSES


def test_more_connections_than_threads_are_all_answered(address):
    with ThreadPoolExecutor(12) as clients:
        answers = list(clients.map(lambda _: ask(address, 0.05), range(40)))
    assert len(answers) == 40


def test_connections_that_are_kept_idle_keep_nobody_out(address):
    with urllib3.PoolManager(retries=False, maxsize=10, timeout=20) as http:
        kept = [http.request("GET", f"{address}?0", preload_content=False) for _ in range(10)]
        for answer in kept:
            answer.read()
            answer.release_conn()
        assert ask(address, 0)
