"""Streams into encrypted files and back: zstd, then age, never whole in memory.

age authenticates every 64 KiB and the end, so that a cut or altered file does not open; what it
does not say is who wrote it, which the signed manifest does. Knows no database and no folder of
backups.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyrage
import zstandard
from pyrage import x25519

_LEVEL = 3
_PIECE = 1024 * 1024


class Unopened(OSError):
    """A part of a backup does not open: another key, or it was altered."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a backup: its name there, its size in bytes and its SHA-256 (hex)."""

    file: str
    bytes: int
    sha256: str


class _Measured:
    """A writer that counts and hashes what passes."""

    def __init__(self, out: BinaryIO) -> None:
        self._out, self.bytes, self.hash = out, 0, hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._out.write(data)
        self.hash.update(data)
        self.bytes += len(data)
        return len(data)

    def flush(self) -> None:
        self._out.flush()


def seal(source: Any, target: Path, keys: list[x25519.Recipient]) -> Part:
    """Write what ``source`` reads to ``target``, packed and encrypted for ``keys``; on disk then.

    Raises OSError, also for what reading ``source`` raised.
    """
    with target.open("wb") as out:
        measured = _Measured(out)
        try:
            pyrage.encrypt_io(
                zstandard.ZstdCompressor(_LEVEL).stream_reader(source), measured, keys
            )
        except pyrage.EncryptError as error:
            raise OSError(str(error)) from error
        out.flush()
        os.fsync(out.fileno())
    return Part(target.name, measured.bytes, measured.hash.hexdigest())


def unseal(source: Path, target: Path, secret: x25519.Identity) -> None:
    """Write the content of a sealed file to ``target`` (mode 0600); Unopened, OSError."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out, source.open("rb") as sealed:
        try:
            with zstandard.ZstdDecompressor().stream_writer(out, closefd=False) as plain:
                pyrage.decrypt_io(sealed, plain, [secret])
        except pyrage.DecryptError as error:
            raise Unopened(
                f"{source.name} does not open with this recovery key: {error}"
            ) from error
        out.flush()
        os.fsync(out.fileno())


def measured(path: Path) -> Part:
    """Return name, size and SHA-256 of a file as it is."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as source:
        while piece := source.read(_PIECE):
            digest.update(piece)
            size += len(piece)
    return Part(path.name, size, digest.hexdigest())
