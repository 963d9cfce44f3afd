"""A real PostgreSQL of one's own: Debian's newest server, default durability, a temporary folder.

It does not run as root, so root lends it the account `postgres`. Knows no role and no table.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from kiosk.cli.processes import dying_with_its_parent

_PROGRAMS = Path("/usr/lib/postgresql")
_START_SECONDS = 30.0


class NoPostgres(Exception):
    """There is no server program, or it does not come up."""


@contextmanager
def running(settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run a server and yield the SQLAlchemy URL of an empty database; stop it at the end.

    `settings` of the server differ from the default.
    """
    programs = _newest()
    account = pwd.getpwnam("postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name)
    folder = Path(tempfile.mkdtemp(prefix="bench-pg-"))
    try:
        if os.geteuid() == 0:
            os.chown(folder, account.pw_uid, account.pw_gid)
        data = folder / "data"
        _run(account, programs / "initdb", "-D", data, "-A", "trust", "-E", "UTF8", "--locale=C")
        server = _server(account, programs, data, folder, settings or {})
        try:
            _wait(account, programs, folder, server)
            _run(account, programs / "createdb", "-h", folder, "hall")
            yield f"postgresql+psycopg://{account.pw_name}@/hall?host={folder}"
        finally:
            # SIGINT: a fast stop, which ends the sessions that are left.
            server.send_signal(signal.SIGINT)
            server.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _newest() -> Path:
    versions = sorted(_PROGRAMS.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if not versions:
        raise NoPostgres(f"there is no PostgreSQL in {_PROGRAMS}; install postgresql-15")
    return versions[-1].parent


def _server(
    account: pwd.struct_passwd,
    programs: Path,
    data: Path,
    sockets: Path,
    settings: Mapping[str, str],
) -> subprocess.Popen[bytes]:
    command = [programs / "postgres", "-D", data, "-k", sockets, "-c", "listen_addresses="]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    with (sockets / "log").open("wb") as log:
        return subprocess.Popen(
            dying_with_its_parent([str(part) for part in command]),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **_as(account),
        )


def _wait(
    account: pwd.struct_passwd, programs: Path, sockets: Path, server: subprocess.Popen[bytes]
) -> None:
    end = time.monotonic() + _START_SECONDS
    ask = [programs / "pg_isready", "-q", "-h", sockets]
    while subprocess.run(ask, check=False, **_as(account)).returncode != 0:
        if server.poll() is not None or time.monotonic() > end:
            raise NoPostgres("the server does not come up: " + (sockets / "log").read_text())
        time.sleep(0.05)


def _run(account: pwd.struct_passwd, *command: str | Path) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, **_as(account))
    if done.returncode != 0:
        raise NoPostgres(f"{command[0]}: {done.stderr.strip()}")


def _as(account: pwd.struct_passwd) -> dict[str, int | str | list[int]]:
    """Return how to become `account`; nothing when we are it."""
    if account.pw_uid == os.geteuid():
        return {"cwd": "/"}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": [], "cwd": "/"}
