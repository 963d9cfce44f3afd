"""One form of several: the sections of a bundle's members laid over each other.

What two members ask of the same person is one question; what only one asks is kept apart under a
name that begins with the member's code. Rules are rewritten to where the answers now lie. Pure;
must not know files or pages. Neighbours: `bundling` decides what is laid where and splits back.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from forms.definition import JSON, Check, Field, Repeat, Rule, Section, Text
from forms.rules import SCOPED, paths_in

Place = tuple[str, str]
Rename = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Asking:
    """One member's wish to ask a question: when (None: always), whether it must be answered."""

    field: Field
    asked: JSON
    required: JSON
    checks: tuple[Check, ...]


@dataclass(slots=True)
class Layer:
    """A section in the making; `visible` holds each member's rule, None for always."""

    id: str
    title: Text
    shared: str | None
    repeat: Repeat | None
    askings: dict[str, list[Asking]] = field(default_factory=dict)
    visible: list[JSON] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)

    def section(self) -> Section:
        """Return the section with each question asked once."""
        return Section(
            id=self.id,
            title=self.title,
            fields=tuple(_field(name, askings) for name, askings in self.askings.items()),
            repeat=self.repeat,
            visible=as_rule(any_of(self.visible)),
            shared=self.shared,
            checks=tuple(self.checks),
        )


def same_question(one: Field, other: Field) -> bool:
    """Say whether an answer to `one` answers `other`: same type, bounds and choices.

    The words may differ: "account number" and "account for the allowance" are one account.
    """
    return (one.answer, one.params, [choice.code for choice in one.choices]) == (
        other.answer,
        other.params,
        [choice.code for choice in other.choices],
    )


def renamed(logic: JSON, rename: Rename) -> JSON:
    """Return a rule that reads its answers where `rename` says; rows keep their own names."""
    if isinstance(logic, list):
        return [renamed(part, rename) for part in logic]
    if not isinstance(logic, dict):
        return logic
    ((operator, argument),) = logic.items()
    if operator == "var":
        first, *rest = argument if isinstance(argument, list) else [argument]
        return {"var": [rename(str(first)), *rest] if rest else rename(str(first))}
    if operator in SCOPED and isinstance(argument, list):
        return {operator: [renamed(argument[0], rename), *argument[1:]]}
    return {operator: renamed(argument, rename)}


def all_of(*rules: JSON) -> JSON:
    """Return the rule that holds when all do; None holds always."""
    given: list[JSON] = [rule for rule in rules if rule is not None]
    return given[0] if len(given) == 1 else {"and": given} if given else None


def any_of(rules: list[JSON]) -> JSON:
    """Return the rule that holds when one of them does; None holds always."""
    if any(rule is None for rule in rules):
        return None
    once = list({json.dumps(rule, sort_keys=True): rule for rule in rules}.values())
    return once[0] if len(once) == 1 else {"or": once} if once else None


def as_rule(logic: JSON) -> Rule | None:
    """Return the rule of an expression; None for the one that holds always."""
    return None if logic is None else Rule(logic)


def wider(one: Repeat | None, other: Repeat) -> Repeat:
    """Return the bounds that let in what either lets in; a member's own form judges its own."""
    if one is None:
        return other
    return Repeat(min(one.min, other.min), max(one.max, other.max))


def in_order(layers: Mapping[str, Layer]) -> Iterator[Section]:
    """Yield the sections so that each comes after those its rules look at.

    Otherwise they keep the order in which they first appeared.
    """
    sections = {name: layer.section() for name, layer in layers.items()}
    done: set[str] = set()

    def after_its_sources(name: str) -> Iterator[Section]:
        if name in done:
            return
        done.add(name)
        for source in _sources(sections[name]):
            if source in sections:
                yield from after_its_sources(source)
        yield sections[name]

    for name in sections:
        yield from after_its_sources(name)


def rules_of(section: Section) -> Iterator[Rule]:
    """Yield every rule of a section."""
    if section.visible:
        yield section.visible
    yield from (check.rule for check in section.checks)
    for entry in section.fields:
        if entry.visible:
            yield entry.visible
        if isinstance(entry.required, Rule):
            yield entry.required
        yield from (check.rule for check in entry.checks)


def _sources(section: Section) -> list[str]:
    read = (path for rule in rules_of(section) for path in paths_in(rule.logic))
    return [name for name in dict.fromkeys(path.partition(".")[0] for path in read) if name]


def _field(name: str, askings: list[Asking]) -> Field:
    first = askings[0].field
    return replace(
        first,
        id=name,
        visible=as_rule(any_of([asking.asked for asking in askings])),
        required=_required(askings),
        checks=tuple(_checks(askings)),
    )


def _required(askings: list[Asking]) -> bool | Rule:
    if all(asking.required is True for asking in askings):
        return True
    called_for = [
        asking.asked if asking.required is True else all_of(asking.asked, asking.required)
        for asking in askings
        if asking.required is not False
    ]
    if not called_for:
        return False
    logic = any_of(called_for)
    return True if logic is None else Rule(logic)


def _checks(askings: list[Asking]) -> Iterator[Check]:
    told = set()
    for asking in askings:
        for check in asking.checks:
            logic = check.rule.logic
            if len(askings) > 1 and asking.asked is not None:
                logic = {"or": [{"!": [asking.asked]}, logic]}
            mark = (check.code, json.dumps(logic, sort_keys=True))
            if mark not in told:
                told.add(mark)
                yield replace(check, rule=Rule(logic))
