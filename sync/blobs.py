"""A folder of files named by their SHA-256, on the terminal and at the hall alike.

What lies here is ciphertext: who may read a file, and with which key, is not
known here. Neighbours: ``push`` sends files the hall lacks, ``sync_api`` at the
hall receives them in pieces.
"""

import fcntl
import hashlib
import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from sync import disk
from sync.faultpoint import reach

_NAME = re.compile(r"[0-9a-f]{64}")


class BlobMismatch(ValueError):
    """The bytes received do not have the SHA-256 they were announced with."""


def is_name(told: str) -> bool:
    """Tell whether this can be the name of a file at all."""
    return _NAME.fullmatch(told) is not None


class BlobStore:
    """Files by SHA-256 (hex, 64 characters) below one root folder.

    ``put``, ``finish`` and ``keeps`` return only when the file and its folder are on
    disk (fsync), so that a row that names a blob may be committed after.
    """

    def __init__(self, root: Path) -> None:
        """Use ``root``, which is made with the first file."""
        self.root = root
        self._partial = root / "partial"
        self._damaged = root / "damaged"
        #: Folders whose own name is known to be on disk; another process looks for itself.
        self._kept: set[Path] = set()

    def path(self, sha256: str) -> Path:
        """Return where the blob lies or would lie; ValueError for a malformed digest."""
        if not is_name(sha256):
            raise ValueError("a blob is named by 64 lower-case hex digits")
        return self.root / sha256[:2] / sha256

    def has(self, sha256: str) -> bool:
        """Tell whether the whole blob is here; what is no name of a file never is."""
        return is_name(sha256) and self.path(sha256).exists()

    def keeps(self, sha256: str) -> bool:
        """Tell whether the whole blob is here for good, so that nobody needs to bring it; OSError.

        Whoever wrote it may have been killed when it had its name, and before that was kept.
        """
        if not self.has(sha256):
            return False
        self._keep_name(self.path(sha256).parent)
        return True

    def size(self, sha256: str) -> int:
        """Return the blob's length in bytes; FileNotFoundError when absent."""
        return self.path(sha256).stat().st_size

    def read(self, sha256: str) -> bytes:
        """Return the blob's bytes; FileNotFoundError when absent."""
        return self.path(sha256).read_bytes()

    def whole(self, sha256: str) -> bytes | None:
        """Return the blob's bytes as they were put; None when it is not here, or unreadable now.

        One that is damaged is set aside as a blob that is not here: it would be sent again and
        again, and keep the right one from being put. Its bytes stay until that comes.
        """
        path = self.path(sha256)
        with suppress(OSError), path.open("rb") as file:
            data = file.read()
            if hashlib.sha256(data).hexdigest() == sha256:
                return data
            self._damaged.mkdir(exist_ok=True)
            # The right one may have been put, or another process have seen it, meanwhile.
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                path.replace(self._damaged / sha256)
        return None

    def put(self, data: bytes) -> str:
        """Store ``data`` durably and return its SHA-256; idempotent.

        Raises OSError, and leaves nothing behind, when the disk does not take it.
        """
        digest = hashlib.sha256(data).hexdigest()
        if not self.keeps(digest):
            self._partial.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self._partial)
            try:
                with os.fdopen(descriptor, "wb") as out:
                    out.write(data)
                    out.flush()
                    disk.keep(out.fileno())
                reach("blob.written")
                self._settle(Path(name), digest)
            finally:
                Path(name).unlink(missing_ok=True)
        return digest

    def sweep(self, before: float) -> None:
        """Delete what a killed ``put`` has left, when nobody wrote to it since (seconds, 1970).

        Pieces of files bear names, and are gone on with.
        """
        for left in self._partial.glob("*"):
            with suppress(FileNotFoundError):
                if not is_name(left.name) and left.stat().st_mtime < before:
                    left.unlink()

    def put_named(self, sha256: str, data: bytes) -> bool:
        """Store ``data`` as ``put``, also over a damaged file; False when it is not this blob's."""
        if hashlib.sha256(data).hexdigest() != sha256:
            return False
        self.remove(sha256)
        self.put(data)
        return True

    def remove(self, sha256: str) -> None:
        """Delete the blob, a damaged one too; absent is not an error."""
        for path in (self.path(sha256), self._damaged / sha256):
            path.unlink(missing_ok=True)

    def received(self, sha256: str) -> int:
        """Return how many bytes of an unfinished blob are here (0 when none)."""
        try:
            # Not asked for first: another request may finish the file between two questions.
            return self._part(sha256).stat().st_size
        except FileNotFoundError:
            return 0

    def receive(self, sha256: str, offset: int, data: bytes) -> int:
        """Write ``data`` at ``offset`` of an unfinished blob; return the new offset.

        ValueError when ``offset`` is not where the last piece ended. One piece is written at a
        time, for whoever sends one again may have given up too early: the first still comes.
        """
        part = self._part(sha256)
        if offset != self.received(sha256):
            raise ValueError("the offset is not where the last piece ended")
        self._partial.mkdir(parents=True, exist_ok=True)
        with part.open("ab") as out:
            is_here, size = _alone_at(out, part), os.fstat(out.fileno()).st_size
            if not is_here or offset != size:
                if is_here and not size:
                    # The file was ended meanwhile, and this is the beginning of none.
                    part.unlink()
                raise ValueError("the offset is not where the last piece ended")
            out.write(data)
            out.flush()
            disk.keep(out.fileno())
            reach("blob.received")
            return out.tell()

    def finish(self, sha256: str) -> None:
        """Take a completely received blob into the store.

        Raises BlobMismatch, and throws the pieces away so that they are asked
        for again, when the bytes do not have the announced SHA-256. Nothing is left to do where
        another request has taken it meanwhile.
        """
        part = self._part(sha256)
        try:
            with part.open("rb") as pieces:
                if _alone_at(pieces, part):
                    self._take(sha256, part, pieces.read())
                    return
        except FileNotFoundError:
            pass
        if not self.keeps(sha256):
            raise BlobMismatch(sha256)

    def _take(self, sha256: str, part: Path, content: bytes) -> None:
        if hashlib.sha256(content).hexdigest() != sha256:
            part.unlink()
            raise BlobMismatch(sha256)
        self._settle(part, sha256)
        reach("blob.finished")

    def _part(self, sha256: str) -> Path:
        return self._partial / self.path(sha256).name

    def _settle(self, source: Path, digest: str) -> None:
        target = self.path(digest)
        target.parent.mkdir(exist_ok=True)
        source.replace(target)
        self._keep_name(target.parent)
        (self._damaged / digest).unlink(missing_ok=True)

    def _keep_name(self, folder: Path) -> None:
        disk.keep_names(folder)
        if folder not in self._kept:
            # A new folder's name lies in the one above: without it a power cut takes all of it.
            disk.keep_names(self.root)
            disk.keep_names(self.root.parent)
            self._kept.add(folder)


def _alone_at(file: BinaryIO, path: Path) -> bool:
    """Wait until nobody else writes this file; False when it has left ``path`` by then."""
    fcntl.flock(file.fileno(), fcntl.LOCK_EX)
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
