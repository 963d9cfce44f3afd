"""Hall: files that entries name and that are not here yet, which terminals are asked for.

A row goes when its file has arrived whole (``kiosk.hall.sync_api``). Neighbours: ``ingest`` calls
for each run of entries, ``blobs`` is where the files lie.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from sync import bulk
from sync.blobs import BlobStore, is_name
from sync.envelope import Entry
from sync.ledger import ExpectedBlob, LedgerEntry, Terminal
from sync.tables import table_of

log = structlog.get_logger(__name__)

_EXPECTED = table_of(ExpectedBlob)
#: So long (seconds) the same files come first: one that is on its way on a thin line goes on.
TURN_SECONDS = 300


def expect(session: Session, terminal: Terminal, entries: Sequence[Entry]) -> None:
    """Expect the files that these entries of ``terminal`` name; idempotent, the caller commits.

    What an entry names and cannot be a file's name is never expected: nobody could bring it.
    """
    named = {sha: entry.subject for entry in entries for sha in entry.blobs if is_name(sha)}
    expect_files(session, terminal.terminal_id, named)


def expect_files(session: Session, terminal_id: str, named: Mapping[str, str]) -> None:
    """Expect these files (SHA-256: case) of a terminal; idempotent, the caller commits."""
    rows = [
        {"sha256": sha, "terminal_id": terminal_id, "subject": subject}
        for sha, subject in named.items()
    ]
    bulk.insert_missing(session, _EXPECTED.c.sha256, rows)


def wanted(session: Session, terminal_id: str, most: int, now: datetime) -> list[str]:
    """Return the names of at most so many files that a terminal is to send, for one statement.

    Of more than that they come from another one on with each turn of the clock, round and round:
    files that the terminal has lost must not keep others away.
    """
    turn = f"{terminal_id} {int(now.timestamp()) // TURN_SECONDS}"
    first = hashlib.sha256(turn.encode()).hexdigest()
    name = ExpectedBlob.sha256
    query = select(name).where(ExpectedBlob.terminal_id == terminal_id)
    return list(session.scalars(query.order_by(name < first, name).limit(most)))


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
        {"sha256": sha, "terminal_id": terminal.terminal_id, "subject": subject}
        for sha, subject in named.items()
        if is_name(sha) and sha not in known and not store.has(sha)
    ]
    if rows:
        log.warning("files_are_missing", terminal=terminal.number, files=len(rows))
        session.execute(_EXPECTED.insert(), rows)
