"""Payloads of version 2: MessagePack, with nothing in it but what JSON has, and bytes.

A payload comes from outside: it is read with bounds that no honest one comes near, and anything
ambiguous is refused (a key that comes twice, a number that is none, an extension type). Knows no
field of any frame. Neighbours: ``envelope`` seals what is written here, ``columns`` lays entries
out.
"""

import importlib
import math
from collections.abc import Iterable
from functools import cache
from typing import Any

#: A payload larger than this is refused before anything is unpacked; a frame holds no more either.
MAX_PACKED_BYTES = 8 * 1024 * 1024
#: Lists and maps in all; an empty one takes a byte here and fifty in memory.
MAX_CONTAINERS = 100_000

_PLAIN = {str, int, bytes, bool, type(None), float, list, dict}


class NotPlain(ValueError):
    """What is no payload: malformed, out of bounds, or of a type that has no place in one."""


class _Counter:
    """Looks at every list and map as it is complete."""

    def __init__(self) -> None:
        self._left = MAX_CONTAINERS

    def list_of(self, values: list[Any]) -> list[Any]:
        self._look(values)
        return values

    def map_of(self, pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            raise NotPlain("a name comes twice")
        if not set(map(type, made)) <= {str}:
            raise NotPlain("a name is no text")
        self._look(made.values())
        return made

    def _look(self, values: Iterable[Any]) -> None:
        self._left -= 1
        if self._left < 0:
            raise NotPlain("more lists and maps than a payload has")
        types = set(map(type, values))
        if not types <= _PLAIN:
            raise NotPlain("a type that no payload has")
        if float in types and not all(math.isfinite(v) for v in values if type(v) is float):
            raise NotPlain("a number that is none")


@cache
def _library() -> Any:
    # Half a megabyte, which a terminal's web processes do without: only its worker has a line.
    return importlib.import_module("msgpack")


def dumps(value: Any) -> bytes:
    """Return ``value``, made of what JSON has and bytes; maps keep their order."""
    packed: bytes = _library().packb(value)
    return packed


def loads(data: bytes) -> Any:
    """Return the value in ``data``; NotPlain for anything that ``dumps`` does not write."""
    if len(data) > MAX_PACKED_BYTES:
        raise NotPlain("the payload is too large")
    counter, msgpack = _Counter(), _library()
    try:
        value = msgpack.unpackb(
            data,
            object_pairs_hook=counter.map_of,
            list_hook=counter.list_of,
            strict_map_key=True,
        )
    except NotPlain:
        raise
    # Besides ValueError the library has classes of its own for what is too deep or cut off.
    except (ValueError, TypeError, RecursionError, msgpack.UnpackException) as error:
        raise NotPlain(f"no MessagePack ({type(error).__name__})") from error
    if type(value) not in _PLAIN:
        raise NotPlain("a type that no payload has")
    return value
