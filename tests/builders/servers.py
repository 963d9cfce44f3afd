"""Servers for tests: a PostgreSQL of one's own, started from the system's programs.

Listens on a unix socket in a temporary folder only. A fresh database is a copy of a template; one
that is given back is emptied for the next, which takes a tenth of the time. Knows no tables.
"""

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

_START_SECONDS = 30.0
#: Nothing here outlives the test run, so nothing is flushed to the disk.
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "60",
}


_EMPTY_ALL = """
DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT tablename FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
  LOOP EXECUTE format('DELETE FROM %I', name); END LOOP;
END $$
"""


class PostgresServer:
    """A running server that lends databases."""

    def __init__(self, sockets: Path) -> None:
        self._sockets = sockets
        self._numbers = itertools.count(1)
        self._free: list[str] = []

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self._sockets}"

    def run(self, statement: str, database: str = "postgres") -> None:
        with psycopg.connect(
            host=str(self._sockets), user="postgres", dbname=database, autocommit=True
        ) as connection:
            connection.execute(statement)

    @contextmanager
    def database(self, template: str) -> Iterator[str]:
        """Lend a database like `template`, without rows; its SQLAlchemy URL."""
        if self._free:
            name = self._free.pop()
        else:
            name = f"copy_{next(self._numbers)}"
            self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield self.url(name)
        self.empty(self.url(name))
        self._free.append(name)

    def empty(self, url: str) -> None:
        """Leave no row in the database with this URL."""
        self.run(_EMPTY_ALL, make_url(url).database or "")


@contextmanager
def running_postgres(
    before: Sequence[str] = (), network: str = "", **more: str
) -> Iterator[PostgresServer]:
    """Run a server of one's own; afterwards nothing of it is left.

    `before` stands before its command; machines of `network` may come in without a password, when
    `listen_addresses` among the settings `more` lets them.
    """
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    demoted = _demoted()
    try:
        if demoted:
            owner = pwd.getpwnam(demoted)
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        initdb = [_program("initdb"), "-D", str(folder / "data"), "-U", "postgres"]
        initdb += ["-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run(_as(demoted, initdb), check=True, capture_output=True, cwd="/")
        if network:
            with (folder / "data" / "pg_hba.conf").open("a") as allowed:
                allowed.write(f"host all all {network} trust\n")
        settings = [f"--{name}={value}" for name, value in {**_SETTINGS, **more}.items()]
        command = [_program("postgres"), "-D", str(folder / "data"), "-k", str(folder), *settings]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [*before, *_as(demoted, command)],
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
            )
        try:
            server = PostgresServer(folder)
            _wait_for(server, process, folder / "log")
            yield server
        finally:
            # SIGINT: the fast shutdown, which does not wait for clients.
            process.send_signal(2)
            process.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _program(name: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    path = shutil.which(name) or (str(found[-1]) if found else None)
    if path is None:
        raise RuntimeError(f"these tests need PostgreSQL; there is no {name}")
    return path


def _demoted() -> str | None:
    """The user to run as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _as(user: str | None, command: list[str]) -> list[str]:
    if user is None:
        return command
    owner = pwd.getpwnam(user)
    ids = [f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
    return ["setpriv", *ids, "--pdeathsig", "INT", "--", *command]


def _wait_for(server: PostgresServer, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while True:
        try:
            server.run("SELECT 1")
            return
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(log.read_text(errors="replace")[-2000:]) from error
            time.sleep(0.05)
