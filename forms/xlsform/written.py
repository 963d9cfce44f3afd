"""The document of an item as YAML in the style of `forms/items`.

Puts `use:` where a shared group or text stands, and writes texts, rules and answers on one line.
Must not know workbooks. Neighbours: `importing` makes the document, `forms.expansion` undoes what
is done here.
"""

from collections.abc import Mapping
from typing import Any

import yaml

from forms.expansion import SECTION_KEYS, Shared, expand
from forms.source import SourceFile

ORDER = (
    *("code", "name", "search_words", "department", "category", "life_event", "audience", "kind"),
    *("case_type", "statutory", "promised", "fee", "basis", "conditions", "procedure", "result"),
    *("delivery", "places", "hours", "contact", "complaints", "visits", "scope"),
    *("help_available", "commitment", "commitment_required", "deferral", "express_delivery"),
    *("requirements", "sections", "provenance", "samples"),
)
MAY_BE_SHARED = (
    "department",
    "fee",
    "delivery",
    "places",
    "hours",
    "contact",
    "complaints",
    "scope",
)
IN_BLOCKS = frozenset(("requirements", "sections", "samples", "fields", "checks", "adjust"))
"""Keys whose values take a line for each part; what is not below one of these takes one line."""


class _OneLine(dict[str, Any]):
    """A mapping that is written in braces."""


class _Row(list[Any]):
    """A list that is written in brackets."""


class _Dumper(yaml.SafeDumper):
    """YAML as people write it here: indented lists, no anchors."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists below their key."""
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        """Write equal values again."""
        return True


_Dumper.add_representer(
    _OneLine, lambda dumper, data: dumper.represent_mapping("tag:yaml.org,2002:map", data, True)
)
_Dumper.add_representer(
    _Row, lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, True)
)


def to_source(document: Mapping[str, Any], shared: Shared) -> dict[str, Any]:
    """Return an expanded document in the shape of a file of `forms/items`."""
    keys = [key for key in ORDER if key in document]
    keys += [key for key in document if key not in ORDER]
    source = {key: document[key] for key in keys}
    names = {_key(text): name for name, text in shared.texts.items()}
    for key in MAY_BE_SHARED:
        if key in source and _key(source[key]) in names:
            source[key] = {"use": names[_key(source[key])]}
    source["sections"] = [_collapsed(section, shared) for section in document["sections"]]
    source["samples"] = [_sample(sample) for sample in document["samples"]]
    return source


def to_yaml(source: Mapping[str, Any]) -> str:
    """Return the text of a file with this content, ending with a newline."""
    styled = {key: _styled(key, value) for key, value in source.items()}
    return yaml.dump(styled, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100_000)


def _sample(sample: Mapping[str, Any]) -> dict[str, Any]:
    written = {key: value for key, value in sample.items() if key != "expect"}
    return {**written, "expect": dict(sample["expect"])} if sample["expect"] else written


def _key(text: object) -> tuple[object, ...]:
    return (text.get("zh"), text.get("en"), len(text)) if isinstance(text, dict) else (text,)


def _styled(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        if key in ("commitment", "provenance"):
            return value
        if key == "adjust":
            return {name: _block(each) for name, each in value.items()}
        return _OneLine(value)
    if isinstance(value, list) and key in IN_BLOCKS:
        return [_block(entry) for entry in value]
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [_OneLine(entry) for entry in value]
    return _Row(value) if isinstance(value, list) else value


def _block(entry: Any) -> Any:
    if not isinstance(entry, dict):
        return entry
    return {
        key: {name: _styled(name, each) for name, each in value.items()}
        if key == "answers"
        else _styled(key, value)
        for key, value in entry.items()
    }


def _collapsed(section: Mapping[str, Any], shared: Shared) -> dict[str, Any]:
    """Return a section as a use of its group where that says the same, else as its own."""
    own = {key: section[key] for key in ("id", "title") if key in section}
    own |= {key: value for key, value in section.items() if key not in ("shared", "fields")}
    own["fields"] = section["fields"]
    group = shared.groups.get(str(section.get("shared")))
    if group is None:
        return own
    entry = _use(section, group)
    written: Any = {"sections": [entry], "samples": []}
    again = expand(SourceFile("", written, {}), shared)
    return entry if again.document["sections"] == [section] and not again.problems else own


def _use(section: Mapping[str, Any], group: SourceFile) -> dict[str, Any]:
    whole: Any = group.value
    entry: dict[str, Any] = {"use": section["shared"]}
    for key in SECTION_KEYS:
        if key in section and section[key] != whole.get(key):
            entry[key] = section[key]
    known = {asked["id"]: asked for asked in whole["fields"]}
    kept = [asked for asked in section["fields"] if asked["id"] in known]
    omit = [name for name in known if name not in {asked["id"] for asked in kept}]
    adjust = {
        asked["id"]: {
            key: value for key, value in asked.items() if known[asked["id"]].get(key) != value
        }
        for asked in kept
    }
    more = {
        "omit": omit,
        "adjust": {name: changes for name, changes in adjust.items() if changes},
        "fields": [asked for asked in section["fields"] if asked["id"] not in known],
    }
    return entry | {key: value for key, value in more.items() if value}
