"""The shapes of a catalogue's files by kind: items, bundles, help items, approvals, what is shared.

Must not know what rules or samples mean. Neighbours: `shape` has the parts that these are made of;
what passes here can be expanded and decoded without surprises.
"""

import re
from collections.abc import Mapping

from forms.checks.shape import (
    ITEM_CODE,
    Found,
    Keys,
    Shape,
    all_texts,
    choices,
    flag,
    identifier,
    item,
    many,
    mapping,
    matching,
    one_of,
    own,
    text,
    whole,
    word,
)
from forms.definition import JSON
from forms.helping import DOMAINS
from forms.source import Place, Problem, SourceFile

BUNDLE_CODE = re.compile(r"YJS-\d{2}")

_linked = matching(re.compile(r"[A-Z]{2}-\d{2,3}"), "a code like MZ-001 or GJ-101")
_feature = Keys({"code": identifier, "label": text, "expect": text}, {})
_help_item = Keys(
    {
        "code": matching(re.compile(r"BD-\d{3}"), "a code like BD-001"),
        "name": text,
        "linked": _linked,
        "features": many(word, 1),
    },
    {},
)
_help = Keys(
    {"domain": one_of(*DOMAINS), "provenance": text, "items": many(_help_item, 1)},
    {},
)
_approval = Keys(
    {
        "code": matching(re.compile(r"GJ-\d{3}"), "a code like GJ-101"),
        "name": text,
        "department": text,
        "relation": one_of("serial", "parallel"),
        "predecessors": many(word),
        "working_days": whole,
        "counted": flag,
        "note": text,
    },
    {},
)
_stage = Keys(
    {
        "number": whole,
        "name": text,
        "limit": whole,
        "provenance": text,
        "approvals": many(_approval, 1),
    },
    {},
)


def _layers(value: JSON, path: Place) -> Found:
    yield from mapping(value, path)
    for name, target in value.items() if isinstance(value, dict) else ():
        yield from identifier(target, (*path, name))


def _titles(value: JSON, path: Place) -> Found:
    yield from mapping(value, path)
    for name, entry in value.items() if isinstance(value, dict) else ():
        yield from text(entry, (*path, name))


_member = Keys({"code": matching(ITEM_CODE, "a code like MZ-001")}, {"ticked": flag, "as": _layers})
_bundle = Keys(
    {
        "code": matching(BUNDLE_CODE, "a code like YJS-01"),
        "name": text,
        "department": text,
        "search_words": many(word, 1),
        "asked_once": text,
        "members": many(_member, 2),
        "steps": many(Keys({"name": text, "by": text, "how": text}, {})),
        "provenance": text,
    },
    {"titles": _titles},
)
SHAPES: Mapping[str, Shape] = {
    "features": many(_feature, 1),
    "help": _help,
    "stage": _stage,
    "item": item,
    "bundle": _bundle,
    "group": own,
    "list": choices,
    "texts": all_texts,
}


def check_shape(source: SourceFile, kind: str) -> list[Problem]:
    """Return what is wrong with the shape of a file of `kind` (a key of SHAPES)."""
    return [source.problem(reason, *path) for reason, path in SHAPES[kind](source.value, ())]
