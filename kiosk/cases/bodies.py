"""The bodies of entries and feed items about a case: JSON, zstd, AES-256-GCM, in that order.

The case's id and the kind are authenticated with each body, so that a body
cannot be moved to another case or be taken for another fact. Holds no table.
"""

from typing import Any

import orjson
import zstandard

from kiosk import crypto

_LEVEL = 3
#: No body of a case comes near this; a larger one is an attack.
MAX_BODY_BYTES = 4 * 1024 * 1024


def seal(key: bytes, subject: str, kind: str, body: dict[str, Any]) -> bytes:
    """Return ``body`` encrypted for this case and kind."""
    # A compressor must not be shared between threads, so each call makes its own.
    packed = zstandard.compress(orjson.dumps(body), _LEVEL)
    return crypto.encrypt(key, packed, f"{subject}:{kind}".encode())


def open_sealed(key: bytes, subject: str, kind: str, data: bytes) -> dict[str, Any]:
    """Return the body; ValueError when it is not this case's, not of this kind, or no object."""
    packed = crypto.decrypt(key, data, f"{subject}:{kind}".encode())
    try:
        # The decompressor believes the size that a frame tells of itself and ignores the limit.
        if zstandard.frame_content_size(packed) > MAX_BODY_BYTES:
            raise ValueError("the body is too large")
        body = orjson.loads(zstandard.decompress(packed, MAX_BODY_BYTES))
    except zstandard.ZstdError as error:
        raise ValueError("the body cannot be unpacked") from error
    if not isinstance(body, dict):
        raise ValueError("the body is not an object")
    return body
