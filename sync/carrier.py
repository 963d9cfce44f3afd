"""The file that carries an exchange where there is no line: its parts, its bytes, nothing else.

A carrier is a run of parts behind four magic bytes. Each part has a kind (4 letters), a length and
its bytes, so that it is written and read as it comes, with one part in memory, and what lies before
a cut can still be taken. What must not be seen is sealed in frames or is a file's ciphertext. The
last part has the SHA-256 of all before it: without it the carrier is cut off. Knows no database.
Neighbours: ``outbox`` and ``kiosk.hall.carried`` fill and empty carriers, ``qr_run`` shows them.
"""

import hashlib
import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sync.envelope import BadFrame, OtherVersion

MAGIC = b"JSC1"
#: A frame of ``sync.envelope``; a file, as 32 bytes SHA-256 and its bytes; the end.
FRAME, FILE, OVER = b"FRAM", b"FILE", b"OVER"
#: A file at most, and its name.
MAX_CARRIED_BYTES = 20 * 1024 * 1024 + 32
MIME_TYPE = "application/vnd.jishiban.carrier"
#: What the end of a carrier takes.
TAIL_BYTES = 8 + 32
#: While it is written, a carrier has another name.
UNFINISHED = ".unfinished"

_HEAD = struct.Struct(">4sI")


class BadCarrier(ValueError):
    """A carrier that is not taken, or not to its end; ``code`` says why, people get words for it.

    ``not_one``, ``cut_off``, ``altered``, ``other_hall``, ``other_terminal``, ``outdated``,
    ``version``, ``refused``.
    """

    def __init__(self, code: str, reason: str) -> None:
        """``reason`` is one line in English for logs and the command line."""
        super().__init__(reason)
        self.code = code


def unread(error: BadFrame) -> BadCarrier:
    """Return why a frame of a carrier is not read: of another version, or altered."""
    return BadCarrier("version" if isinstance(error, OtherVersion) else "altered", str(error))


class Readable(Protocol):
    """What a carrier is read from: a file, or what a browser sends."""

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes, none at the end."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its kind and its bytes."""

    kind: bytes
    body: bytes

    @property
    def weight(self) -> int:
        """Bytes that it takes in a carrier."""
        return _HEAD.size + len(self.body)


def file_part(sha256: str, data: bytes) -> Part:
    """Return the part of a file that is named by its SHA-256 (64 hex digits)."""
    return Part(FILE, bytes.fromhex(sha256) + data)


def file_of(part: Part) -> tuple[str, bytes]:
    """Return name and bytes of a file's part; nothing is compared here."""
    return part.body[:32].hex(), part.body[32:]


def written(parts: Iterable[Part]) -> Iterator[bytes]:
    """Return the bytes of a carrier, piece by piece, its end included."""
    digest = hashlib.sha256(MAGIC)
    yield MAGIC
    for part in parts:
        for piece in (_HEAD.pack(part.kind, len(part.body)), part.body):
            digest.update(piece)
            yield piece
    yield _HEAD.pack(OVER, digest.digest_size) + digest.digest()


def parts_of(stream: Readable) -> Iterator[Part]:
    """Return the parts of a carrier as they are read, one in memory at a time.

    Raises BadCarrier when it is none, at the place where it is cut off, and at its end when it is
    not what was written. What came before that is for the caller to judge: each frame and each
    file proves by itself.
    """
    if _exactly(stream, len(MAGIC), "not_one") != MAGIC:
        raise BadCarrier("not_one", "this is no carrier file")
    digest = hashlib.sha256(MAGIC)
    while True:
        head = _exactly(stream, _HEAD.size, "cut_off")
        kind, length = _HEAD.unpack(head)
        if length > MAX_CARRIED_BYTES or not kind.isalpha():
            raise BadCarrier("altered", "the carrier was altered: a part is out of shape")
        body = _exactly(stream, length, "cut_off")
        if kind == OVER:
            if body != digest.digest() or stream.read(1):
                raise BadCarrier("altered", "the carrier is not the one that was written")
            return
        digest.update(head)
        digest.update(body)
        yield Part(kind, body)


def _exactly(stream: Readable, size: int, code: str) -> bytes:
    pieces: list[bytes] = []
    missing = size
    while missing:
        piece = stream.read(missing)
        if not piece:
            reason = "this is no carrier file" if code == "not_one" else "the carrier is cut off"
            raise BadCarrier(code, reason)
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


def save(pieces: Iterable[bytes], target: Path) -> int:
    """Write a carrier so that it is there whole or not at all; return its size in bytes.

    Whatever lay at ``target`` stays until the new one is on the disk. Raises OSError, and leaves
    no half of it, when the disk does not take it; a stick that is pulled out meanwhile keeps a file
    with another name, which is overwritten the next time.
    """
    unfinished = target.with_name(target.name + UNFINISHED)
    try:
        with unfinished.open("wb") as out:
            for piece in pieces:
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())
            size = out.tell()
        _put_in_place(unfinished, target)
    finally:
        # Not there any more once it is in its place.
        _drop(unfinished)
    return size


def _put_in_place(source: Path, target: Path) -> None:
    try:
        source.replace(target)
    except FileExistsError:
        # A file system that renames over nothing. For a moment there is neither.
        target.unlink()
        source.rename(target)
    try:
        folder = os.open(target.parent, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(folder)
    except OSError:
        # Some file systems of sticks know no folders on disk; the file itself is there.
        pass
    finally:
        os.close(folder)


def _drop(unfinished: Path) -> None:
    try:
        unfinished.unlink(missing_ok=True)
    except OSError:
        # The stick is gone, and that is what is told.
        return
