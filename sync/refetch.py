"""Hall → terminal: bring files back that a restored terminal's entries name and its disk lacks.

They are listed in the same transaction as the entries, and fetched afterwards, piece by piece.
Neighbours: ``recovery`` lists them, ``blobs`` has them.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from sync import elapsed
from sync.blobs import BlobMismatch, BlobStore
from sync.envelope import Entry
from sync.ledger import ExpectedBlob
from sync.push import Transactions
from sync.transport import HallRefuses

log = structlog.get_logger(__name__)

PIECE_BYTES = 256 * 1024


class Fetcher(Protocol):
    """Brings pieces of files from the hall."""

    def fetch_piece(self, sha256: str, subject: str, offset: int, most: int) -> tuple[bytes, int]:
        """Return up to ``most`` bytes from ``offset``, and the whole length.

        ``subject`` is a case that names the file. LineDown, or HallRefuses when it is not there.
        """


def expect(session: Session, terminal_id: str, entries: Iterable[Entry]) -> None:
    """List the files that these entries name; the caller commits. Idempotent."""
    named = {sha: entry.subject for entry in entries for sha in entry.blobs}
    for sha, subject in named.items():
        if session.get(ExpectedBlob, (sha, terminal_id)) is None:
            session.add(ExpectedBlob(sha256=sha, terminal_id=terminal_id, subject=subject))
    session.flush()


def missing(session: Session) -> list[tuple[str, str]]:
    """Return SHA-256 and case of the files that are listed."""
    query = select(ExpectedBlob.sha256, ExpectedBlob.subject).order_by(ExpectedBlob.sha256)
    return [(row.sha256, row.subject) for row in session.execute(query)]


def fetch_files(
    transactions: Transactions, transport: Fetcher, store: BlobStore, seconds: float
) -> list[str]:
    """Fetch listed files for at most about ``seconds``; return those that are still away.

    One that the hall has not got either stays on the list. Idempotent. Raises LineDown.
    """
    deadline = elapsed.monotonic() + seconds
    with transactions.reading() as session:
        listed = missing(session)
    here = [sha for sha, _ in listed if store.keeps(sha)]
    _forget(transactions, here)
    left = [(sha, subject) for sha, subject in listed if sha not in set(here)]
    away: list[str] = []
    for position, (sha, subject) in enumerate(left):
        if elapsed.monotonic() > deadline:
            return away + [each for each, _ in left[position:]]
        try:
            if _fetch(transport, store, sha, subject, deadline):
                _forget(transactions, [sha])
                continue
        except (HallRefuses, BlobMismatch) as error:
            log.warning("file_not_fetched", sha256=sha, reason=str(error))
        away.append(sha)
    return away


def _fetch(transport: Fetcher, store: BlobStore, sha: str, subject: str, deadline: float) -> bool:
    """Fetch one file from where it was cut off; False when the time is over."""
    offset = store.received(sha)
    while True:
        piece, total = transport.fetch_piece(sha, subject, offset, PIECE_BYTES)
        if piece:
            offset = store.receive(sha, offset, piece)
        if offset >= total:
            store.finish(sha)
            return True
        if not piece or elapsed.monotonic() > deadline:
            return False


def _forget(transactions: Transactions, shas: Sequence[str]) -> None:
    if shas:
        with transactions.writing() as session:
            session.execute(delete(ExpectedBlob).where(ExpectedBlob.sha256.in_(shas)))
