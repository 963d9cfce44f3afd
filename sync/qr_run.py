"""A small carrier as a run of QR codes: cut into numbered parts, put together again in any order.

Each code says which run it is of (the first 12 hex digits of the carrier's SHA-256), its number,
how many there are, and its bytes in base45 (RFC 9285): QR alphanumeric mode keeps them small, and
ASCII passes every reader unharmed. Knows no pictures and no disk. Neighbours: ``carrier`` is what
is cut, ``kiosk.carriers.runs`` collects.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

#: Bytes in one code: with level M it is of version 20 (97 modules), which a camera of 1280 × 720
#: still reads out of focus. Of 15 pictures each, zbar read 15 at version 20, 11 at version 30.
PART_BYTES = 620
#: Bytes of a carrier that is shown as codes: 67 of them, half a minute for one round.
MAX_RUN_BYTES = 40 * 1024

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES = {sign: value for value, sign in enumerate(_ALPHABET)}
_PART = re.compile(r"JSB1\.Q\.([0-9A-F]{12})\.([1-9]\d?)\.([1-9]\d?)\.(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class CodePart:
    """What one code says; ``number`` counts from 1 to ``total``."""

    run: str
    number: int
    total: int
    data: bytes


def texts_of(data: bytes) -> list[str]:
    """Return the texts of the codes; ValueError for more than ``MAX_RUN_BYTES``."""
    if len(data) > MAX_RUN_BYTES:
        raise ValueError("the carrier is too large for codes")
    run = _name(data)
    pieces = [data[start : start + PART_BYTES] for start in range(0, len(data), PART_BYTES)]
    return [
        f"JSB1.Q.{run}.{number}.{len(pieces)}.{base45(piece)}"
        for number, piece in enumerate(pieces, start=1)
    ]


def part_in(text: str) -> CodePart | None:
    """Return what a code says when it is one of a run, else None. Never fails."""
    found = _PART.fullmatch(text)
    if found is None:
        return None
    number, total = int(found[2]), int(found[3])
    try:
        data = from_base45(found[4])
    except ValueError:
        return None
    if number > total or len(data) > PART_BYTES:
        return None
    return CodePart(found[1], number, total, data)


def joined(run: str, parts: Mapping[int, bytes]) -> bytes | None:
    """Return the carrier made of the parts, or None when it is not the one the run is named by."""
    data = b"".join(parts[number] for number in sorted(parts))
    return data if _name(data) == run else None


def base45(data: bytes) -> str:
    """Return ``data`` in base45 (RFC 9285)."""
    signs: list[str] = []
    for start in range(0, len(data), 2):
        pair = data[start : start + 2]
        value = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            value, rest = divmod(value, 45)
            signs.append(_ALPHABET[rest])
    return "".join(signs)


def from_base45(text: str) -> bytes:
    """Return the bytes of base45; ValueError when it is none."""
    if len(text) % 3 == 1:
        raise ValueError("this is no base45")
    found = bytearray()
    for start in range(0, len(text), 3):
        signs = text[start : start + 3]
        try:
            value = sum(_VALUES[sign] * 45**place for place, sign in enumerate(signs))
            found += value.to_bytes(len(signs) - 1, "big")
        except (KeyError, OverflowError) as error:
            raise ValueError("this is no base45") from error
    return bytes(found)


def _name(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12].upper()
