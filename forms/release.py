"""Releases: immutable catalogues named by the SHA-256 of their bytes.

This is all a terminal needs at run time: opening one is fast, items are decoded on first use,
and neither YAML nor pypinyin is imported. Neighbours: `catalogue` makes releases, `search` reads
their index.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from forms.decoding import ChoiceLists, Document, decode_choices, decode_item
from forms.definition import ServiceItem

FORMAT = 1


class ReleaseDamaged(Exception):
    """A release file whose bytes do not match its name, or that this version cannot read."""


class Items(Mapping[str, ServiceItem]):
    """Service items by code, each decoded when first asked for and then kept."""

    def __init__(self, documents: Mapping[str, Document], lists: ChoiceLists) -> None:
        self._documents = documents
        self._lists = lists
        self._decoded: dict[str, ServiceItem] = {}

    def __getitem__(self, code: str) -> ServiceItem:
        if code not in self._decoded:
            self._decoded[code] = decode_item(self._documents[code], self._lists)
        return self._decoded[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._documents)

    def __len__(self) -> int:
        return len(self._documents)


class Catalogue:
    """The items of one release. `release` is 64 hex digits, the SHA-256 of `content`."""

    def __init__(self, content: bytes) -> None:
        """Read the bytes of a release; raises ReleaseDamaged when they are not one."""
        try:
            document = json.loads(content)
        except ValueError as error:
            raise ReleaseDamaged("the release is not JSON") from error
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise ReleaseDamaged(f"the release is not of format {FORMAT}")
        lists = {name: decode_choices(entries) for name, entries in document["lists"].items()}
        self.content = content
        self.release = hashlib.sha256(content).hexdigest()
        self.items: Mapping[str, ServiceItem] = Items(document["items"], lists)
        self.index: Mapping[str, Any] = document["index"]

    def item(self, code: str) -> ServiceItem:
        """Return the item of that code; raises KeyError when there is none."""
        return self.items[code]


def open_release(path: Path) -> Catalogue:
    """Open a release file `<hash>.json`, checking its bytes against its name.

    Raises ReleaseDamaged when they differ and OSError when the file cannot be read.
    """
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != path.stem:
        raise ReleaseDamaged(f"{path.name} holds the bytes of {found}")
    return Catalogue(content)
