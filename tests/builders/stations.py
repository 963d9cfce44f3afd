"""A terminal's web service alone, as a process on a folder of the test's: no hall, no Redis.

It is enrolled at a hall that there is not, so that it takes cases and keeps them. Neighbour:
`platforms` runs whole platforms.
"""

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import urllib3

from kiosk import schema
from kiosk.cli.platform import free_port
from kiosk.cli.processes import dying_with_its_parent
from kiosk.config import Config
from kiosk.enrolling import peer_row
from sync.identity import load_or_make
from tests.builders.cases import a_submission
from tests.builders.machines import Machine
from tests.builders.platforms import Application

CONNECTIONS = 6
READY_SECONDS = 60.0


def a_station(folder: Path, somewhere: Path, applications: int) -> list[Application]:
    """Make the data folder of an enrolled terminal; return applications whose pictures it has."""
    schema.ensure(Config("terminal", folder))
    machine = Machine.made("terminal", folder)
    answer = {
        "hall_id": str(uuid.uuid4()),
        "hall_public": load_or_make(somewhere).public.to_hex(),
        "hall_epoch": 1,
        "terminal_id": str(uuid.uuid4()),
        "number": "100001",
        "station_code": "320582100008",
        "station_name": "前溪社区",
    }
    with machine.writing() as session:
        session.add(peer_row("http://127.0.0.1:9", answer))
    made = [Application(a_submission(machine).body()) for _ in range(applications)]
    machine.close()
    return made


@dataclass
class Station:
    """A running web service, and every answer that it gave to somebody."""

    address: str
    process: subprocess.Popen[bytes]
    #: The numbers of all receipts that came back whole.
    shown: list[str] = field(default_factory=list)
    #: Status and body of every other answer.
    others: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    _http: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(maxsize=CONNECTIONS, retries=False, timeout=30)
    )

    def get(self, path: str) -> urllib3.BaseHTTPResponse:
        return self._http.request("GET", self.address + path)

    def submit(self, application: Application) -> int:
        """Hand in; note what was answered and return its status, or 0 when nothing was."""
        try:
            answer = self._http.request(
                "POST",
                f"{self.address}/api/v1/cases",
                json=application.body,
                headers={"Idempotency-Key": application.key},
            )
            body = answer.json()
        except (urllib3.exceptions.HTTPError, ValueError):
            return 0
        if answer.status == 201:
            self.shown.append(body["number"])
        else:
            self.others.append((answer.status, body))
        return answer.status

    @contextmanager
    def flood(self, applications: list[Application]) -> Iterator[None]:
        """Hand in over six connections during the block, until the applications are used up."""
        stop = threading.Event()

        def hand_in() -> None:
            while not stop.is_set():
                try:
                    self.submit(applications.pop())
                except IndexError:
                    return

        threads = [threading.Thread(target=hand_in) for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    @contextmanager
    def without_processes(self) -> Iterator[None]:
        """Kill all that has a file open; whoever keeps the service up starts others afterwards."""
        keeper = self.process.pid
        os.kill(keeper, signal.SIGSTOP)
        children = Path(f"/proc/{keeper}/task/{keeper}/children").read_text(encoding="ascii")
        for child in children.split():
            os.kill(int(child), signal.SIGKILL)
        try:
            yield
        finally:
            os.kill(keeper, signal.SIGCONT)

    def kill(self) -> None:
        """End all of it at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def station(folder: Path, log: Path, **settings: str) -> Iterator[Station]:
    """Run the web service on `folder` until the block ends."""
    port = free_port()
    own = {
        "KIOSK_LISTEN": f"127.0.0.1:{port}",
        "KIOSK_REDIS_URL": f"unix://{log.parent / 'no-redis.sock'}",
        **settings,
    }
    with _running(("terminal", "serve"), folder, log, own) as process:
        started = Station(f"http://127.0.0.1:{port}", process)
        _wait_for(started, log)
        yield started


@contextmanager
def second_machine(folder: Path, log: Path, redis: str) -> Iterator[Station]:
    """Run web service and worker on a folder that was copied, with a Redis database of its own."""
    settings = {"KIOSK_REDIS_URL": redis}
    with (
        station(folder, log, **settings) as started,
        _running(("worker", "terminal"), folder, log, settings),
    ):
        yield started


@contextmanager
def _running(
    arguments: tuple[str, ...], folder: Path, log: Path, settings: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KIOSK_")}
    command = [str(Path(sys.executable).with_name("kiosk")), *arguments]
    with log.open("ab") as out:
        process = subprocess.Popen(
            dying_with_its_parent(command),
            env={**kept, "KIOSK_DATA_DIR": str(folder), **settings},
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for(started: Station, log: Path) -> None:
    end = time.monotonic() + READY_SECONDS
    while True:
        try:
            if started.get("/healthz").status in {200, 503}:
                return
        except urllib3.exceptions.HTTPError:
            pass
        assert started.process.poll() is None, log.read_text()
        assert time.monotonic() < end, "it does not answer"
        time.sleep(0.05)
