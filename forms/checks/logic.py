"""Are the rules of an item sound? Operators both engines agree on, fields that exist, no peeking.

A question may depend only on earlier answers, so that pages can be asked one after another.
Must not know samples. Neighbours: `forms.rules` knows the operators.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from forms.expansion import Expanded
from forms.rules import ALLOWED, compared_literals, is_well_formed, operators_in, paths_in
from forms.source import Place, Problem

Codes = frozenset[str] | None


@dataclass(slots=True)
class _Known:
    """The paths a rule may read so far, with the codes of those that are choices."""

    paths: dict[str, Codes] = field(default_factory=dict)
    rows: set[str] = field(default_factory=set)

    def within(self, section: str) -> dict[str, Codes]:
        """Return the paths with those of `section` also under `this`."""
        here = {
            f"this.{path.removeprefix(section + '.')}": codes
            for path, codes in self.paths.items()
            if path.startswith(f"{section}.")
        }
        outside = {
            path: codes
            for path, codes in self.paths.items()
            if path.partition(".")[0] not in self.rows or path in self.rows
        }
        return {**outside, **here}


def check_rules(item: Expanded, lists: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with every rule of one item."""
    known = _Known()
    for number, section in enumerate(item.document["sections"]):
        place: Place = ("sections", number)
        name = section["id"]
        if section.get("visible") is not None:
            yield from _rule(item, section["visible"], known.within(""), *place, "visible")
        if section.get("repeat"):
            known.rows.add(name)
            known.paths[name] = None
        for index, asked in enumerate(section["fields"]):
            spot = (*place, "fields", index)
            for key in ("visible", "required"):
                if isinstance(asked.get(key), dict):
                    yield from _rule(item, asked[key], known.within(name), *spot, key)
            known.paths[f"{name}.{asked['id']}"] = _codes(asked, lists)
            for each, check in enumerate(asked.get("checks", [])):
                where = (*spot, "checks", each, "rule")
                yield from _rule(item, check["rule"], known.within(name), *where)
        for each, check in enumerate(section.get("checks", [])):
            where = (*place, "checks", each, "rule")
            yield from _rule(item, check["rule"], known.within(""), *where)
    for number, requirement in enumerate(item.document["requirements"]):
        if requirement.get("when") is not None:
            where = ("requirements", number, "when")
            yield from _rule(item, requirement["when"], known.within(""), *where)
    if item.document.get("commitment_required") is not None:
        logic = item.document["commitment_required"]
        yield from _rule(item, logic, known.within(""), "commitment_required")


def _codes(asked: Any, lists: Mapping[str, Any]) -> Codes:
    if asked["answer"] not in {"choice", "choices"}:
        return None
    choices = asked.get("choices", [])
    listed = lists.get(choices, []) if isinstance(choices, str) else choices
    return frozenset(choice["code"] for choice in listed)


def _rule(
    item: Expanded, logic: Any, known: Mapping[str, Codes], *path: str | int
) -> Iterator[Problem]:
    if not is_well_formed(logic):
        yield item.problem("a rule needs one operator with its arguments at each place", *path)
        return
    for operator in sorted(set(operators_in(logic)) - ALLOWED):
        yield item.problem(f"the operator '{operator}' is not one of ours", *path)
    read = list(paths_in(logic))
    if not read:
        yield item.problem("the rule looks at no answer, so it is always the same", *path)
    for name in sorted(set(read) - known.keys()):
        reason = f"the rule names '{name}', which is no earlier field of this item"
        yield item.problem(reason, *path)
    for operator, name, literal in compared_literals(logic):
        if operator in {"==", "!="} and (literal is None or isinstance(literal, bool)):
            # Python's engine and the browser's differ on `==` with true, false and null.
            yield item.problem("compare with true, false or null only by ===", *path)
        codes = known.get(name)
        if codes is not None and isinstance(literal, str) and literal not in codes:
            yield item.problem(f"'{name}' has no choice '{literal}'", *path)
