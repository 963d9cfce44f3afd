"""A terminal's web service that keeps the RQ worker itself: who starts, ends and comes back."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from kiosk.cli.platform import free_port

SECONDS = 30.0


def children(pid: int) -> set[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return {int(child) for child in text.split()}


def runs(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A terminal with one web process and its own worker, answering; no Redis."""
    port = free_port()
    environment = os.environ | {
        "KIOSK_DATA_DIR": str(tmp_path),
        "KIOSK_LISTEN": f"127.0.0.1:{port}",
        "KIOSK_WEB_PROCESSES": "1",
        "KIOSK_OWN_WORKER": "1",
    }
    program = Path(sys.executable).with_name("kiosk")
    with subprocess.Popen([program, "terminal", "serve"], env=environment) as process:

        def answers() -> bool:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
            except OSError:
                return False
            return len(children(process.pid)) == 2

        wait_until(answers)
        yield process
        process.kill()


def test_web_process_and_worker_come_back_when_they_are_killed(
    terminal: subprocess.Popen[bytes],
) -> None:
    before = children(terminal.pid)
    for child in before:
        # Together with its sibling it may end by itself before its turn comes.
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        wait_until(lambda gone=child: not runs(gone))  # type: ignore[misc]
    wait_until(lambda: len(children(terminal.pid) - before) == 2)


def test_all_end_with_the_service(terminal: subprocess.Popen[bytes]) -> None:
    kept = children(terminal.pid)
    terminal.terminate()
    assert terminal.wait(SECONDS) == 0
    wait_until(lambda: not any(map(runs, kept)))


def test_all_end_when_the_service_is_killed(terminal: subprocess.Popen[bytes]) -> None:
    kept = children(terminal.pid)
    terminal.kill()
    wait_until(lambda: not any(map(runs, kept)))
