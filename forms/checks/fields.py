"""Are the fields of an item real? Answer types, choices, bounds, and ids that are unique.

Must not know rules' operators or samples. Neighbours: `checks.logic` looks at the rules.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from forms.expansion import Expanded
from forms.fields import ANSWER_TYPES
from forms.source import Problem

NEEDS_CHOICES = frozenset(("choice", "choices", "address"))
APPLICANT = ("name", "id_number", "phone")


def check_fields(item: Expanded, lists: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with the sections, fields, choices and ids of one item."""
    sections = item.document["sections"]
    yield from _doubled(item, sections, "section", "sections")
    yield from _doubled(item, item.document["requirements"], "requirement", "requirements")
    applicant = next((entry for entry in sections if entry["id"] == "applicant"), None)
    if applicant is None or applicant.get("repeat"):
        yield item.problem("an item needs one section 'applicant'", "sections")
    else:
        known = {asked["id"] for asked in applicant["fields"]}
        for name in APPLICANT:
            if name not in known:
                yield item.problem(f"the section 'applicant' needs '{name}'", "sections")
    for number, section in enumerate(sections):
        place = ("sections", number)
        repeat = section.get("repeat")
        if repeat and repeat["max"] < max(repeat["min"], 1):
            yield item.problem("the repeat can hold no rows", *place, "repeat")
        yield from _doubled(item, section["fields"], "field", *place, "fields")
        for index, asked in enumerate(section["fields"]):
            yield from _field(item, asked, lists, *place, "fields", index)


def _doubled(
    item: Expanded, entries: Sequence[Any], what: str, *path: str | int
) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, entry in enumerate(entries):
        if entry["id"] in seen:
            yield item.problem(f"the {what} id '{entry['id']}' is used twice", *path, number)
        seen.add(entry["id"])


def _field(
    item: Expanded, asked: Any, lists: Mapping[str, Any], *path: str | int
) -> Iterator[Problem]:
    answer_type = ANSWER_TYPES.get(asked["answer"])
    if answer_type is None:
        yield item.problem(f"there is no answer type '{asked['answer']}'", *path, "answer")
        return
    for name in sorted(asked.get("params", {}).keys() - answer_type.params):
        reason = f"'{asked['answer']}' has no parameter '{name}'"
        yield item.problem(reason, *path, "params", name)
    choices = asked.get("choices", [])
    if isinstance(choices, str) and choices not in lists:
        yield item.problem(f"there is no choice list '{choices}'", *path, "choices")
        return
    if bool(choices) != (asked["answer"] in NEEDS_CHOICES):
        reason = "needs choices" if asked["answer"] in NEEDS_CHOICES else "takes no choices"
        yield item.problem(f"'{asked['answer']}' {reason}", *path)
    listed = lists[choices] if isinstance(choices, str) else choices
    for code, times in Counter(choice["code"] for choice in listed).items():
        if times > 1:
            yield item.problem(f"the choice '{code}' is given twice", *path, "choices")
    codes = Counter(check["code"] for check in asked.get("checks", []))
    for code, times in codes.items():
        if times > 1:
            yield item.problem(f"the check '{code}' is given twice", *path, "checks")
