"""Everything a catalogue is checked for before it may become a release.

Each module looks at one matter and yields problems with file, line and reason; the meaning of a
definition is looked at only when its shape is right. Must not write anything.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from forms.checks.bundles import check_bundles
from forms.checks.fields import check_fields
from forms.checks.logic import check_rules
from forms.checks.requirements import check_requirements
from forms.checks.samples import check_samples
from forms.checks.shapes import check_shape
from forms.decoding import decode_choices
from forms.expansion import Expanded
from forms.source import Problem

__all__ = ["check_bundles", "check_catalogue", "check_shape"]


def check_catalogue(
    items: Sequence[Expanded], lists: Mapping[str, Any], count: int | None
) -> list[Problem]:
    """Return every problem of well-shaped items; `count` is how many there must be, if given."""
    problems = list(_whole(items, count))
    decoded = {name: decode_choices(entries) for name, entries in lists.items()}
    for item in items:
        found = [
            *check_fields(item, lists),
            *check_rules(item, lists),
            *check_requirements(item),
        ]
        # A sample can only be judged by a definition that is sound in itself.
        problems.extend(found or check_samples(item, decoded))
    return problems


def _whole(items: Sequence[Expanded], count: int | None) -> Iterator[Problem]:
    if count is not None and len(items) != count:
        yield Problem("items", 1, f"there are {len(items)} items and should be {count}")
    codes: dict[str, str] = {}
    own: defaultdict[frozenset[tuple[str, str]], list[Expanded]] = defaultdict(list)
    for item in items:
        code, file = item.document["code"], item.source.file
        if code in codes:
            yield item.problem(f"the code {code} is already that of {codes[code]}", "code")
        codes.setdefault(code, file)
        if file.rpartition("/")[2] != f"{code}.yaml":
            yield item.problem(f"the file of {code} must be called {code}.yaml", "code")
        own[_own_fields(item)].append(item)
    for same in own.values():
        for item in same[1:]:
            reason = f"its own fields are those of {same[0].document['code']}"
            yield item.problem(reason, "sections")


def _own_fields(item: Expanded) -> frozenset[tuple[str, str]]:
    """Return label and answer type of the fields that do not come from a shared group."""
    return frozenset(
        (asked["label"]["zh"], asked["answer"])
        for number, section in enumerate(item.document["sections"])
        for index, asked in enumerate(section["fields"])
        if item.came_from_item("sections", number, "fields", index)
    )
