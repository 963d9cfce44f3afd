"""The zstd dictionaries that bodies are packed with, and which of them both sides have.

A dictionary is a file in this folder, named by its SHA-256. Bodies out there need it to be read, so
no file here ever changes or goes (a guard test holds them). A packed body names its dictionary by
the number in its zstd frame (RFC 8878, Dictionary_ID); the two sides tell each other which ones
they have by hash. Knows nothing of what a body says. Neighbours: ``sync.versions`` tells and hears,
``kiosk.cases.bodies`` packs, ``docs/make_dictionary.py`` makes one.
"""

import struct
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import zstandard

#: The level that a dictionary is made for.
LEVEL = 6
#: A list of more is no list of dictionaries.
_MOST = 64
_FOLDER = Path(__file__).parent


@cache
def _numbers() -> Mapping[str, int]:
    """Return the number of each dictionary by its name, smallest first."""
    found = {}
    for file in _FOLDER.glob("*.zdict"):
        with file.open("rb") as data:
            # RFC 8878, section 5: a magic number, then the Dictionary_ID, both little-endian.
            found[file.stem] = struct.unpack("<4xI", data.read(8))[0]
    return dict(sorted(found.items(), key=lambda each: each[1]))


@cache
def _made(name: str) -> zstandard.ZstdCompressionDict:
    data = (_FOLDER / f"{name}.zdict").read_bytes()
    return zstandard.ZstdCompressionDict(data, dict_type=zstandard.DICT_TYPE_FULLDICT)


@cache
def _parameters() -> zstandard.ZstdCompressionParameters:
    # Tables half as large as the level would have: half a megabyte less, and 1 % more in a body.
    return zstandard.ZstdCompressionParameters.from_level(
        LEVEL,
        source_size=2048,
        dict_size=65_536,
        hash_log=15,
        chain_log=15,
        write_dict_id=True,
        write_content_size=True,
    )


@cache
def _digested(name: str) -> zstandard.ZstdCompressionDict:
    """Return it ready for packing: else every body would cost as much as the dictionary is long."""
    made = _made(name)
    made.precompute_compress(compression_params=_parameters())
    return made


def names() -> list[str]:
    """Return the SHA-256 of each dictionary that this program has, 64 hex digits, newest last."""
    return list(_numbers())


def shared(told: Any) -> str | None:
    """Return which dictionaries of those that the other side tells are here too, as one text.

    ``told`` is of the wire: whatever is no list of names tells of none, and none is None.
    """
    if not isinstance(told, list) or len(told) > _MOST:
        return None
    return " ".join(name for name in names() if name in told) or None


def agreed(known: str | None) -> zstandard.ZstdCompressionDict | None:
    """Return the newest dictionary of those that ``shared`` has found, or None."""
    here = [name for name in names() if name in (known or "").split()]
    return _digested(here[-1]) if here else None


def packed(data: bytes, dictionary: zstandard.ZstdCompressionDict) -> bytes:
    """Return a zstd frame that names the dictionary, which ``agreed`` returned."""
    # A compressor must not be shared between threads, so each call makes its own.
    packer = zstandard.ZstdCompressor(compression_params=_parameters(), dict_data=dictionary)
    return packer.compress(data)


def unpacked(data: bytes, number: int, most: int) -> bytes:
    """Return what is in a frame that names dictionary ``number``, at most ``most`` bytes.

    ValueError when this program lacks the dictionary; ZstdError for a frame that is damaged or
    larger.
    """
    for name, known in _numbers().items():
        if known == number:
            return _unpackers.of(name).decompress(data, most)
    raise ValueError(f"the dictionary {number} is not known here")


class _Unpackers(threading.local):
    """A decompressor for each dictionary and thread: none may be shared between threads."""

    def __init__(self) -> None:
        self._made: dict[str, zstandard.ZstdDecompressor] = {}

    def of(self, name: str) -> zstandard.ZstdDecompressor:
        if name not in self._made:
            self._made[name] = zstandard.ZstdDecompressor(dict_data=_made(name))
        return self._made[name]


_unpackers = _Unpackers()
