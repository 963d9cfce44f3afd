"""The terminal's side of an exchange without a line: load a carrier.

What is loaded are the same frames as over the line, made by ``push`` and ``pull``, and files that
the hall may lack. Neighbours: ``carrier`` is the format, ``brought_back`` takes the answer in,
``kiosk.hall.carried`` is the other end.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from sync import journal, versions
from sync.blobs import BlobStore
from sync.carrier import FRAME, TAIL_BYTES, Part, file_part
from sync.envelope import Entry, pack
from sync.identity import PublicIdentity
from sync.obtain import Shelf
from sync.pull import Reporter, question
from sync.push import Line, envelope_of
from sync.qr_run import MAX_RUN_BYTES
from sync.state import Peer, peer_of, wanted_files

#: Nothing is left out of a carrier for its size: what a file of FAT can hold.
NO_LIMIT = 2**32 - 1


class Lender(Shelf, Protocol):
    """A shelf that gives releases away as files, too."""

    def lend(self, blobs: BlobStore, wanted: Iterable[str]) -> None:
        """Put those releases among the files that are asked for by their hash."""


@dataclass
class Load:
    """What a carrier was loaded with, and what had no room; ``bytes`` of all parts."""

    entries: int = 0
    files: int = 0
    left_entries: int = 0
    left_files: int = 0
    bytes: int = len(b"JSC1") + TAIL_BYTES


def load(
    line: Line,
    report: Reporter,
    blobs: BlobStore,
    shelf: Lender | None,
    limit: int,
    tally: Load,
) -> Iterator[Part]:
    """Return the parts of a carrier of at most ``limit`` bytes: entries first, then small files.

    Nothing here is marked: what is loaded stays in the queue until the hall's answer says that it
    has it. The line may be used at the same time. Without a ``shelf`` no files are loaded. Counts
    in ``tally``. Raises NotEnrolled.
    """
    with line.transactions.reading() as session:
        peer, head = peer_of(session), journal.head(session)[:2]
        place = peer.acknowledged
        named = wanted_files(session)
        # A run of codes has room for cases and their news, not for what a lost hall told.
        words = limit > MAX_RUN_BYTES
        opening = [_opening(line, peer), question(session, line, peer, report, words=words)]
    for frame in opening:
        yield _counted(tally, Part(FRAME, frame))
    while place < head:
        with line.transactions.reading() as session:
            run = journal.tail(session, place)
            part = _fitting(session, line, peer, run, limit - tally.bytes)
        if part is None:
            break
        place = run[-1].epoch, run[-1].seq
        tally.entries += len(run)
        named.update(sha for entry in run for sha in entry.blobs)
        yield _counted(tally, part)
    with line.transactions.reading() as session:
        tally.left_entries = journal.pending_after(session, place) if place < head else 0
    if shelf is not None:
        shelf.lend(blobs, named)
        yield from _files(blobs, named, limit, tally)


def _fitting(session: Session, line: Line, peer: Peer, run: list[Entry], room: int) -> Part | None:
    """Return a frame of as many entries of the run as have room, and shorten the run; or None."""
    while run:
        part = Part(FRAME, envelope_of(session, line, peer, run))
        if part.weight <= room:
            return part
        del run[len(run) // 2 :]
    return None


def _files(blobs: BlobStore, named: set[str], limit: int, tally: Load) -> Iterator[Part]:
    here = sorted((sha for sha in named if blobs.has(sha)), key=lambda sha: (blobs.size(sha), sha))
    for position, sha in enumerate(here):
        if tally.bytes + blobs.size(sha) + 40 > limit:
            # They come by size: no later one fits either.
            tally.left_files = len(here) - position
            return
        data = blobs.whole(sha)
        if data is not None:
            tally.files += 1
            yield _counted(tally, file_part(sha, data))


def _counted(tally: Load, part: Part) -> Part:
    tally.bytes += part.weight
    return part


def _opening(line: Line, peer: Peer) -> bytes:
    header = {"kind": "carrier", "from": peer.terminal_id, "to": peer.hall_id}
    payload = {
        "made_at": _microseconds(line.now()),
        "place": {"epoch": peer.ack_epoch, "seq": peer.ack_seq},
    }
    reader = PublicIdentity.from_hex(peer.hall_public).sealing
    return pack(header, payload, line.identity.signing, reader, versions.to_write(peer))


def _microseconds(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)
