"""JSON that comes from outside, read with a bound on what it makes of memory and time.

An empty object is three bytes in a list, next to none once it is packed, and eighty in memory: a
bound on bytes alone lets a few thousand grow to a gigabyte. Knows no field. Neighbours: ``packed``
has the same for MessagePack; ``envelope`` and ``kiosk.cases.bodies`` bound the bytes before.
"""

from typing import Any

import orjson

#: Objects, lists and commas in all, those in texts too: no honest payload or body comes near it.
MAX_VALUES = 100_000


class TooManyValues(ValueError):
    """JSON of more values than anything honest has."""


def check(data: bytes) -> None:
    """Raise TooManyValues before anything is read; costs about a millisecond for 10 MB."""
    if sum(map(data.count, (b"{", b"[", b","))) > MAX_VALUES:
        raise TooManyValues("more values than anything honest has")


def loads(data: bytes) -> Any:
    """Return the value of the JSON in ``data``; ValueError when it is none, or as ``check``."""
    check(data)
    return orjson.loads(data)
