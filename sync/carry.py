"""Terminal → hall: send the files that the hall has asked for, small ones first.

Resumable in the manner of the tus 1.0 core protocol: ask for the offset, send
the next piece. Neighbours: ``pull`` brings the list, ``blobs`` holds the files.
"""

from collections.abc import Sequence

import structlog

from sync import elapsed
from sync.blobs import BlobStore
from sync.transport import HallRefuses, Transport

log = structlog.get_logger(__name__)

PIECE_BYTES = 256 * 1024


def send_blobs(
    transport: Transport, store: BlobStore, wanted: Sequence[str], seconds: float
) -> list[str]:
    """Send wanted blobs for at most about ``seconds``; return those not yet delivered.

    The time limit lets newly submitted cases go before the next photograph.
    Idempotent. Raises LineDown.
    """
    deadline = elapsed.monotonic() + seconds
    here = sorted((sha for sha in wanted if store.has(sha)), key=store.size)
    left = [sha for sha in wanted if sha not in set(here)]
    for sha in left:
        log.error("wanted_blob_is_not_here", sha256=sha)
    for position, sha in enumerate(here):
        try:
            done = _send(transport, store, sha, deadline)
        except HallRefuses as error:
            log.warning("blob_refused", sha256=sha, reason=str(error))
            left.append(sha)
            continue
        if not done:
            return left + here[position:]
    return left


def _send(transport: Transport, store: BlobStore, sha: str, deadline: float) -> bool:
    data = store.read(sha)
    offset = transport.blob_offset(sha)
    # At least one piece is sent, be it empty: only a piece makes the hall look whether it has all.
    while True:
        if elapsed.monotonic() > deadline:
            return False
        piece = data[offset : offset + PIECE_BYTES]
        offset = transport.send_piece(sha, offset, piece, len(data))
        if offset >= len(data):
            return True
