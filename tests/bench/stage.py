"""A hall on PostgreSQL and an enrolled terminal in a temporary folder, each process at hand.

Unlike `kiosk up` nothing is started again by itself: a measurement decides what runs, so that a
hall that is down stays down. All is set up with the product's own commands. Neighbours: `postgres`
and `kiosk.redis_server` run what is not ours.
"""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import urllib3

from kiosk import redis_server
from kiosk.cli.platform import free_port
from kiosk.cli.processes import dying_with_its_parent
from tests.bench import postgres
from tests.bench.figure import TICKS

STATION = "320582100008"
COMMANDS = {
    "hall-web": ("hall", "serve"),
    "terminal-web": ("terminal", "serve"),
    "terminal-worker": ("worker", "terminal"),
}
_READY_SECONDS = 60.0
_STOP_SECONDS = 15.0


class StageFailed(Exception):
    """A command or process of the product does not do what the measurement needs."""


class Stage:
    """The processes of one platform; `start` and `stop` take the names in `COMMANDS`."""

    def __init__(
        self,
        folder: Path,
        hall_database: str,
        server: redis_server.RedisServer,
        terminal: Mapping[str, str],
        program: Path,
    ) -> None:
        """Nothing of the product runs yet; `terminal` are more settings of that role."""
        self._terminal, self._program = terminal, str(program)
        self.folder = folder
        self.hall_database = hall_database
        self.hall_port, self.terminal_port = free_port(), free_port()
        self._server = server
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def environment(self, role: str) -> dict[str, str]:
        """Return the settings of a role on top of ours, with none of the caller's own."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("KIOSK_")}
        port = self.hall_port if role == "hall" else self.terminal_port
        settings = {
            "KIOSK_DATA_DIR": str(self.folder / role),
            "KIOSK_LISTEN": f"127.0.0.1:{port}",
            "KIOSK_REDIS_URL": f"{self._server.url.partition('?')[0]}?db={int(role == 'hall')}",
        }
        if role == "hall":
            settings["KIOSK_DATABASE_URL"] = self.hall_database
        else:
            settings |= self._terminal
        return inherited | settings

    def run(self, role: str, *arguments: str) -> str:
        """Run a command of the product to its end and return what it printed."""
        return self._told(role, [self._program, *arguments])

    def run_module(self, role: str, module: str, *arguments: str) -> str:
        """Run one of our own modules as a command of a role, likewise."""
        return self._told(role, [sys.executable, "-m", module, *arguments])

    def _told(self, role: str, command: Sequence[str]) -> str:
        done = subprocess.run(
            command, env=self.environment(role), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise StageFailed(f"{' '.join(command)}: {done.stderr.strip()}")
        return done.stdout.strip()

    def start(self, *names: str) -> None:
        """Start processes; a web process is up when it says that it is ready."""
        for name in names:
            role = name.partition("-")[0]
            with (self.folder / f"{name}.log").open("ab") as log:
                self._running[name] = subprocess.Popen(
                    dying_with_its_parent([self._program, *COMMANDS[name]]),
                    env=self.environment(role),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        for name in names:
            if name.endswith("-web"):
                self._wait_until_ready(name)

    def reroute(self, port: int) -> None:
        """Let the terminal find its hall at another port of this machine."""
        with closing(self.terminal_database()) as database:
            database.execute("update peer set hall_url = ?", (f"http://127.0.0.1:{port}",))

    def terminal_database(self) -> sqlite3.Connection:
        """Return a connection to the terminal's database."""
        return sqlite3.connect(self.folder / "terminal" / "terminal.db", isolation_level=None)

    def stop(self, *names: str) -> None:
        """Stop processes and return when they are gone."""
        processes = [self._running.pop(name) for name in names]
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(_STOP_SECONDS)

    def stop_all(self) -> None:
        """Stop whatever runs."""
        self.stop(*self._running)

    def _wait_until_ready(self, name: str) -> None:
        port = self.hall_port if name == "hall-web" else self.terminal_port
        end = time.monotonic() + _READY_SECONDS
        with urllib3.PoolManager(retries=False, timeout=5.0) as http:
            while True:
                try:
                    if http.request("GET", f"http://127.0.0.1:{port}/healthz").status == 200:
                        return
                except urllib3.exceptions.HTTPError:
                    pass
                if self._running[name].poll() is not None or time.monotonic() > end:
                    said = (self.folder / f"{name}.log").read_text(errors="replace")[-2000:]
                    raise StageFailed(f"{name} does not come up: {said}")
                time.sleep(0.05)

    def processes(self, *names: str, redis: bool = False) -> list[int]:
        """Return the ids of these processes and their children, and of Redis."""
        found = [self._running[name].pid for name in names]
        for pid in found:
            # The list grows while it is read: children of children are found too.
            found += [int(child) for child in _children(pid)]
        return [*found, self._server.pid] if redis else found


def _children(pid: int) -> list[str]:
    return [
        child
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text(encoding="ascii").split()
    ]


def cpu_seconds(processes: list[int]) -> float:
    """Return the CPU seconds that these processes have used so far."""
    used = 0
    for pid in processes:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        used += int(fields[11]) + int(fields[12])
    return used / TICKS


#: The `kiosk` of a checkout.
_DEVELOPED = Path(sys.executable).with_name("kiosk")
_ROOT = Path(__file__).resolve().parent.parent.parent


@contextmanager
def installed() -> Iterator[Path]:
    """Yield the `kiosk` of a new installation, made as a machine in service gets it.

    A checkout has libraries beside it that are for developing alone, and some of ours take up
    whatever they find.
    """
    with tempfile.TemporaryDirectory(prefix="installed-") as folder:
        _told("deploy/build.sh")
        wheel = next((_ROOT / "dist").glob("*.whl"))
        _told("deploy/install.sh", str(wheel), folder)
        yield Path(folder) / "bin" / "kiosk"


def _told(*command: str) -> None:
    # The same interpreter as ours: another Python weighs differently.
    environment = {**os.environ, "PYTHON": str(Path(sys.executable).resolve())}
    done = subprocess.run(
        command, cwd=_ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise StageFailed(f"{' '.join(command)}: {done.stderr.strip()}")


@contextmanager
def prepared(
    program: Path = _DEVELOPED, database: Mapping[str, str] | None = None, **terminal: str
) -> Iterator[Stage]:
    """Yield a stage with an enrolled and approved terminal (`terminal`: more settings of its).

    Only the two servers run; `database` are settings of PostgreSQL.
    """
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        postgres.running(database) as url,
        redis_server.running(Path(folder) / "redis") as server,
    ):
        stage = Stage(Path(folder), url, server, terminal, program)
        try:
            stage.run("hall", "hall", "init")
            stage.start("hall-web")
            code = stage.run("hall", "hall", "invite", STATION).splitlines()[-1]
            address = f"http://127.0.0.1:{stage.hall_port}"
            told = json.loads(stage.run("terminal", "terminal", "enrol", address, code))
            approve = ("hall", "approve", told["number"], "--fingerprint", told["fingerprint"])
            stage.run("hall", *approve)
            stage.stop("hall-web")
            yield stage
        finally:
            stage.stop_all()
