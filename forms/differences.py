"""What differs between two releases, in words: items added, removed, changed, and what in them.

Reads the documents of a release as they are written, so that it needs no list of what an item
has. Must not know files or the web. Neighbours: ``release`` opens what is compared here.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from forms.definition import JSON, Text
from forms.release import Catalogue

#: What people call the parts of an item; every other part goes by its name.
_NAMES = {
    "sections": "section",
    "fields": "field",
    "requirements": "requirement",
    "choices": "choice",
    "checks": "check",
    "params": "limit",
    "when": "asked when",
    "visible": "shown when",
}
#: Rules and texts are read as a whole: a part of one says nothing.
_WHOLE = {"when", "visible", "required", "rule", "commitment_required"}
_WHOLE |= {"label", "name", "title", "hint", "message"}
#: By this an entry of a list is known again, in this order.
_KEYS = ("id", "code")


@dataclass(frozen=True, slots=True)
class Change:
    """One change: ``place`` in words, and the value before and after as JSON; None when absent."""

    place: str
    before: JSON
    after: JSON

    def __str__(self) -> str:
        """Say it on one line."""
        if self.before is None:
            return f"{self.place}: added {_short(self.after)}"
        if self.after is None:
            return f"{self.place}: removed, was {_short(self.before)}"
        return f"{self.place}: {_short(self.before)} -> {_short(self.after)}"


@dataclass(frozen=True, slots=True)
class Differences:
    """Codes and names of items added and removed; the changes of others, and of shared lists."""

    added: dict[str, Text]
    removed: dict[str, Text]
    changed: dict[str, tuple[Change, ...]]
    lists: tuple[Change, ...]

    def lines(self) -> Iterator[str]:
        """Yield the whole in words, a line for each difference."""
        for title, items in (("added", self.added), ("removed", self.removed)):
            yield from (f"{code} {title}: {name.zh} / {name.en}" for code, name in items.items())
        for code, changes in self.changed.items():
            yield from (f"{code} {change}" for change in changes)
        yield from (f"shared {change}" for change in self.lists)

    def as_json(self) -> dict[str, Any]:
        """Return JSON values."""
        return {
            "added": {code: _plain(name) for code, name in self.added.items()},
            "removed": {code: _plain(name) for code, name in self.removed.items()},
            "changed": {code: _listed(changes) for code, changes in self.changed.items()},
            "lists": _listed(self.lists),
        }


def compare(old: Catalogue, new: Catalogue) -> Differences:
    """Return what ``new`` has that ``old`` has not, and the other way round. Samples are left out.

    Both must be readable (``forms.release.check_readable``).
    """
    before, after = json.loads(old.content), json.loads(new.content)
    changed = {}
    for code in sorted(set(before["items"]) & set(after["items"])):
        one, other = (json.loads(each["items"][code]["item"]) for each in (before, after))
        if changes := tuple(_changes("", one, other)):
            changed[code] = changes
    return Differences(
        added={code: new.item(code).name for code in sorted(set(new.items) - set(old.items))},
        removed={code: old.item(code).name for code in sorted(set(old.items) - set(new.items))},
        changed=changed,
        lists=tuple(_changes("list", before["lists"], after["lists"])),
    )


def _changes(place: str, old: JSON, new: JSON, name: str = "") -> Iterator[Change]:
    """Yield the changes within one part of a document; ``name`` is the part's own."""
    if old == new and type(old) is type(new):
        return
    if name not in _WHOLE:
        if isinstance(old, dict) and isinstance(new, dict):
            yield from _of_objects(place, old, new)
            return
        before, after = _by_key(old), _by_key(new)
        if before is not None and after is not None:
            yield from _of_lists(place, before, after)
            return
        if isinstance(old, list) and isinstance(new, list):
            yield from _of_entries(place, old, new)
            return
    yield Change(place, old, new)


def _of_objects(place: str, old: dict[str, JSON], new: dict[str, JSON]) -> Iterator[Change]:
    for name in sorted(old.keys() | new.keys()):
        inner = f"{place} {_NAMES.get(name, name)}".strip()
        yield from _changes(inner, old.get(name), new.get(name), name)


def _of_lists(place: str, old: dict[str, JSON], new: dict[str, JSON]) -> Iterator[Change]:
    for key in [*old, *(key for key in new if key not in old)]:
        yield from _changes(f"{place} {key}", old.get(key), new.get(key))
    stayed, stay = [key for key in old if key in new], [key for key in new if key in old]
    if stayed != stay:
        yield Change(f"{place} order", list(stayed), list(stay))


def _of_entries(place: str, old: list[JSON], new: list[JSON]) -> Iterator[Change]:
    """Yield what came and went in a list of plain texts; the list when it is only in new order."""
    gone, come = (
        [each for each in old if each not in new],
        [each for each in new if each not in old],
    )
    yield from (Change(place, each, None) for each in gone[len(come) :])
    yield from (Change(place, None, each) for each in come[len(gone) :])
    yield from (Change(place, one, other) for one, other in zip(gone, come, strict=False))
    if not gone and not come:
        yield Change(f"{place} order", old, new)


def _by_key(value: JSON) -> dict[str, JSON] | None:
    """Return the entries of a list by their id or code; None when they have none."""
    if not isinstance(value, list):
        return None
    for name in _KEYS:
        found: dict[str, JSON] = {
            str(entry[name]): entry for entry in value if isinstance(entry, dict) and name in entry
        }
        if len(found) == len(value):
            return found
    return None


def _short(value: JSON) -> str:
    if isinstance(value, dict) and "zh" in value:
        return f"{value['zh']} / {value.get('en', '')}"
    if isinstance(value, dict):
        for name in ("label", "name", "title"):
            if isinstance(value.get(name), dict):
                return _short(value[name])
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 120 else text[:117] + "..."


def _plain(name: Text) -> dict[str, str]:
    return {"zh": name.zh, "en": name.en}


def _listed(changes: tuple[Change, ...]) -> list[dict[str, JSON]]:
    return [{"place": c.place, "before": c.before, "after": c.after} for c in changes]
