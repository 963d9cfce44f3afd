"""The database connection of both roles, and how a transaction begins.

SQLite runs with WAL and ``synchronous=FULL``: a commit that returned survives
a power cut. Writers take the write lock at the start (``BEGIN IMMEDIATE``), so
that no transaction fails half-way for want of it. No table is defined here.
"""

import fcntl
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import IO, Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, event, func, select
from sqlalchemy.orm import Session

from sync.tables import Base

db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})

#: How long a writer waits for another (milliseconds) before it gives up.
BUSY_TIMEOUT_MS = 10_000


def init_db(app: Flask) -> None:
    """Bind the database to ``app`` and set each SQLite connection up."""
    db.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "connect", _set_up_sqlite)
            event.listen(db.engine, "begin", _begin_sqlite)


@contextmanager
def reading() -> Iterator[Session]:
    """Yield a session of its own for reading; whatever it began is rolled back."""
    session = Session(db.engine, expire_on_commit=False)
    try:
        yield session
    finally:
        session.close()


@contextmanager
def writing() -> Iterator[Session]:
    """Yield a session of its own that holds the write lock; commit at the end.

    On return the commit is on disk. Raises sqlalchemy.exc.OperationalError when
    the lock was not to be had within ``BUSY_TIMEOUT_MS`` or the disk is full.
    """
    with (
        _turn(db.engine),
        Session(db.engine, expire_on_commit=False) as session,
        session.begin(),
    ):
        session.connection(execution_options={"writes": True})
        yield session


@contextmanager
def writing_rows() -> Iterator[Connection]:
    """As ``writing``, for statements alone: no objects, and half the cost."""
    with _turn(db.engine), db.engine.connect() as connection:
        connection.execution_options(writes=True)
        with connection.begin():
            yield connection


@contextmanager
def glancing() -> Iterator[Session]:
    """As ``reading``, on PostgreSQL with no transaction around: for few questions, asked often.

    There each question sees what is committed when it is asked, as it does in ``reading``; to begin
    and to end a transaction would be two more turns to the server and back. Large results that come
    in portions need one.
    """
    engine = db.engine
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="AUTOCOMMIT")
    # Nothing is ever written here, and what is not flushed cannot be.
    with Session(engine, expire_on_commit=False, autoflush=False) as session:
        yield session


def alone(session: Session, deed: str) -> None:
    """Let one transaction at a time do ``deed``: wait for the others, and keep them waiting.

    For what reads and then writes on the strength of it, such as the next number. Only
    PostgreSQL has to be asked: on SQLite whoever is ``writing`` is alone with everything.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(deed, 0))))


def during_none(session: Session, deed: str) -> None:
    """Let nobody do ``deed`` (`alone`) until this transaction ends; many may ask for it at once.

    For what rests on what ``deed`` changes. Ask before any row is locked: whoever does the deed
    may wait for that row.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock_shared(func.hashtextextended(deed, 0))))


#: One thread of this process at a time waits for the file's lock.
_threads = threading.RLock()
#: How often the head of the queue looks whether its turn has come (seconds). Cases are written in
#: groups (``kiosk.group_commit``), so looking often gains nothing: three pairs gave 399/354/362
#: cases/s at a twentieth of a millisecond and 382/417/464 at half of one.
_LOOK_SECONDS = 0.0005


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    """Wait for one's turn to write to SQLite; nothing to wait for elsewhere.

    SQLite's own waiting is polling with sleeps that grow to 100 ms: under load it makes
    unlucky writers late. Here threads wait on a mutex, and one of each process looks often.
    SQLite's lock still guards the data; this only orders the queue for it, so that after
    ``BUSY_TIMEOUT_MS`` a writer goes on to it without its turn.
    """
    path = engine.url.database
    if engine.dialect.name != "sqlite" or path is None:
        yield
        return
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    try:
        _threads.acquire(timeout=BUSY_TIMEOUT_MS / 1000)
        with _line_up(path) as turn:
            while turn and not _took(turn) and time.monotonic() < deadline:
                time.sleep(_LOOK_SECONDS)
            yield
    finally:
        # The lock itself knows whether it was had: a job that runs out of its time may be
        # interrupted between having it and noting it, and nobody would ever give it back.
        with suppress(RuntimeError):
            _threads.release()


def _line_up(path: str) -> AbstractContextManager[IO[str] | None]:
    """Open the file that orders the queue. Without it, on a broken disk, SQLite has the word."""
    try:
        return open(path + "-turn", "w")
    except OSError:
        return nullcontext()


def _took(turn: IO[str]) -> bool:
    try:
        fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def empty_log(engine: Engine) -> None:
    """Take what was wiped out of SQLite's log too, as far as no reader needs it now."""
    if engine.dialect.name == "sqlite":
        connection = engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            connection.close()


class AppTransactions:
    """``reading`` and ``writing`` for code without Flask (``sync.push.Transactions``)."""

    def __init__(self, app: Flask) -> None:
        """Use the database of ``app``."""
        self._app = app

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """See ``reading``."""
        with self._app.app_context(), reading() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """See ``writing``."""
        with self._app.app_context(), writing() as session:
            yield session


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def engine() -> Engine:
    """Return the engine of the current application."""
    return db.engine
