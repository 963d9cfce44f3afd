"""From an item as it is written to an item that stands alone.

Puts shared groups and texts in the place of `use:`, and works out samples that change another
sample. Every part remembers the file and line it came from. Must not judge contents. Neighbours:
`source` (what was written), `checks` (judges what comes out), `catalogue`.

A use of a group may give `id`, `title`, `visible`, `repeat`, `checks`; `omit` (field ids);
`adjust` ({field id: {key: value}}); and `fields` of its own, which follow those of the group.
"""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from forms.source import Place, Problem, SourceFile

SECTION_KEYS = ("id", "title", "visible", "repeat", "checks")


@dataclass(frozen=True, slots=True)
class Shared:
    """What items refer to: groups of fields by name, and texts by name."""

    groups: Mapping[str, SourceFile]
    texts: Mapping[str, Any]


@dataclass(slots=True)
class Expanded:
    """An item that stands alone, its source, and the problems met while expanding it."""

    source: SourceFile
    document: dict[str, Any]
    origins: dict[Place, tuple[SourceFile, Place]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, reason: str, *path: str | int) -> Problem:
        """Return a problem at a path of the expanded document, at the line it came from."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.origins:
                source, place = self.origins[path[:length]]
                return source.problem(reason, *place, *path[length:])
        return self.source.problem(reason, *path)

    def came_from_item(self, *path: str | int) -> bool:
        """Say whether the part at `path` was written in the item itself, not in a group."""
        return self.origins.get(path, (self.source, path))[0] is self.source


def expand(source: SourceFile, shared: Shared) -> Expanded:
    """Return the item of a well-shaped source file with its groups and samples worked out."""
    document: dict[str, Any] = copy.deepcopy(cast(dict[str, Any], source.value))
    expanded = Expanded(source, document)
    for key, value in document.items():
        if isinstance(value, dict) and list(value) == ["use"]:
            document[key] = _shared_text(expanded, key, str(value["use"]), shared.texts)
    written, document["sections"] = document["sections"], []
    for number, entry in enumerate(written):
        section = _section(expanded, entry, number, shared.groups)
        if section is not None:
            document["sections"].append(section)
    document["samples"] = list(_samples(expanded, document["samples"]))
    return expanded


def _shared_text(expanded: Expanded, key: str, name: str, texts: Mapping[str, Any]) -> Any:
    if name not in texts:
        expanded.problems.append(expanded.source.problem(f"there is no shared text '{name}'", key))
    return texts.get(name, {"zh": "", "en": ""})


def _section(
    expanded: Expanded, entry: dict[str, Any], number: int, groups: Mapping[str, SourceFile]
) -> dict[str, Any] | None:
    place: Place = ("sections", len(expanded.document["sections"]))
    expanded.origins[place] = (expanded.source, ("sections", number))
    if "use" not in entry:
        return entry
    group = groups.get(str(entry["use"]))
    if group is None:
        reason = f"there is no shared group '{entry['use']}'"
        expanded.problems.append(expanded.source.problem(reason, "sections", number, "use"))
        return None
    section: dict[str, Any] = copy.deepcopy(cast(dict[str, Any], group.value))
    omitted, adjusted = set(entry.get("omit", [])), entry.get("adjust", {})
    known = {asked["id"] for asked in section["fields"]}
    for name in sorted((omitted | set(adjusted)) - known):
        reason = f"group '{entry['use']}' has no field '{name}'"
        expanded.problems.append(expanded.source.problem(reason, "sections", number))
    section.update({key: entry[key] for key in SECTION_KEYS if key in entry})
    section["shared"] = entry["use"]
    section["fields"] = []
    for origin, asked in _fields(expanded.source, number, entry, group):
        if asked["id"] in omitted and origin[0] is group:
            continue
        expanded.origins[(*place, "fields", len(section["fields"]))] = origin
        for key in adjusted.get(asked["id"], {}) if origin[0] is group else ():
            spot = (*place, "fields", len(section["fields"]), key)
            written = ("sections", number, "adjust", asked["id"], key)
            expanded.origins[spot] = (expanded.source, written)
        section["fields"].append({**asked, **adjusted.get(asked["id"], {})})
    return section


def _fields(
    source: SourceFile, number: int, entry: dict[str, Any], group: SourceFile
) -> Iterator[tuple[tuple[SourceFile, Place], dict[str, Any]]]:
    shared: Any = group.value
    for index, asked in enumerate(shared["fields"]):
        yield (group, ("fields", index)), copy.deepcopy(asked)
    for index, asked in enumerate(entry.get("fields", [])):
        yield (source, ("sections", number, "fields", index)), asked


def _samples(expanded: Expanded, written: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    whole: dict[str, dict[str, Any]] = {}
    for number, entry in enumerate(written):
        base = whole.get(str(entry.get("from")), {})
        today = entry.get("today") or base.get("today")
        answers = copy.deepcopy(entry.get("answers") or base.get("answers"))
        if today is None or answers is None:
            reason = "a sample needs today and answers, or an earlier sample to start from"
            expanded.problems.append(expanded.source.problem(reason, "samples", number))
            continue
        try:
            for path, value in entry.get("set", {}).items():
                _put(answers, path.split("."), value)
            for path in entry.get("drop", []):
                _drop(answers, path.split("."))
        except (LookupError, TypeError, ValueError, AttributeError):
            reason = f"the sample it starts from has no '{path}'"
            expanded.problems.append(expanded.source.problem(reason, "samples", number))
            continue
        expect = [[place, code] for place, code in entry.get("expect", {}).items()]
        sample = {"name": entry["name"], "today": today, "answers": answers, "expect": expect}
        whole[entry["name"]] = sample
        yield sample


def _put(answers: Any, path: list[str], value: Any) -> None:
    for key in path[:-1]:
        answers = answers[int(key)] if isinstance(answers, list) else answers.setdefault(key, {})
    if isinstance(answers, list):
        answers[int(path[-1]) :] = [value, *answers[int(path[-1]) + 1 :]]
    else:
        answers[path[-1]] = value


def _drop(answers: Any, path: list[str]) -> None:
    for key in path[:-1]:
        answers = answers[int(key)] if isinstance(answers, list) else answers[key]
    if isinstance(answers, list):
        del answers[int(path[-1])]
    else:
        answers.pop(path[-1], None)
