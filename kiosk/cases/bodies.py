"""The bodies of entries and feed items about a case: JSON, zstd, AES-256-GCM, in that order.

The case's id and the kind are authenticated with each body, so that a body
cannot be moved to another case or be taken for another fact. Holds no table.
"""

from typing import Any

import orjson
import zstandard

from kiosk import crypto

_COMPRESSOR = zstandard.ZstdCompressor(level=3)
_DECOMPRESSOR = zstandard.ZstdDecompressor()
#: No body of a case comes near this; a larger one is an attack.
MAX_BODY_BYTES = 4 * 1024 * 1024


def seal(key: bytes, subject: str, kind: str, body: dict[str, Any]) -> bytes:
    """Return ``body`` encrypted for this case and kind."""
    packed = _COMPRESSOR.compress(orjson.dumps(body))
    return crypto.encrypt(key, packed, f"{subject}:{kind}".encode())


def open_sealed(key: bytes, subject: str, kind: str, data: bytes) -> dict[str, Any]:
    """Return the body; ValueError when it is not this case's, not of this kind, or no object."""
    packed = crypto.decrypt(key, data, f"{subject}:{kind}".encode())
    try:
        # The decompressor believes the size that a frame tells of itself and ignores the limit.
        if zstandard.frame_content_size(packed) > MAX_BODY_BYTES:
            raise ValueError("the body is too large")
        body = orjson.loads(_DECOMPRESSOR.decompress(packed, MAX_BODY_BYTES))
    except zstandard.ZstdError as error:
        raise ValueError("the body cannot be unpacked") from error
    if not isinstance(body, dict):
        raise ValueError("the body is not an object")
    return body
