"""Hall → terminal: bring files back that a restored terminal's entries name and its disk lacks.

They are listed in the same transaction as the entries, and fetched afterwards, piece by piece.
Neighbours: ``recovery`` lists them, ``blobs`` has them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from sync import elapsed
from sync.blobs import BlobMismatch, BlobStore
from sync.envelope import Entry
from sync.expecting import ExpectedBlob
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


@dataclass
class Fetching:
    """Where fetching goes on, so that files which the hall has not got keep no other one away.

    Kept in the worker's memory alone: it is begun anew wherever it was.
    """

    #: The name after which it goes on, in the order of names and round again.
    after: str = ""
    #: Whether the last time ended before its work did, and had brought something.
    goes_on: bool = False


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
    transactions: Transactions,
    transport: Fetcher,
    store: BlobStore,
    seconds: float,
    fetching: Fetching | None = None,
) -> list[str]:
    """Fetch listed files for at most about ``seconds``; return those that are still away.

    One that the hall has not got either stays on the list, and is asked for again when it is its
    turn in ``fetching``. Idempotent. Raises LineDown.
    """
    fetching = fetching or Fetching()
    fetching.goes_on, has_brought = False, False
    deadline = elapsed.monotonic() + seconds
    left = _left(transactions, store, fetching.after)
    away: list[str] = []
    for position, (sha, subject) in enumerate(left):
        if elapsed.monotonic() > deadline:
            fetching.goes_on = has_brought
            return away + [each for each, _ in left[position:]]
        before, fetching.after = fetching.after, sha
        try:
            came, is_whole = _fetch(transport, store, sha, subject, deadline)
        except (HallRefuses, BlobMismatch) as error:
            log.warning("file_not_fetched", sha256=sha, reason=str(error))
            away.append(sha)
            continue
        has_brought = has_brought or came > 0
        if is_whole:
            _forget(transactions, [sha])
        elif came:
            # The time is over in its midst: the next time begins with what is left of it.
            fetching.after, fetching.goes_on = before, True
            return away + [each for each, _ in left[position:]]
        else:
            away.append(sha)
    return away


def _left(transactions: Transactions, store: BlobStore, after: str) -> list[tuple[str, str]]:
    """Return what is listed and not here, in the order of names: from behind one and round."""
    with transactions.reading() as session:
        listed = missing(session)
    here = {sha for sha, _ in listed if store.keeps(sha)}
    _forget(transactions, list(here))
    left = (each for each in listed if each[0] not in here)
    return sorted(left, key=lambda each: (each[0] <= after, each[0]))


def _fetch(
    transport: Fetcher, store: BlobStore, sha: str, subject: str, deadline: float
) -> tuple[int, bool]:
    """Fetch one file from where it was cut off; return how much came, and whether it is whole.

    It is not when the time is over, or when nothing comes.
    """
    begun = offset = store.received(sha)
    while True:
        piece, total = transport.fetch_piece(sha, subject, offset, PIECE_BYTES)
        if piece:
            offset = store.receive(sha, offset, piece)
        if offset >= total:
            store.finish(sha)
            return offset - begun, True
        if not piece or elapsed.monotonic() > deadline:
            return offset - begun, False


def _forget(transactions: Transactions, shas: Sequence[str]) -> None:
    if shas:
        with transactions.writing() as session:
            session.execute(delete(ExpectedBlob).where(ExpectedBlob.sha256.in_(shas)))
