"""The way back of a database: is there one already, put the kept one in its place, make it current.

SQLite is a file that appears with the others; PostgreSQL is filled in one transaction. What was
there before is put aside, never overwritten. Neighbour: ``restoring`` decides when.
"""

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, NullPool, Transaction, create_engine, inspect, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from kiosk import schema
from kiosk.backup.snapshot import ASIDE, last_line, started
from kiosk.config import Config
from kiosk.core import open_database
from kiosk.db import engine, writing


def holds_tables(config: Config) -> bool:
    """Tell whether a PostgreSQL database has tables, but for what was put aside."""
    with _connected(config) as connection:
        known = inspect(connection)
        return any(known.get_table_names(schema=each) for each in _schemas(connection))


def put_aside(config: Config, name: str | None) -> None:
    """Empty a PostgreSQL database; what it held is in schemas ``name-…``, or gone without a name.

    All its schemas are taken for the hall's, for the database is its own. OSError when the role may
    not; then nothing in the database has changed.
    """
    with _emptied(config, name) as transaction:
        transaction.commit()


def check_put_aside(config: Config, name: str) -> None:
    """Raise OSError when ``put_aside`` would not be let; what it does is taken back.

    Who owns a schema says not enough: renaming asks for rights to the database too.
    """
    with _emptied(config, name) as transaction:
        transaction.rollback()


@contextmanager
def _emptied(config: Config, name: str | None) -> Iterator[Transaction]:
    """Yield the transaction in which the database was emptied; OSError when that is refused."""
    try:
        with _connected(config) as connection, connection.begin() as transaction:
            for each in _schemas(connection):
                aside = f'ALTER SCHEMA "{each}" RENAME TO "{name}-{each}"'
                connection.execute(text(aside if name else f'DROP SCHEMA "{each}" CASCADE'))
            connection.execute(text("CREATE SCHEMA public"))
            yield transaction
    except ProgrammingError as error:
        raise OSError(f"the database cannot be emptied: {error.orig}") from error


def fill(config: Config, dump: Path) -> None:
    """Put what ``dump`` holds into an empty PostgreSQL database, all or nothing; OSError."""
    command = ["pg_restore", "--single-transaction", "--no-owner", "--no-privileges"]
    command += ["--exit-on-error", "--dbname=", str(dump)]
    with tempfile.TemporaryFile() as told:
        status = started(command, config, stdin=subprocess.DEVNULL, stdout=told, stderr=told).wait()
        if status != 0:
            raise OSError(f"pg_restore failed: {last_line(told)}")


def revive(config: Config, deed: Callable[[Session], None]) -> None:
    """Bring a restored database's schema up to date and do ``deed`` in one transaction."""
    schema.ensure(config)
    with open_database(config).app_context():
        with writing() as session:
            deed(session)
        engine().dispose()


def _schemas(connection: Connection) -> list[str]:
    """Return the schemas of the product: `public`, and that of partitions."""
    query = text(
        "SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' "
        "AND nspname <> 'information_schema' ORDER BY nspname"
    )
    return [str(name) for name in connection.scalars(query) if not name.startswith(ASIDE)]


@contextmanager
def _connected(config: Config) -> Iterator[Connection]:
    with create_engine(config.database, poolclass=NullPool).connect() as connection:
        yield connection
