"""The zstd dictionaries that bodies are packed with, and which of them both sides have.

A dictionary is a file in this folder, named by its SHA-256. Bodies out there need it to be read, so
no file here ever changes or goes (a guard test holds them). A packed body names its dictionary by
the number in its zstd frame (RFC 8878, Dictionary_ID); the two sides tell each other which ones
they have by hash. Knows nothing of what a body says. Neighbours: ``sync.versions`` tells and hears,
``kiosk.cases.bodies`` packs, ``docs/make_dictionary.py`` makes one.
"""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import zstandard

#: How hard a body is packed; more finds little in so few bytes.
LEVEL = 6
#: A list of more is no list of dictionaries.
_MOST = 64
_SUFFIX = ".zdict"


@cache
def _by_name() -> Mapping[str, zstandard.ZstdCompressionDict]:
    found = {}
    for file in resources.files(__name__).iterdir():
        if file.name.endswith(_SUFFIX):
            found[file.name.removesuffix(_SUFFIX)] = _ready(file.read_bytes())
    return found


def _ready(data: bytes) -> zstandard.ZstdCompressionDict:
    made = zstandard.ZstdCompressionDict(data, dict_type=zstandard.DICT_TYPE_FULLDICT)
    # Digested once: else every body would cost as much as the dictionary is long.
    made.precompute_compress(level=LEVEL)
    return made


@cache
def _by_number() -> Mapping[int, zstandard.ZstdCompressionDict]:
    return {each.dict_id(): each for each in _by_name().values()}


def names() -> list[str]:
    """Return the SHA-256 of each dictionary that this program has, 64 hex digits, newest last."""
    return sorted(_by_name(), key=lambda name: _by_name()[name].dict_id())


def shared(told: Any) -> str | None:
    """Return which dictionaries of those that the other side tells are here too, as one text.

    ``told`` is of the wire: whatever is no list of names tells of none, and none is None.
    """
    if not isinstance(told, list) or len(told) > _MOST:
        return None
    return " ".join(name for name in names() if name in told) or None


def agreed(known: str | None) -> zstandard.ZstdCompressionDict | None:
    """Return the newest dictionary of those that ``shared`` has found, or None."""
    here = [name for name in (known or "").split() if name in _by_name()]
    return max((_by_name()[name] for name in here), key=lambda each: each.dict_id(), default=None)


def numbered(number: int) -> zstandard.ZstdCompressionDict:
    """Return the dictionary that a packed body names; ValueError when this program lacks it."""
    try:
        return _by_number()[number]
    except KeyError as error:
        raise ValueError(f"the dictionary {number} is not known here") from error
