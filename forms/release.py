"""Releases: immutable catalogues named by the SHA-256 of their bytes.

This is all a terminal needs at run time: opening one is fast, items are decoded on first use,
and neither YAML nor pypinyin is imported. Neighbours: `catalogue` makes releases, `search` reads
their index.
"""

import hashlib
import json
import os
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, overload

from forms.approvals import Construction, decode_construction
from forms.bundling import APPLICANT, Combined, chosen, combine
from forms.decoding import (
    ChoiceLists,
    decode_bundle,
    decode_choices,
    decode_item,
    decode_samples,
)
from forms.definition import Bundle, Sample, ServiceItem, Text
from forms.helping import HelpService, decode_help

FORMAT = 3
#: The oldest that can be opened, for cases made with an earlier release; 2 has items alone.
OLDEST_FORMAT = 2

#: What decoding raises on a document of another shape.
_MALFORMED = (KeyError, TypeError, ValueError, AttributeError, RecursionError)


#: The help service of a release that has none.
_NO_HELP = '{"features": [], "domains": []}'


class ReleaseDamaged(Exception):
    """A release file whose bytes do not match its name, or that this version cannot read."""


class FormatUnknown(ReleaseDamaged):
    """A release of another format: a newer or older version of this program can read it."""


#: zlib's level: loading must not take longer than it must.
_QUICKLY = 1


def _pack(text: str) -> bytes:
    return zlib.compress(text.encode(), _QUICKLY)


class Items(Mapping[str, ServiceItem]):
    """Service items by code, each decoded when first asked for and then kept.

    Until then an item is one packed JSON text: a hundred items as dictionaries would take a hundred
    times the memory, in every process of a terminal that has little.
    """

    def __init__(self, texts: Mapping[str, Mapping[str, str]], lists: ChoiceLists) -> None:
        """Take `{"item": JSON text, "samples": JSON text}` by code."""
        self._packed = {
            code: (_pack(text["item"]), _pack(text["samples"])) for code, text in texts.items()
        }
        self._lists = lists
        self._decoded: dict[str, ServiceItem] = {}

    def __getitem__(self, code: str) -> ServiceItem:
        if code not in self._decoded:
            text, samples = self._packed[code]
            item = decode_item({**json.loads(zlib.decompress(text)), "samples": []}, self._lists)
            self._decoded[code] = replace(item, samples=_Samples(samples))
        return self._decoded[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)


class _Samples(Sequence[Sample]):
    """An item's samples, decoded anew each time: only authors, tests and demonstrations look."""

    def __init__(self, packed: bytes) -> None:
        self._packed = packed

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
        return decode_samples(json.loads(zlib.decompress(self._packed)))


class Catalogue:
    """The items of one release. `release` is 64 hex digits, the SHA-256 of `content`."""

    def __init__(self, content: bytes) -> None:
        """Read the bytes of a release; raises ReleaseDamaged when they are not one."""
        try:
            document = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise ReleaseDamaged("the release is not JSON") from error
        if not isinstance(document, dict) or not _is_readable(document.get("format")):
            raise FormatUnknown(f"the release is not of format {FORMAT}")
        try:
            lists = {name: decode_choices(entries) for name, entries in document["lists"].items()}
            items, index = dict(document["items"]), dict(document["index"])
            bundles = _bundles(document)
            packed = Items(items, lists)
        except _MALFORMED as error:
            raise ReleaseDamaged("the release lacks a part that it must have") from error
        self._content = zlib.compress(content, _QUICKLY)
        self.release = hashlib.sha256(content).hexdigest()
        self.items: Mapping[str, ServiceItem] = packed
        self.index: Mapping[str, Any] = index
        self.bundles: Mapping[str, Bundle] = bundles
        self.bundle_index: Mapping[str, Any] = document.get("bundle_index", {})
        self.sounds: Sequence[str] = document.get("sounds", ())
        self._help: str = document.get("help", _NO_HELP)
        self._construction: str = document.get("construction", "[]")

    @property
    def content(self) -> bytes:
        """The bytes of the release; kept packed, for they are seldom asked for."""
        return zlib.decompress(self._content)

    def item(self, code: str) -> ServiceItem:
        """Return the item of that code; raises KeyError when there is none."""
        return self.items[code]

    @cached_property
    def help_items(self) -> HelpService:
        """The help service: its features and items, decoded when first asked for."""
        return decode_help(json.loads(self._help))

    @cached_property
    def construction(self) -> Construction:
        """The stages of a construction project, decoded when first asked for."""
        return decode_construction(json.loads(self._construction))

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


def _is_readable(number: object) -> bool:
    return isinstance(number, int) and OLDEST_FORMAT <= number <= FORMAT


def _bundles(document: Mapping[str, Any]) -> dict[str, Bundle]:
    names = {code: Text(**name) for code, name in document.get("member_names", {}).items()}
    written: Mapping[str, Any] = document.get("bundles", {})
    return {code: decode_bundle(entry, names) for code, entry in written.items()}


def open_release(path: Path) -> Catalogue:
    """Open a release file `<hash>.json`, checking its bytes against its name.

    Raises ReleaseDamaged when they differ and OSError when the file cannot be read.
    """
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != path.stem:
        raise ReleaseDamaged(f"{path.name} holds the bytes of {found}")
    return Catalogue(content)


def check_readable(catalogue: Catalogue) -> None:
    """Decode every item and bundle; ReleaseDamaged names the first that cannot be.

    Items are decoded when somebody asks for them: before a release is offered to people, none of
    them may turn out to be one that this version cannot read.
    """
    if not catalogue.items or set(catalogue.items) != set(catalogue.index):
        raise ReleaseDamaged("the release has no items, or others than its index")
    for code in catalogue.items:
        try:
            tuple(catalogue.item(code).samples)
        except _MALFORMED as error:
            kind = type(error).__name__
            raise ReleaseDamaged(f"item {code} cannot be read ({kind})") from error
    for code in catalogue.bundles:
        try:
            catalogue.combined(code, {})
        except (*_MALFORMED, StopIteration) as error:
            kind = type(error).__name__
            raise ReleaseDamaged(f"bundle {code} cannot be read ({kind})") from error
    try:
        _ = catalogue.help_items, catalogue.construction
    except _MALFORMED as error:
        kind = type(error).__name__
        raise ReleaseDamaged(f"the help service cannot be read ({kind})") from error


def keep(catalogue: Catalogue, folder: Path) -> Path:
    """Write the release file `<hash>.json` into `folder` durably and return its path.

    Idempotent: a file that is there and whole is left alone, a damaged one is replaced. The file
    appears whole or not at all.
    """
    path = folder / f"{catalogue.release}.json"
    if not path.exists() or path.read_bytes() != catalogue.content:
        write_whole(path, catalogue.content)
    return path


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it appears whole or not at all, and is on disk on return; OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o644)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
