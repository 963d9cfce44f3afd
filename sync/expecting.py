"""Hall: files that entries name and that are not here yet, which terminals are asked for.

A row goes when its file has arrived whole (``kiosk.hall.sync_api``). One that the terminal has
lost stays, so that clerks see it; admins end the asking (``kiosk.hall.caring``). Restored terminals
list in the same table what they lack (``refetch``). Neighbours: ``ingest`` calls for each run of
entries, ``blobs`` is where the files lie.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Index, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from sync import bulk
from sync.blobs import BlobStore, is_name
from sync.envelope import Entry, of_type
from sync.ledger import LedgerEntry, Terminal
from sync.tables import Base, table_of

log = structlog.get_logger(__name__)

#: So long (seconds) the same files come first: one that is on its way on a thin line goes on.
TURN_SECONDS = 300
#: So many files a report names that are lost; of more than that, others with each turn.
MOST_LOST = 100


class ExpectedBlob(Base):
    """A file that an entry names and that has not arrived whole."""

    __tablename__ = "expected_blob"
    __table_args__ = (Index("ix_expected_blob_terminal_id_sha256", "terminal_id", "sha256"),)

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    terminal_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    subject: Mapped[str] = mapped_column(String(36), index=True)
    #: When the terminal first told that it has not got the file either.
    lost_at: Mapped[datetime | None]
    #: Since when nobody is asked for it any more; it is taken all the same when it comes.
    given_up_at: Mapped[datetime | None]


_EXPECTED = table_of(ExpectedBlob)


def expect(session: Session, terminal: Terminal, entries: Sequence[Entry]) -> None:
    """Expect the files that these entries of ``terminal`` name; idempotent, the caller commits.

    One that was given up is asked for again: whoever wrote the entry had it. What an entry names
    and cannot be a file's name is never expected: nobody could bring it.
    """
    named = {sha: entry.subject for entry in entries for sha in entry.blobs if is_name(sha)}
    if expect_files(session, terminal.terminal_id, named) < len(named):
        wait_again(session, terminal.terminal_id, named)


def expect_files(session: Session, terminal_id: str, named: Mapping[str, str]) -> int:
    """Expect these files (SHA-256: case) of a terminal, and return how many were not before.

    Idempotent; the caller commits.
    """
    rows = [_row(terminal_id, sha, subject) for sha, subject in named.items()]
    return bulk.insert_missing(session, _EXPECTED.c.sha256, rows)


def wanted(session: Session, terminal_id: str, most: int, now: datetime) -> list[str]:
    """Return the names of at most so many files that a terminal is to send, for one statement.

    Of more than that they come from another one on with each turn of the clock, round and round:
    files that the terminal has lost must not keep others away.
    """
    turn = f"{terminal_id} {int(now.timestamp()) // TURN_SECONDS}"
    first = hashlib.sha256(turn.encode()).hexdigest()
    name = ExpectedBlob.sha256
    query = select(name).where(*_waited_for(terminal_id))
    return list(session.scalars(query.order_by(name < first, name).limit(most)))


def hear_lost(session: Session, terminal_id: str, told: Any, now: datetime) -> None:
    """Note which wanted files a terminal says (SHA-256 each) that it has not got either.

    None of a terminal that does not tell. ValueError for anything but names of files, at most
    ``MOST_LOST``. Idempotent; the caller commits.
    """
    if told is None:
        return
    names = [of_type(str, name) for name in of_type(list, told)]
    if len(names) > MOST_LOST or not all(is_name(name) for name in names):
        raise ValueError("what is lost is no list of files")
    if names:
        session.execute(
            update(ExpectedBlob)
            .where(*_waited_for(terminal_id))
            .where(ExpectedBlob.sha256.in_(names), ExpectedBlob.lost_at.is_(None))
            .values(lost_at=now)
        )


def lost_among(session: Session, terminal_id: str, names: Collection[str]) -> set[str]:
    """Return those of these files that have not arrived and that the terminal has not got."""
    query = select(ExpectedBlob.sha256).where(ExpectedBlob.terminal_id == terminal_id)
    query = query.where(ExpectedBlob.sha256.in_(names), ExpectedBlob.lost_at.is_not(None))
    return set(session.scalars(query))


def give_up(session: Session, terminal_id: str, now: datetime) -> int:
    """Ask for the lost files of a terminal no more; return how many. The caller commits.

    Those that it has not told to be lost are waited for still. Idempotent.
    """
    lost = update(ExpectedBlob).where(*_waited_for(terminal_id), ExpectedBlob.lost_at.is_not(None))
    return session.connection().execute(lost.values(given_up_at=now)).rowcount


def wait_again(session: Session, terminal_id: str, names: Collection[str] | None = None) -> None:
    """Ask a terminal again for files that were given up: for these, or all of them.

    They count as lost until they come. Idempotent; the caller commits.
    """
    given_up = update(ExpectedBlob).where(
        ExpectedBlob.terminal_id == terminal_id, ExpectedBlob.given_up_at.is_not(None)
    )
    if names is not None:
        given_up = given_up.where(ExpectedBlob.sha256.in_(names))
    session.execute(given_up.values(given_up_at=None))


def _row(terminal_id: str, sha: str, subject: str) -> dict[str, Any]:
    named = {"sha256": sha, "terminal_id": terminal_id, "subject": subject}
    return named | {"lost_at": None, "given_up_at": None}


def _waited_for(terminal_id: str) -> tuple[ColumnElement[bool], ...]:
    return ExpectedBlob.terminal_id == terminal_id, ExpectedBlob.given_up_at.is_(None)


def expect_missing(session: Session, terminal: Terminal, store: BlobStore) -> None:
    """Expect every file that a terminal's entries name and this disk lacks; the caller commits.

    For a hall that was restored, whose files may be older than its rows. Idempotent.
    """
    table = table_of(LedgerEntry)
    query = select(table.c.blobs, table.c.subject).where(
        table.c.terminal_id == terminal.terminal_id, table.c.blobs != "[]"
    )
    named = {sha: row.subject for row in session.execute(query) for sha in json.loads(row.blobs)}
    known = set(
        session.scalars(
            select(ExpectedBlob.sha256).where(ExpectedBlob.terminal_id == terminal.terminal_id)
        )
    )
    rows = [
        _row(terminal.terminal_id, sha, subject)
        for sha, subject in named.items()
        if is_name(sha) and sha not in known and not store.has(sha)
    ]
    if rows:
        log.warning("files_are_missing", terminal=terminal.number, files=len(rows))
        session.execute(_EXPECTED.insert(), rows)
