"""Terminal: fetch the release that the feed has told of, in pieces, and take it into use.

The pieces are of the packed bytes and lie beside the releases until they are whole; a fetch that
was cut off goes on where it stopped. Nothing is offered to people before size, hash and content
have proved; what was in use before stays in use. Neighbours: ``releases`` has the row,
``kiosk.releases`` is the shelf, ``kiosk.hall.sync_api`` answers.
"""

import base64
import fcntl
import hashlib
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import structlog
import zstandard

from sync import elapsed, versions
from sync.blobs import is_name
from sync.envelope import BadFrame, pack, unpack
from sync.faultpoint import reach
from sync.identity import PublicIdentity
from sync.push import Line
from sync.releases import MAX_RELEASE_BYTES, Release, adopt, refuse, wanted
from sync.state import peer_of

log = structlog.get_logger(__name__)

#: Packed bytes of a release at most; a whole catalogue has about a tenth of it.
MAX_PACKED_BYTES = 4 * 1024 * 1024
#: So often may what arrived be something else than its name says.
MAX_ATTEMPTS = 3
PART = ".part"
#: Nobody takes so long (seconds) to write a release.
LEFT_SECONDS = 3600


class NotTaken(Exception):
    """A release is not taken into use; ``reason`` is a code that the hall has words for."""

    def __init__(self, reason: str) -> None:
        """``reason``: signature, size, not_at_hall, differs, format or unreadable."""
        super().__init__(reason)
        self.reason = reason


class Shelf(Protocol):
    """Where the releases of this machine lie; ``kiosk.releases.Releases`` is one."""

    @property
    def folder(self) -> Path:
        """The folder of the releases."""

    def holds(self, release: str) -> bool:
        """Tell whether it is here and can be read."""

    def take_in(self, content: bytes) -> None:
        """Keep it; NotTaken when it cannot be read, OSError when the disk does not take it."""

    def choose(self, release: str) -> None:
        """Use it from now on."""


def obtain(line: Line, shelf: Shelf, seconds: float) -> bool:
    """Fetch what is wanted for about ``seconds``; True while more of it is to be fetched.

    The limit lets newly submitted cases go before the next piece. Idempotent. Raises LineDown,
    HallRefuses or BadFrame, which leave the release wanted, and OSError of the disk.
    """
    with line.transactions.reading() as session:
        row = wanted(session)
    if row is None:
        return False
    try:
        if not shelf.holds(row.sha256):
            packed = _fetched(line, shelf.folder, row, elapsed.monotonic() + seconds)
            if packed is None:
                return True
            shelf.take_in(_unpacked(packed, row))
            reach("release.kept")
    except NotTaken as error:
        return _not_taken(line, shelf, row, error.reason)
    shelf.choose(row.sha256)
    with line.transactions.writing() as session:
        # A newer one may have been told of meanwhile; it is the next.
        if (latest := wanted(session)) is not None and latest.sha256 == row.sha256:
            adopt(session, row.sha256)
    _sweep(shelf.folder)
    log.info("release_taken", release=row.sha256)
    return False


def _not_taken(line: Line, shelf: Shelf, row: Release, reason: str) -> bool:
    """Throw the pieces away; try again a few times when they were others than announced."""
    _part(shelf.folder, row).unlink(missing_ok=True)
    with line.transactions.writing() as session:
        known = session.get_one(Release, row.sha256)
        known.attempts += 1
        again = reason == "differs" and known.attempts < MAX_ATTEMPTS
        if not again:
            refuse(session, row.sha256, reason)
    log.error("release_not_taken", release=row.sha256, reason=reason)
    return again


def _fetched(line: Line, folder: Path, row: Release, deadline: float) -> bytes | None:
    """Return the packed bytes when all of them are here.

    None when the time is over, or when another process has taken them in meanwhile.
    """
    if not 0 < row.size <= MAX_RELEASE_BYTES:
        raise NotTaken("size")
    part = _part(folder, row)
    while True:
        offset = _size(part)
        piece, total = _ask(line, row.sha256, offset)
        if total == 0:
            raise NotTaken("not_at_hall")
        if total > MAX_PACKED_BYTES:
            raise NotTaken("size")
        if offset + len(piece) > total or (not piece and offset < total):
            raise NotTaken("differs")
        size = _append(part, offset, piece)
        reach("release.piece")
        if size == total:
            with suppress(FileNotFoundError):
                return part.read_bytes()
            return None
        if elapsed.monotonic() > deadline:
            return None


def _ask(line: Line, release: str, offset: int) -> tuple[bytes, int]:
    """Return the next piece and the total; BadFrame when the answer is not the hall's."""
    with line.transactions.reading() as session:
        peer = peer_of(session)
    hall = PublicIdentity.from_hex(peer.hall_public)
    header = {"kind": "fetch", "from": peer.terminal_id, "to": peer.hall_id}
    asked = {"release": release, "offset": offset}
    frame = pack(header, asked, line.identity.signing, hall.sealing, versions.to_write(peer))
    opened = unpack(line.transport.post("/releases", frame))
    answer = opened.open(hall.signing, line.identity.sealing)
    if opened.header.get("kind") != "piece" or not isinstance(answer, dict):
        raise BadFrame("the answer is no piece of a release")
    try:
        if (answer["release"], answer["offset"]) != (release, offset):
            raise BadFrame("the piece is another than was asked for")
        return base64.b64decode(answer["data"], validate=True), int(answer["total"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadFrame("the piece is malformed") from error


def _sweep(folder: Path) -> None:
    """Delete pieces, those too of a release that another one overtook."""
    for part in folder.glob(f"*{PART}"):
        with suppress(FileNotFoundError):
            # Without a release's name it is one that somebody writes now, or was killed at.
            if is_name(part.stem) or time.time() - part.stat().st_mtime > LEFT_SECONDS:
                part.unlink()


def _size(part: Path) -> int:
    with suppress(FileNotFoundError):
        return part.stat().st_size
    return 0


def _append(part: Path, offset: int, piece: bytes) -> int:
    """Write a piece where the last one ended, unless somebody else has; return the size then."""
    with part.open("ab") as out:
        fcntl.flock(out, fcntl.LOCK_EX)
        if os.fstat(out.fileno()).st_size == offset:
            out.write(piece)
            out.flush()
            os.fsync(out.fileno())
        return os.fstat(out.fileno()).st_size


def _unpacked(packed: bytes, row: Release) -> bytes:
    """Return the release's bytes, no more than it was announced with; NotTaken."""
    try:
        # The decompressor believes the size that a frame tells of itself, whatever the limit.
        if zstandard.frame_content_size(packed) != row.size:
            raise NotTaken("differs")
        content = zstandard.decompress(packed, row.size)
    except zstandard.ZstdError as error:
        raise NotTaken("differs") from error
    if hashlib.sha256(content).hexdigest() != row.sha256:
        raise NotTaken("differs")
    return content


def _part(folder: Path, row: Release) -> Path:
    return folder / f"{row.sha256}{PART}"
