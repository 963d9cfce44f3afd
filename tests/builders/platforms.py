"""Platforms of real processes for tests: stopped, killed and asked from outside, as faults do it.

Everything lies in a folder of the test. Neighbour: `kiosk.cli.platform` starts it.
"""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from configparser import ConfigParser
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import urllib3
from redis import Redis
from sqlalchemy import select

from kiosk.cases.awaiting import queue_state
from kiosk.cli import platform
from kiosk.cli.selftest import Api, SelftestFailed
from sync.expecting import ExpectedBlob
from sync.faultpoint import VARIABLE
from sync.state import Peer
from tests.builders.cases import a_submission
from tests.builders.machines import Machine
from tests.builders.proxy import Proxy, proxying

CONNECTIONS = 8
KIOSK = str(Path(sys.executable).with_name("kiosk"))

Found = TypeVar("Found")


def until(look: Callable[[], Found], seconds: float, what: str) -> Found:
    """Wait until `look` returns something true, and return it."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.05)
    return found


@dataclass
class RunningPlatform:
    """Hall, terminal, its worker and Redis, and the folder they keep everything in."""

    folder: Path
    started: platform.Platform
    #: Both data folders, opened a second time by this process.
    terminal: Machine
    hall: Machine
    #: Where the terminal serves HTTPS.
    tls_port: int
    #: Files here arm the places of `sync.faultpoint`.
    points: Path
    _http: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(maxsize=CONNECTIONS, retries=False, timeout=15)
    )

    # ---- processes ----

    def stop(self, program: str) -> None:
        self.started.supervisor.stop_program(program)

    def start(self, program: str) -> None:
        self.started.supervisor.start_program(program)

    def kill(self, program: str) -> None:
        """SIGKILL to the program and to all its children, as soon as it runs."""
        supervisor = self.started.supervisor
        until(lambda: supervisor.pid(program), 15, f"{program} runs again")
        supervisor.kill_program(program)

    def redis(self) -> Redis:
        return Redis.from_url(self.redis_url())

    def redis_url(self, database: int = 0) -> str:
        """The platform's Redis; the databases 0 and 1 are in use."""
        settings = (self.folder / "supervisord.conf").read_text()
        return f"{re.search(r'unix://[^? ]+redis[.]sock', settings)[0]}?db={database}"

    @contextmanager
    def instead(self, *programs: str, **environment: str) -> Iterator[None]:
        """Run these programs in another environment, in the place of those that are kept up."""
        settings = ConfigParser(interpolation=None)
        settings.read(self.folder / "supervisord.conf")
        kept = {k: v for k, v in os.environ.items() if not k.startswith("KIOSK_")}
        own = {**kept, VARIABLE: str(self.points), **environment}
        with ExitStack() as afterwards:
            for program in programs:
                command = settings[f"program:{program}"]["command"].replace("%%", "%")
                self.stop(program)
                afterwards.callback(self.start, program)
                log = afterwards.enter_context((self.folder / "log" / f"{program}.own").open("ab"))
                process = subprocess.Popen(
                    shlex.split(command), env=own, stdout=log, stderr=log, start_new_session=True
                )
                afterwards.callback(_end, process)
            self._wait_for_both()
            yield
        self._wait_for_both()

    def _wait_for_both(self) -> None:
        for address in (self.started.hall, self.started.terminal):
            until(lambda each=address: answers(each), 60, f"{address} answers")  # type: ignore[misc]

    def arm(self, *names: str) -> None:
        """Let whatever process gets to these places first end itself there, once for each."""
        for name in names:
            (self.points / name).touch()

    def armed(self) -> list[str]:
        """The places that nobody got to yet."""
        return sorted(path.name for path in self.points.iterdir())

    def disarm(self) -> None:
        for path in self.points.iterdir():
            path.unlink(missing_ok=True)

    @contextmanager
    def line(self) -> Iterator[Proxy]:
        """Lead the line to the hall through a proxy, until the block ends."""
        with proxying(self.started.hall) as proxy:
            self._move_to(proxy.address)
            try:
                until(lambda: proxy.passed, 30, "the worker goes through the proxy")
                yield proxy
            finally:
                self._move_to(self.started.hall)

    def _move_to(self, address: str) -> None:
        with self.terminal.writing() as session:
            session.get_one(Peer, 1).hall_url = address

    # ---- cases ----

    def applications(self, count: int) -> list["Application"]:
        """Whole applications whose pictures are at the terminal already."""
        return [Application(a_submission(self.terminal).body()) for _ in range(count)]

    def submit(self, application: "Application") -> dict[str, Any] | None:
        """Hand in and return the receipt; None when there was no answer."""
        try:
            answer = self._http.request(
                "POST",
                f"{self.started.terminal}/api/v1/cases",
                json=application.body,
                headers={"Idempotency-Key": application.key},
            )
        except urllib3.exceptions.HTTPError:
            return None
        assert answer.status in {201, 502, 503}, answer.data
        return answer.json() if answer.status == 201 else None

    def flood(
        self, applications: Iterable["Application"], at: dict[int, Callable[[], None]] | None = None
    ) -> list[dict[str, Any] | None]:
        """Hand all in over eight connections; `at` says what to do once so many were answered."""
        due = dict(at or {})
        answered = 0
        lock = threading.Lock()

        def one(application: Application) -> dict[str, Any] | None:
            nonlocal answered
            receipt = self.submit(application)
            with lock:
                answered += 1
                then = due.pop(answered, None)
            if then is not None:
                then()
            return receipt

        with ThreadPoolExecutor(CONNECTIONS) as pool:
            return list(pool.map(one, applications))

    def at_hall(self) -> list[str]:
        """The numbers of all cases at the hall, as its API lists them; none while it is away."""
        numbers: list[str] = []
        after = ""
        try:
            while True:
                page = self._clerk.get(f"/cases?limit=200&after={after}")["cases"]
                numbers += [case["number"] for case in page]
                if len(page) < 200:
                    return numbers
                after = page[-1]["id"]
        except SelftestFailed:
            # Away, or the clerk was signed out after a long time without a word.
            self.__dict__.pop("_clerk", None)
            return []

    @cached_property
    def _clerk(self) -> Api:
        api = Api(self.started.hall)
        api.sign_in(self.started.accounts["clerk"])
        return api

    def verified(self, role: str) -> dict[str, Any]:
        """What `kiosk verify` counts in a role's data folder; it must find no fault."""
        done = run_kiosk("verify", "--data", str(self.folder / role))
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def all_delivered(self) -> bool:
        """Whether nothing waits at the terminal, neither entries nor files."""
        # In this order: files are expected from the moment when their entry is no longer pending.
        if self.terminal.within(queue_state, self.terminal.parts).pending:
            return False
        with self.hall.reading() as session:
            return session.scalars(select(ExpectedBlob).limit(1)).first() is None


@dataclass(frozen=True)
class Application:
    """What is handed in, and the key that makes it one case however often it is sent."""

    body: dict[str, Any]
    key: str = field(default_factory=lambda: str(uuid.uuid4()))


def lay_databases(folder: Path, migrated: Path, *roles: str) -> None:
    """Give roles of a new platform the schema; to migrate takes each of them a process of its own."""
    for role in roles:
        (folder / role).mkdir(mode=0o700, parents=True)
        shutil.copy(migrated, folder / role / f"{role}.db")


@contextmanager
def running_platform(folder: Path, **settings: str) -> Iterator[RunningPlatform]:
    tls_port, points = platform.free_port(), folder / "points"
    points.mkdir(parents=True)
    # Of these processes alone: what is started beside them serves no HTTPS there.
    settings = {"KIOSK_TLS_PORT": str(tls_port), VARIABLE: str(points), **settings}
    with ExitStack() as opened:
        os.environ.update(settings)
        try:
            ports = platform.free_port(), platform.free_port()
            started = opened.enter_context(platform.running(folder, *ports))
        finally:
            for name in settings:
                del os.environ[name]
        database = settings.get("KIOSK_DATABASE_URL", "")
        machines = [
            Machine.made("terminal", folder / "terminal"),
            Machine.made("hall", folder / "hall", database),
        ]
        try:
            yield RunningPlatform(folder, started, *machines, tls_port, points)
        finally:
            for machine in machines:
                machine.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program of ours and its children, as they would be ended by a stop of the machine."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def answers(address: str) -> bool:
    """Whether a role is ready to take cases."""
    try:
        return urllib3.request("GET", f"{address}/healthz", retries=False, timeout=5).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def run_kiosk(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("KIOSK_")}
    return subprocess.run(
        [KIOSK, *arguments],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def processes_naming(text: str) -> list[str]:
    """The command lines of all processes that name `text` in command line or environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue
        if text.encode() in command + environment and int(folder.name) != os.getpid():
            found.append(command.replace(b"\0", b" ").decode(errors="replace"))
    return found
