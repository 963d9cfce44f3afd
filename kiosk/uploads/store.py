"""Files on their way in: one folder, for each a note of what it is to be and the bytes so far.

The bytes lie encrypted with a key of their own, which is wrapped in the note; nothing is named by
what is in it. An offset that was told is on disk: a kill loses at most what nobody was told of.
Safe for several processes. Neighbour: ``protocol`` reads and writes the headers of tus.
"""

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from kiosk import clock, crypto
from kiosk.crypto import Keyring

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BLOCK = 16


class UnknownUpload(LookupError):
    """No such file is on its way, or it is somebody else's."""


class OffsetDiffers(ValueError):
    """The piece does not begin where the last one ended."""


class PieceTooLong(ValueError):
    """More bytes than were announced."""


class PieceDamaged(ValueError):
    """A piece does not have the digest that came with it; nothing of it was kept."""


class FileDamaged(ValueError):
    """The whole does not have the SHA-256 it was announced with; all of it was thrown away."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What was announced: by whom, how many bytes, and the SHA-256 of all of them (64 hex digits).

    ``key`` is the wrapped key in hex; empty once the bytes were used and are gone.
    """

    id: str
    owner: str
    length: int
    sha256: str
    key: str

    @property
    def is_used(self) -> bool:
        """Tell whether the bytes were all here and are wiped."""
        return not self.key


class UploadStore:
    """The files that come in below one folder, which is made with the first (mode 0700)."""

    def __init__(self, root: Path, keyring: Keyring) -> None:
        """Use ``root``; ``keyring`` wraps the keys."""
        self._root, self._keyring = root, keyring

    def create(self, owner: str, length: int, sha256: str) -> Upload:
        """Announce a file; it has no bytes yet. OSError when the disk does not take it."""
        self._root.mkdir(mode=0o700, exist_ok=True)
        upload = self._with_new_key(Upload(clock.new_id(), owner, length, sha256, ""))
        self._part(upload.id).touch(mode=0o600)
        self._note(upload)
        return upload

    def note_whole(self, owner: str, length: int, sha256: str) -> Upload:
        """Note a file that came whole and has served already; it has no bytes here. OSError."""
        self._root.mkdir(mode=0o700, exist_ok=True)
        upload = Upload(clock.new_id(), owner, length, sha256, "")
        self._note(upload)
        return upload

    def find(self, owner: str, upload_id: str) -> Upload:
        """Return what was announced under this id by this owner; UnknownUpload."""
        if not _ID.fullmatch(upload_id):
            raise UnknownUpload(upload_id)
        try:
            upload = Upload(**json.loads(self._noted(upload_id).read_bytes()))
        except (FileNotFoundError, ValueError, TypeError) as error:
            # A note is written whole or not at all; what is none was never told to anybody.
            raise UnknownUpload(upload_id) from error
        if upload.owner != owner:
            raise UnknownUpload(upload_id)
        return upload

    def offset(self, upload: Upload) -> int:
        """Return how many bytes are or were on disk; UnknownUpload once it was dropped."""
        try:
            with self._opened(upload) as part:
                os.fsync(part.fileno())
                return os.fstat(part.fileno()).st_size
        except UnknownUpload:
            if self.find(upload.owner, upload.id).is_used:
                return upload.length
            raise

    def append(
        self, upload: Upload, offset: int, blocks: Iterable[bytes], sha256: bytes | None = None
    ) -> int:
        """Write a piece at ``offset``, block by block as it comes; return the new offset.

        What came before ``blocks`` raised stays, unless ``sha256`` says what the whole piece is:
        then it is kept whole or not at all. Raises OffsetDiffers, PieceTooLong, PieceDamaged.
        """
        with self._opened(upload) as part:
            start = os.fstat(part.fileno()).st_size
            if offset != start:
                raise OffsetDiffers(f"the file has {start} bytes")
            upload = self._unused(upload)
            digest, is_whole = hashlib.sha256(), False
            try:
                for block in self._sealed(upload, offset, _counted(blocks, digest, upload, offset)):
                    part.write(block)
                is_whole = sha256 is None or digest.digest() == sha256
            finally:
                part.flush()
                if sha256 is not None and not is_whole:
                    part.truncate(start)
                os.fsync(part.fileno())
            if not is_whole:
                raise PieceDamaged("the piece is not what its digest says")
            return part.tell()

    def whole(self, upload: Upload) -> bytes:
        """Return all bytes of a file that has arrived; FileDamaged when they are others.

        UnknownUpload once they were used.
        """
        with self._opened(upload) as part:
            part.seek(0)
            upload = self._unused(upload)
            content = b"".join(self._sealed(upload, 0, [part.read()]))
            if hashlib.sha256(content).hexdigest() == upload.sha256:
                return content
            part.truncate(0)
            os.fsync(part.fileno())
            # Other bytes under the same key would tell the two apart.
            self._note(self._with_new_key(upload))
        raise FileDamaged("the file is not what was announced")

    def use_up(self, upload: Upload) -> None:
        """Wipe the bytes of a file that has served; that it came whole stays told. Idempotent.

        The key goes first: what a kill leaves of the bytes nobody can read.
        """
        if not upload.is_used:
            self._note(replace(upload, key=""))
        self._part(upload.id).unlink(missing_ok=True)

    def drop(self, upload_id: str) -> None:
        """Forget a file and its bytes; absent is not an error."""
        self._noted(upload_id).unlink(missing_ok=True)
        self._part(upload_id).unlink(missing_ok=True)

    def sweep(self, before: datetime) -> None:
        """Forget what has not grown since; whoever still has the file announces it again.

        Note and bytes go together, by the younger of the two: pieces do not touch the note.
        """
        files: dict[str, list[Path]] = {}
        for path in self._root.glob("*"):
            files.setdefault(path.stem, []).append(path)
        for together in files.values():
            if all(_changed(path) < before.timestamp() for path in together):
                for path in together:
                    path.unlink(missing_ok=True)

    def _unused(self, upload: Upload) -> Upload:
        """Return what is noted now, with the bytes locked; UnknownUpload."""
        upload = self.find(upload.owner, upload.id)
        if upload.is_used:
            raise UnknownUpload(upload.id)
        return upload

    def _with_new_key(self, upload: Upload) -> Upload:
        wrapped = self._keyring.wrap(crypto.new_key(), _context(upload.id))
        return replace(upload, key=wrapped.hex())

    def _sealed(self, upload: Upload, offset: int, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """Encrypt or decrypt from ``offset`` on (AES-256-CTR, NIST SP 800-38A)."""
        key = self._keyring.unwrap(bytes.fromhex(upload.key), _context(upload.id))
        counter = (offset // _BLOCK).to_bytes(_BLOCK, "big")
        stream = Cipher(algorithms.AES(key), modes.CTR(counter)).encryptor()
        stream.update(bytes(offset % _BLOCK))
        for block in blocks:
            yield stream.update(block)

    @contextmanager
    def _opened(self, upload: Upload) -> Iterator[BinaryIO]:
        """Open the bytes at their end, for one at a time."""
        try:
            part = self._part(upload.id).open("r+b")
        except FileNotFoundError as error:
            raise UnknownUpload(upload.id) from error
        with part:
            fcntl.flock(part, fcntl.LOCK_EX)
            part.seek(0, os.SEEK_END)
            yield part

    def _note(self, upload: Upload) -> None:
        path = self._noted(upload.id)
        new = path.with_suffix(".new")
        with open(new, "wb", opener=_private) as out:
            out.write(json.dumps(asdict(upload)).encode())
            out.flush()
            os.fsync(out.fileno())
        new.replace(path)
        folder = os.open(self._root, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _noted(self, upload_id: str) -> Path:
        return self._root / f"{upload_id}.json"

    def _part(self, upload_id: str) -> Path:
        return self._root / f"{upload_id}.part"


def _changed(path: Path) -> float:
    """Return when a file was written last, in seconds since 1970; 0 for one that is gone."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0


def _counted(
    blocks: Iterable[bytes], digest: "hashlib._Hash", upload: Upload, offset: int
) -> Iterator[bytes]:
    for block in blocks:
        offset += len(block)
        if offset > upload.length:
            raise PieceTooLong(f"{upload.length} bytes were announced")
        digest.update(block)
        yield block


def _context(upload_id: str) -> bytes:
    return f"upload:{upload_id}".encode()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
