"""Terminal → hall: send the files that the hall has asked for, small ones first.

Resumable in the manner of the tus 1.0 core protocol: ask for the offset, send
the next piece. Neighbours: ``pull`` brings the list, ``blobs`` holds the files.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from sync import elapsed
from sync.blobs import BlobStore, is_name
from sync.faultpoint import reach
from sync.pace import Pace
from sync.state import wanted_files
from sync.transport import HallRefuses, Transport

log = structlog.get_logger(__name__)

#: A piece where nothing is known of the line.
PIECE_BYTES = 256 * 1024


@dataclass
class Sending:
    """How files are sent over one line, and whether the last sending ended before its work did."""

    pace: Pace | None = None
    #: Tells whether something goes first; asked between pieces.
    gives_way: Callable[[], bool] = lambda: False
    stopped_early: bool = False

    def piece_bytes(self) -> int:
        """Return how many bytes the next piece should have."""
        return self.pace.budget if self.pace else PIECE_BYTES


def send_blobs(
    transport: Transport,
    store: BlobStore,
    wanted: Sequence[str],
    seconds: float,
    sending: Sending | None = None,
) -> list[str]:
    """Send wanted blobs for at most about ``seconds``; return those not yet delivered.

    One that is damaged here is never sent, and one that is not here cannot be; ``lost`` tells.

    Newly submitted cases go before the next piece: ``sending`` says when. Idempotent. Raises
    LineDown.
    """
    sending = sending or Sending()
    sending.stopped_early = False
    deadline = elapsed.monotonic() + seconds
    here = sorted((sha for sha in wanted if store.has(sha)), key=store.size)
    left = [sha for sha in wanted if sha not in set(here)]
    for sha in left:
        log.error("wanted_blob_is_not_here", sha256=sha)
    for position, sha in enumerate(here):
        data = store.whole(sha)
        if data is None:
            log.error("wanted_blob_is_damaged", sha256=sha)
            left.append(sha)
            continue
        try:
            done = _send(transport, sha, data, deadline, sending)
        except HallRefuses as error:
            log.warning("blob_refused", sha256=sha, reason=str(error))
            left.append(sha)
            continue
        if not done:
            sending.stopped_early = True
            return left + here[position:]
    return left


def lost(session: Session, store: BlobStore) -> list[str]:
    """Return the files that the hall lacked at the last contact and that are not here either.

    One that is damaged is among them once it was to be sent.
    """
    return [sha for sha in wanted_files(session) if is_name(sha) and not store.has(sha)]


def _send(transport: Transport, sha: str, data: bytes, deadline: float, sending: Sending) -> bool:
    offset = transport.blob_offset(sha)
    # At least one piece is sent, be it empty: only a piece makes the hall look whether it has all.
    while True:
        if elapsed.monotonic() > deadline or sending.gives_way():
            return False
        piece = data[offset : offset + sending.piece_bytes()]
        offset = transport.send_piece(sha, offset, piece, len(data))
        reach("carry.piece")
        if offset >= len(data):
            return True
