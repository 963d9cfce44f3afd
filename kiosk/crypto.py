"""Encryption of fields and keys at rest: AES-256-GCM (NIST SP 800-38D).

Holds no keys and no tables. ``context`` is authenticated with the ciphertext
and names what it belongs to, so that a ciphertext moved to another row does
not decrypt. Neighbours: ``sync.envelope`` seals keys for the journey.
"""

import hashlib
import hmac
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sync import chance
from sync.identity import make_secret

KEY_BYTES = 32
_NONCE_BYTES = 12


def new_key() -> bytes:
    """Return 32 random bytes."""
    return chance.some_bytes(KEY_BYTES)


def encrypt(key: bytes, plaintext: bytes, context: bytes) -> bytes:
    """Return nonce (12 bytes), ciphertext and tag (16 bytes) in one run."""
    nonce = chance.some_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, context)


def decrypt(key: bytes, data: bytes, context: bytes) -> bytes:
    """Return the plaintext; ValueError when key, data or context are not those of ``encrypt``."""
    try:
        return AESGCM(key).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], context)
    except InvalidTag as error:
        raise ValueError("the ciphertext does not belong to this key and context") from error


class Keyring:
    """Wraps and unwraps keys with one master key that lies outside the database."""

    def __init__(self, master: bytes) -> None:
        """Use ``master``, 32 bytes."""
        if len(master) != KEY_BYTES:
            raise ValueError("the master key must have 32 bytes")
        self._master = master

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """Return ``key`` encrypted for ``context``."""
        return encrypt(self._master, key, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Return the key; ValueError for another master or another context."""
        return decrypt(self._master, wrapped, context)

    def fingerprint(self, text: str, context: bytes) -> str:
        """Return 64 hex digits by which the same ``text`` is known again on this machine only.

        HMAC-SHA-256 (RFC 2104) with a key drawn from the master key for this context: without the
        master key nobody can try all ID numbers.
        """
        key = hmac.digest(self._master, b"fingerprint:" + context, hashlib.sha256)
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def secret_file(path: Path, make: bytes | None = None) -> bytes:
    """Return the bytes of a secret file; it is made (mode 0600) of ``make`` when absent.

    Idempotent: an existing file is never changed. FileNotFoundError when absent and not made.
    """
    if make is not None and not path.exists():
        make_secret(path, make)
    return _read(path)


@lru_cache
def _read(path: Path) -> bytes:
    return path.read_bytes()
