"""Releases: immutable catalogues named by the SHA-256 of their bytes.

This is all a terminal needs at run time: opening one is fast, items are decoded on first use,
and neither YAML nor pypinyin is imported. Neighbours: `catalogue` makes releases, `search` reads
their index.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, overload

from forms.bundling import APPLICANT, Combined, chosen, combine
from forms.decoding import (
    ChoiceLists,
    decode_bundle,
    decode_choices,
    decode_item,
    decode_samples,
)
from forms.definition import Bundle, Sample, ServiceItem, Text

FORMAT = 3
READABLE = frozenset({2, 3})
"""Formats that can be opened, for the cases made with an earlier release; 2 has no bundles."""


class ReleaseDamaged(Exception):
    """A release file whose bytes do not match its name, or that this version cannot read."""


class Items(Mapping[str, ServiceItem]):
    """Service items by code, each decoded when first asked for and then kept.

    Until then an item is one JSON text: a hundred items as dictionaries would take ten times the
    memory, in every process of a terminal that has little.
    """

    def __init__(self, texts: Mapping[str, Mapping[str, str]], lists: ChoiceLists) -> None:
        """Take `{"item": JSON text, "samples": JSON text}` by code."""
        self._texts = texts
        self._lists = lists
        self._decoded: dict[str, ServiceItem] = {}

    def __getitem__(self, code: str) -> ServiceItem:
        if code not in self._decoded:
            text = self._texts[code]
            item = decode_item({**json.loads(text["item"]), "samples": []}, self._lists)
            self._decoded[code] = replace(item, samples=_Samples(text["samples"]))
        return self._decoded[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


class _Samples(Sequence[Sample]):
    """An item's samples, decoded anew each time: only authors, tests and demonstrations look."""

    def __init__(self, text: str) -> None:
        self._text = text

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Sample]: ...
    def __getitem__(self, index: int | slice) -> Sample | Sequence[Sample]:
        return self._decoded()[index]

    def __iter__(self) -> Iterator[Sample]:
        return iter(self._decoded())

    def __len__(self) -> int:
        return len(self._decoded())

    def _decoded(self) -> tuple[Sample, ...]:
        return decode_samples(json.loads(self._text))


class Catalogue:
    """The items of one release. `release` is 64 hex digits, the SHA-256 of `content`."""

    def __init__(self, content: bytes) -> None:
        """Read the bytes of a release; raises ReleaseDamaged when they are not one."""
        try:
            document = json.loads(content)
        except ValueError as error:
            raise ReleaseDamaged("the release is not JSON") from error
        if not isinstance(document, dict) or document.get("format") not in READABLE:
            raise ReleaseDamaged(f"the release is not of format {FORMAT}")
        lists = {name: decode_choices(entries) for name, entries in document["lists"].items()}
        self.content = content
        self.release = hashlib.sha256(content).hexdigest()
        self.items: Mapping[str, ServiceItem] = Items(document["items"], lists)
        self.index: Mapping[str, Any] = document["index"]
        self.bundle_index: Mapping[str, Any] = document.get("bundle_index", {})
        written: Mapping[str, Any] = document.get("bundles", {})
        names = {code: Text(**name) for code, name in document.get("member_names", {}).items()}
        self.bundles: Mapping[str, Bundle] = {
            code: decode_bundle(entry, names) for code, entry in written.items()
        }

    def item(self, code: str) -> ServiceItem:
        """Return the item of that code; raises KeyError when there is none."""
        return self.items[code]

    def combined(self, code: str, answers: Mapping[str, Any]) -> Combined:
        """Return the one form of a bundle for the members `answers` choose; raises KeyError."""
        bundle = self.bundles[code]
        applicant = next(m.code for m in bundle.members if APPLICANT not in m.layers)
        items = tuple(self.items[member] for member in chosen(bundle, answers))
        return combine(bundle, items, self.items[applicant])

    def form(self, code: str, answers: Mapping[str, Any]) -> ServiceItem:
        """Return what is filled in for an item or a bundle; raises KeyError when it is neither.

        A bundle's form is that of the members `answers` choose.
        """
        return self.combined(code, answers).item if code in self.bundles else self.items[code]


def open_release(path: Path) -> Catalogue:
    """Open a release file `<hash>.json`, checking its bytes against its name.

    Raises ReleaseDamaged when they differ and OSError when the file cannot be read.
    """
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != path.stem:
        raise ReleaseDamaged(f"{path.name} holds the bytes of {found}")
    return Catalogue(content)
