"""JSON in fewer bytes before it is packed with a dictionary: digests, keys and ids as bytes.

Half of a packed body would be hexadecimal digits, which do not repeat. Three bytes that no UTF-8
text holds stand for them, quotation marks included: ``FF`` and 32 bytes for a text of 64 lower-case
hex digits, ``FE`` and 16 bytes for a UUID in lower case, ``FD`` and a byte for the digest at that
place, from 0, of the files that the entry names beside its body. All else stays JSON, so that what
is read is checked as JSON is. Holds no key and no table. Neighbour: ``bodies``.
"""

import re
from binascii import hexlify
from collections.abc import Sequence
from re import Match

_SHAPES = re.compile(
    rb'"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64})"',
)
_MARKS = re.compile(rb"\xff(.{32})|\xfe(.{16})|\xfd(.)", re.DOTALL)
_MOST = 256


def squeezed(text: bytes, blobs: Sequence[str] = ()) -> bytes:
    """Return JSON (UTF-8) with those texts as bytes; ``widened`` gives it back as it was."""
    places = {sha.encode(): place for place, sha in enumerate(blobs[:_MOST])}

    def narrow(found: Match[bytes]) -> bytes:
        digits = found[1]
        if (place := places.get(digits)) is not None:
            return b"\xfd%c" % place
        mark = b"\xff" if len(digits) == 64 else b"\xfe"
        return mark + bytes.fromhex(digits.replace(b"-", b"").decode())

    return _SHAPES.sub(narrow, text)


def widened(data: bytes, blobs: Sequence[str] = ()) -> bytes:
    """Return the JSON of what was squeezed with the same ``blobs``.

    ValueError for one that is not among them. A mark that is cut off stays, and is no JSON.
    """

    def wide(found: Match[bytes]) -> bytes:
        held = found[found.lastindex or 0]
        if len(held) == 32:
            return b'"%s"' % hexlify(held)
        if len(held) == 16:
            return b'"%s"' % _uuid(hexlify(held))
        try:
            return b'"%s"' % blobs[held[0]].encode()
        except IndexError as error:
            raise ValueError("the body names a file that its entry does not") from error

    return _MARKS.sub(wide, data)


def most_widened(data: bytes) -> int:
    """Return how many bytes ``widened`` makes of it at most; asked before it is made."""
    more = {b"\xff": 33, b"\xfe": 21, b"\xfd": 64}
    return len(data) + sum(each * data.count(mark) for mark, each in more.items())


def _uuid(digits: bytes) -> bytes:
    parts = digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]
    return b"-".join(parts)
