"""The headers of tus 1.0 with creation, creation-with-upload and checksum, as values and back.

Pure: knows no requests and no files. Source: https://tus.io/protocols/resumable-upload, version
1.0.0. Neighbour: ``store`` keeps what comes.
"""

import base64
import binascii
import re
from collections.abc import Mapping

VERSION = "1.0.0"
PIECE_TYPE = "application/offset+octet-stream"
#: What the answer to OPTIONS tells, but for the largest file.
ABILITIES: Mapping[str, str] = {
    "Tus-Version": VERSION,
    "Tus-Extension": "creation,creation-with-upload,checksum",
    "Tus-Checksum-Algorithm": "sha256",
}
#: The status that the extension checksum gives to a piece that is not what its digest says.
CHECKSUM_MISMATCH = 460

_DIGEST = re.compile(r"[0-9a-f]{64}")


class BadHeader(ValueError):
    """A header is missing or malformed; the first argument names it."""


def number(name: str, text: str | None) -> int:
    """Return a header that holds a number of bytes; BadHeader."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 15:
        raise BadHeader(name)
    return int(text)


def announced_sha256(metadata: str) -> str:
    """Return the key ``sha256`` of the header Upload-Metadata, 64 hex digits; BadHeader.

    Pairs are separated by commas: a key, a space, and the value in base64.
    """
    pairs = dict(pair.strip().partition(" ")[::2] for pair in metadata.split(","))
    try:
        digest = base64.b64decode(pairs["sha256"], validate=True).decode("ascii").lower()
    except (KeyError, binascii.Error, ValueError) as error:
        raise BadHeader("Upload-Metadata") from error
    if not _DIGEST.fullmatch(digest):
        raise BadHeader("Upload-Metadata")
    return digest


def piece_sha256(checksum: str | None) -> bytes | None:
    """Return the digest of the header Upload-Checksum, 32 bytes, or None without it; BadHeader."""
    if checksum is None:
        return None
    algorithm, _, digest = checksum.strip().partition(" ")
    try:
        found = base64.b64decode(digest, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadHeader("Upload-Checksum") from error
    if algorithm != "sha256" or len(found) != 32:
        raise BadHeader("Upload-Checksum")
    return found
