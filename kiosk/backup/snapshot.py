"""One moment of a database, while others go on writing: its rows to read, its bytes to keep.

SQLite is copied page by page in one read transaction (its online backup). PostgreSQL exports the
snapshot of a transaction, and pg_dump writes that same moment, so that what is read here, the
cursors, is exactly what the dump holds. Neighbours: ``making`` uses it, ``revival`` is the way
back.
"""

import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from sqlalchemy import NullPool, create_engine, make_url, text
from sqlalchemy.orm import Session

from kiosk.config import BadConfig, Config

#: How the names begin of what a restore has put aside: folders, and schemas of PostgreSQL.
ASIDE = "before-"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """``session`` reads the moment; ``opened`` yields its bytes.

    ``opened`` raises OSError at the end of its block when the bytes were not whole.
    """

    session: Session
    opened: Callable[[], AbstractContextManager[IO[bytes]]]
    kind: str


@contextmanager
def taken(config: Config, scratch: Path) -> Iterator[Snapshot]:
    """Yield the database of ``config`` as it is now; ``scratch`` is a folder for a copy."""
    taker = _sqlite if config.is_sqlite else _postgres
    with taker(config, scratch) as snapshot:
        yield snapshot


@contextmanager
def _sqlite(config: Config, scratch: Path) -> Iterator[Snapshot]:
    source = Path(config.database.removeprefix("sqlite:///"))
    if not source.exists():
        raise BadConfig(f"the database {source} is not there")
    copy = scratch / "copy.db"
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=10)) as live,
            closing(sqlite3.connect(copy)) as target,
        ):
            # All pages in one step: nobody who writes makes it begin again, nobody waits for it.
            live.backup(target)
            # One file: without its log beside it a database in WAL mode is not whole.
            target.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise OSError(f"the database cannot be copied: {error}") from error
    engine = create_engine(f"sqlite:///{copy}", poolclass=NullPool)
    with Session(engine) as session:
        yield Snapshot(session, lambda: copy.open("rb"), "sqlite")


@contextmanager
def _postgres(config: Config, scratch: Path) -> Iterator[Snapshot]:
    engine = create_engine(config.database, poolclass=NullPool, isolation_level="REPEATABLE READ")
    with engine.connect() as connection, Session(connection) as session:
        name = connection.scalar(text("SELECT pg_export_snapshot()"))

        def opened() -> AbstractContextManager[IO[bytes]]:
            return _dump(config, str(name), scratch)

        yield Snapshot(session, opened, "postgresql")


@contextmanager
def _dump(config: Config, snapshot: str, scratch: Path) -> Iterator[IO[bytes]]:
    command = ["pg_dump", "--format=custom", "--compress=0", "--no-owner", "--no-privileges"]
    command += [f"--exclude-schema={ASIDE}*", f"--snapshot={snapshot}"]
    with tempfile.TemporaryFile(dir=scratch) as told:
        process = started(command, config, stdout=subprocess.PIPE, stderr=told)
        try:
            yield cast(IO[bytes], process.stdout)
        finally:
            # One that is not read to the end is ended by this.
            cast(IO[bytes], process.stdout).close()
            status = process.wait()
        if status != 0:
            raise OSError(f"pg_dump failed: {last_line(told)}")


def started(command: list[str], config: Config, **streams: Any) -> subprocess.Popen[bytes]:
    """Start a program of PostgreSQL for the database of ``config``; OSError when there is none.

    What is secret goes by the environment, since everybody may read a command line.
    """
    url = make_url(config.database)
    query = {name: value for name, value in url.query.items() if isinstance(value, str)}
    known = {
        "PGHOST": url.host or query.get("host"),
        "PGPORT": str(url.port) if url.port else query.get("port"),
        "PGUSER": url.username or query.get("user"),
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGSSLMODE": query.get("sslmode"),
        "PGSSLROOTCERT": query.get("sslrootcert"),
        "PGSERVICE": query.get("service"),
        "PGPASSFILE": query.get("passfile"),
    }
    given = {name: value for name, value in known.items() if value}
    try:
        return subprocess.Popen(command, env={**os.environ, **given}, **streams)  # noqa: S603
    except FileNotFoundError as error:
        raise OSError(
            f"{command[0]} is not installed on this machine: apt-get install postgresql-client"
        ) from error


def last_line(told: IO[bytes]) -> str:
    """Return the last line that a program has written to a file."""
    told.seek(0)
    lines = told.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "no reason given"
