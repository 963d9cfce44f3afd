"""Who a machine is in the exchange: its two private keys, and its peers' public ones.

Ed25519 signs frames and requests, X25519 opens frames. Private keys lie in
files of mode 0600 beside the database, never in it. Neighbours: ``envelope``
uses the keys, enrolment at the hall hands the public ones around.
"""

import hashlib
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

#: The private keys' file in the folder of keys.
FILE = "identity.key"


@dataclass(frozen=True, slots=True)
class PublicIdentity:
    """A peer's public keys: what it signs with and what to seal for it."""

    signing: Ed25519PublicKey
    sealing: X25519PublicKey

    @classmethod
    def from_hex(cls, text: str) -> "PublicIdentity":
        """Read 128 hex digits, signing key first; ValueError when malformed."""
        raw = bytes.fromhex(text)
        if len(raw) != 64:
            raise ValueError("a public identity has 128 hex digits")
        return cls(
            Ed25519PublicKey.from_public_bytes(raw[:32]),
            X25519PublicKey.from_public_bytes(raw[32:]),
        )

    def check(self) -> None:
        """Raise ValueError when nothing can be sealed for these keys.

        A point of low order makes the same secret with every key (RFC 7748, section 6.1).
        """
        X25519PrivateKey.generate().exchange(self.sealing)

    def to_hex(self) -> str:
        """Return 128 lower-case hex digits, signing key first."""
        return (self.signing.public_bytes_raw() + self.sealing.public_bytes_raw()).hex()

    def fingerprint(self) -> str:
        """Return the first 16 hex digits of the SHA-256 of both keys, in groups of four.

        People compare it aloud when a terminal is approved.
        """
        digest = hashlib.sha256(bytes.fromhex(self.to_hex())).hexdigest()[:16]
        return " ".join(digest[i : i + 4] for i in range(0, 16, 4))


@dataclass(frozen=True, slots=True)
class Identity:
    """The machine's private keys."""

    signing: Ed25519PrivateKey
    sealing: X25519PrivateKey

    @property
    def public(self) -> PublicIdentity:
        """The keys that others may know."""
        return PublicIdentity(self.signing.public_key(), self.sealing.public_key())


def load_or_make(folder: Path) -> Identity:
    """Return the identity kept in ``folder``, making it there when it is missing; idempotent."""
    path = folder / FILE
    if not path.exists():
        raw = (
            Ed25519PrivateKey.generate().private_bytes_raw()
            + X25519PrivateKey.generate().private_bytes_raw()
        )
        make_secret(path, raw)
    raw = path.read_bytes()
    return Identity(
        Ed25519PrivateKey.from_private_bytes(raw[:32]),
        X25519PrivateKey.from_private_bytes(raw[32:]),
    )


def make_secret(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, durably, unless it is there already.

    Several processes may do so at once: the first one's content stays, and nobody sees half of it.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        # Unlike a rename, a link never replaces what another process has made.
        with suppress(FileExistsError):
            os.link(name, path)
        # What is sealed with it must not outlive its name in a power cut.
        for folder in (path.parent, path.parent.parent):
            _keep_names(folder)
    finally:
        os.unlink(name)


def _keep_names(folder: Path) -> None:
    # Not by ``disk``: that is for the store of blobs, and a simulated one knows no other folder.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
