"""A whole platform on one machine: hall, terminal, its worker and Redis, in one data folder.

Holds which processes make a platform and in which order they come up the first time. Knows the
roles by their commands and settings only. Neighbours: ``kiosk.cli.up`` and ``kiosk.cli.selftest``
run it, ``kiosk.cli.demo`` fills it, ``kiosk.cli.processes`` keeps it up.
"""

import errno
import fcntl
import importlib
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import urllib3
from click import ClickException

from kiosk import redis_server
from kiosk.cli.processes import Program, ProgramFailed, Supervisor

Accounts = dict[str, dict[str, str]]

_READY_SECONDS = 60.0
#: Below those that Linux gives to outgoing connections (32,768 on), above the well-known ones.
_PORTS = range(20_000, 32_768)
# Set here for each role; a value that was meant for one role started by hand must not reach both.
_OWN_SETTINGS = ("KIOSK_DATA_DIR", "KIOSK_REDIS_URL", "KIOSK_LISTEN", "KIOSK_DATABASE_URL")


class CannotStart(ClickException):
    """The platform cannot run here; the message is one line for people."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Platform:
    """A platform that answers: its addresses (``http://127.0.0.1:8100``) and first accounts.

    ``accounts`` maps admin, clerk, staff and auditor to ``{"username", "password"}``.
    """

    hall: str
    terminal: str
    accounts: Accounts
    supervisor: Supervisor


@contextmanager
def running(folder: Path, hall_port: int, terminal_port: int) -> Iterator[Platform]:
    """Run a platform that keeps everything in ``folder``; at the end nothing of it runs any more.

    The first time it also makes the databases, enrols the terminal and makes the demo accounts,
    which it writes to ``folder``/demo.json. Raises ``CannotStart`` when a port or the folder is in
    use or a process does not come up.
    """
    folder = folder.resolve()
    with _only_one(folder), tempfile.TemporaryDirectory(prefix="jishiban-") as sockets:
        for port in (hall_port, terminal_port):
            _must_be_free(port)
        hall, terminal = (f"http://127.0.0.1:{port}" for port in (hall_port, terminal_port))
        accounts = _known_accounts(folder, hall)
        try:
            programs = _programs(folder, Path(sockets), hall, terminal, known=accounts is not None)
            if accounts is None:
                _make_hall(programs)
            shared = {k: v for k, v in os.environ.items() if k not in _OWN_SETTINGS}
            supervisor = Supervisor(programs, shared, folder, Path(sockets) / "supervisor.sock")
        except (ProgramFailed, redis_server.NoRedis) as error:
            raise CannotStart(str(error)) from error
        try:
            _wait_until_ready(supervisor, hall)
            if accounts is None:
                accounts = _prepare(folder, hall)
                supervisor.start_group("terminal")
            _wait_until_ready(supervisor, terminal)
            _write_addresses(folder, hall, terminal, accounts)
            yield Platform(hall, terminal, accounts, supervisor)
        finally:
            supervisor.stop()


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (folder / "up.lock").open("w")
    except OSError as error:
        raise CannotStart(f"{folder} cannot be written: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotStart(f"{folder} is in use by another `kiosk up`") from error
        yield


def _must_be_free(port: int) -> None:
    with socket.socket() as probe:
        # As the servers do: connections that were closed a moment ago do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CannotStart(f"port {port} cannot be used: {error.strerror}") from error


def free_port() -> int:
    """Return a TCP port that nobody uses at this moment; OSError when none is found.

    It is none of those that the kernel gives to outgoing connections, of which one could take it
    before its server does.
    """
    for port in random.SystemRandom().sample(_PORTS, 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("", port))
            return port
    raise OSError(errno.EADDRINUSE, "no free port was found")


def _programs(
    folder: Path, sockets: Path, hall: str, terminal: str, *, known: bool
) -> list[Program]:
    """Return what a platform consists of; a terminal that is not enrolled waits to be started."""
    configured = os.environ.get("KIOSK_REDIS_URL")
    programs = []
    if not configured:
        server = redis_server.command(folder / "redis", sockets / "redis.sock")
        programs.append(Program("redis", "redis", server))
    base = configured or redis_server.url(sockets / "redis.sock")
    for number, (role, address) in enumerate((("hall", hall), ("terminal", terminal))):
        settings = {
            "KIOSK_DATA_DIR": str(folder / role),
            "KIOSK_REDIS_URL": _database(base, number),
            "KIOSK_LISTEN": urlsplit(address).netloc,
            # For trying: a real installation says which service it asks.
            "KIOSK_CERTIFICATES": os.environ.get("KIOSK_CERTIFICATES", "samples"),
        }
        if role == "hall" and "KIOSK_DATABASE_URL" in os.environ:
            settings["KIOSK_DATABASE_URL"] = os.environ["KIOSK_DATABASE_URL"]
        autostart = role == "hall" or known
        web = _kiosk(role, "serve")
        # SIGQUIT is gunicorn's quick stop: Ctrl-C does not wait for idle connections.
        programs.append(Program(f"{role}-web", role, web, settings, autostart, stop_signal="QUIT"))
        worker = _kiosk("worker", role)
        programs.append(Program(f"{role}-worker", role, worker, settings, autostart))
    return programs


def _database(url: str, number: int) -> str:
    """Return ``url`` with its database moved up by ``number``: one for each role."""
    address, _, query = url.partition("?")
    options = dict(parse_qsl(query))
    in_path = urlsplit(url).path.strip("/") if url.startswith("redis") else ""
    first = options.get("db") or in_path or "0"
    return f"{address}?{urlencode({**options, 'db': int(first) + number})}"


def _kiosk(*arguments: str) -> list[str]:
    return [str(Path(sys.executable).with_name("kiosk")), *arguments]


def _make_hall(programs: list[Program]) -> None:
    """Make the hall's database and identity; a later start brings the schema up to date itself."""
    settings = next(program.environment for program in programs if program.name == "hall-web")
    done = subprocess.run(  # noqa: S603 - our own command
        _kiosk("hall", "init"),
        env={**os.environ, **settings},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ProgramFailed(f"hall init failed: {(done.stderr.strip() or '?').splitlines()[-1]}")


def _prepare(folder: Path, hall: str) -> Accounts:
    # Loaded for a first start only: it brings both roles' code into this process, which otherwise
    # starts in a moment and stays small.
    demo = importlib.import_module("kiosk.cli.demo")
    accounts: Accounts = demo.prepare(folder, hall)
    return accounts


def _wait_until_ready(supervisor: Supervisor, address: str) -> None:
    end = time.monotonic() + _READY_SECONDS
    with urllib3.PoolManager(retries=False, timeout=5.0) as http:
        while True:
            try:
                answer = http.request("GET", f"{address}/healthz")
                if answer.status == 200:
                    return
                state = f"it answers {answer.status}: {answer.data[:200].decode(errors='replace')}"
            except urllib3.exceptions.HTTPError:
                state = "it does not answer"
            try:
                supervisor.check()
            except (ProgramFailed, OSError) as error:
                raise CannotStart(str(error)) from error
            if time.monotonic() > end:
                raise CannotStart(f"{address} is not ready after {_READY_SECONDS:.0f} s: {state}")
            time.sleep(0.05)


def _known_accounts(folder: Path, hall: str) -> Accounts | None:
    """Return the accounts of an earlier run, or None when nothing is prepared for ``hall``."""
    file = folder / "demo.json"
    if not file.exists():
        return None
    earlier = json.loads(file.read_text(encoding="utf-8"))
    accounts: Accounts = earlier["accounts"]
    return accounts if earlier["hall"] == hall else None


def _write_addresses(
    folder: Path, hall: str, terminal: str, accounts: Mapping[str, Mapping[str, str]]
) -> None:
    text = json.dumps({"hall": hall, "terminal": terminal, "accounts": accounts}, indent=2)
    new = folder / "demo.json.new"
    # It holds passwords: for this user only, from its first moment on.
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text + "\n")
    new.replace(folder / "demo.json")
