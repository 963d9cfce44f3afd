"""The bodies of entries and feed items about a case: JSON, zstd, AES-256-GCM, in that order.

The case's id and the kind are authenticated with each body, so that a body
cannot be moved to another case or be taken for another fact. A body that is packed with a
dictionary names it in its zstd frame, and its JSON is squeezed before. Holds no table. Neighbours:
``squeezing``, ``sync.dictionaries``.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import zstandard
from zstandard import ZstdCompressionDict

from kiosk import crypto
from kiosk.cases.squeezing import most_widened, squeezed, widened
from sync import bounded, dictionaries

_LEVEL = 3
#: No body of a case comes near this; a larger one is an attack.
MAX_BODY_BYTES = 4 * 1024 * 1024


def seal(
    key: bytes,
    subject: str,
    kind: str,
    body: Mapping[str, Any],
    dictionary: ZstdCompressionDict | None = None,
    blobs: Sequence[str] = (),
) -> bytes:
    """Return ``body`` encrypted for this case and kind.

    It is to be packed with a ``dictionary`` only where whoever reads it is known to have it, and is
    then read with the ``blobs`` of its entry alone.
    """
    plain = orjson.dumps(body)
    if dictionary is None:
        packed = zstandard.compress(plain, _LEVEL)
    else:
        packed = dictionaries.packed(squeezed(plain, blobs), dictionary)
    return crypto.encrypt(key, packed, f"{subject}:{kind}".encode())


def open_fact(key: bytes, fact: Any) -> dict[str, Any]:
    """Return the body of an entry, or of a feed item, which names no blobs; ValueError as below.

    Tables have the names of blobs as a text of JSON.
    """
    blobs = getattr(fact, "blobs", ())
    names = json.loads(blobs) if isinstance(blobs, str) else blobs
    return open_sealed(key, fact.subject, fact.kind, fact.body, names)


def open_sealed(
    key: bytes, subject: str, kind: str, data: bytes, blobs: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the body; ValueError when it is not this case's, not of this kind, or no object.

    ValueError also when it was packed with a dictionary that this program does not have.
    """
    packed = crypto.decrypt(key, data, f"{subject}:{kind}".encode())
    try:
        body = bounded.loads(_unpacked(packed, blobs))
    except zstandard.ZstdError as error:
        raise ValueError("the body cannot be unpacked") from error
    if not isinstance(body, dict):
        raise ValueError("the body is not an object")
    return body


def _unpacked(packed: bytes, blobs: Sequence[str]) -> bytes:
    frame = zstandard.get_frame_parameters(packed)
    # The decompressor believes the size that a frame tells of itself and ignores the limit.
    if zstandard.frame_content_size(packed) > MAX_BODY_BYTES:
        raise ValueError("the body is too large")
    if frame.dict_id == 0:
        return zstandard.decompress(packed, MAX_BODY_BYTES)
    data = dictionaries.unpacked(packed, frame.dict_id, MAX_BODY_BYTES)
    if most_widened(data) > MAX_BODY_BYTES:
        raise ValueError("the body is too large")
    return widened(data, blobs)
