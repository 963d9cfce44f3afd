"""Can I do this here? A few questions from an item's own words, and what the replies come to.

The conditions of an item are asked as they are written, and of its form those yes-or-no questions
on which a material hangs. A reply never ends in a no: conditions are short and people are not, so
that every doubt leads to the staff, with its reason. Must not know pages; stores nothing.
Neighbours: `definition` has the conditions, `rules` says when a material is needed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from forms.definition import Field, Requirement, ServiceItem, Text
from forms.rules import evaluate, reads

Reply = Literal["yes", "no", "unsure"]
REPLIES: tuple[Reply, ...] = ("yes", "no", "unsure")
Outcome = Literal["yes", "bring", "ask"]

#: More would be the form itself.
MOST_ABOUT_MATERIALS = 3
#: What is made from the answers, or asked of another department, is not brought.
BROUGHT = ("applicant", "certificate")


@dataclass(frozen=True, slots=True)
class Question:
    """A sentence to reply to. `path` is the form's question (section.field); None: a condition."""

    id: str
    text: Text
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """A condition that was not met (`reply` is "no") or that nobody at the screen can tell."""

    condition: Text
    reply: Reply


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the replies come to: what to bring for certain, what perhaps, and why to ask."""

    doubts: tuple[Doubt, ...]
    bring: tuple[Requirement, ...]
    perhaps: tuple[Requirement, ...]

    @property
    def outcome(self) -> Outcome:
        """Return "ask" when there is a doubt, "bring" when papers are needed, else "yes"."""
        if self.doubts:
            return "ask"
        return "bring" if self.bring else "yes"


def questions(item: ServiceItem) -> tuple[Question, ...]:
    """Return what to ask, conditions first; the same item, the same ids."""
    conditions = (
        Question(f"condition-{number}", text) for number, text in enumerate(item.conditions, 1)
    )
    deciding = {path: field for _, path, field in _decided(item)}
    about_materials = (
        Question(f"material-{number}", field.label, path)
        for number, (path, field) in enumerate(deciding.items(), 1)
    )
    return (*conditions, *list(about_materials)[:MOST_ABOUT_MATERIALS])


def judge(item: ServiceItem, replies: Mapping[str, Reply]) -> Verdict:
    """Return what the replies (question id → reply) come to; one that is missing is "unsure"."""
    asked = questions(item)
    given = {entry.id: replies.get(entry.id, "unsure") for entry in asked}
    doubts = tuple(
        Doubt(entry.text, given[entry.id])
        for entry in asked
        if entry.path is None and given[entry.id] != "yes"
    )
    known = {entry.path: given[entry.id] for entry in asked if entry.path is not None}
    needed = {entry.id: _is_needed(item, entry, known) for entry in item.requirements}
    to_bring = [entry for entry in item.requirements if entry.source in BROUGHT]
    return Verdict(
        doubts,
        tuple(entry for entry in to_bring if needed[entry.id] == "yes"),
        tuple(entry for entry in to_bring if needed[entry.id] == "unsure"),
    )


def _is_needed(item: ServiceItem, requirement: Requirement, known: Mapping[str, Reply]) -> Reply:
    if requirement.when is None:
        return "yes"
    path = next((path for entry, path, _ in _decided(item) if entry is requirement), None)
    reply = known.get(path, "unsure") if path else "unsure"
    if path is None or reply == "unsure":
        return "unsure"
    section, field = path.split(".")
    return "yes" if evaluate(requirement.when, {section: {field: reply == "yes"}}) else "no"


def _decided(item: ServiceItem) -> Iterator[tuple[Requirement, str, Field]]:
    """Yield the materials that hang on one yes-or-no question alone, with that question."""
    fields = {
        f"{section.id}.{field.id}": field
        for section in item.sections
        if section.repeat is None and section.visible is None
        for field in section.fields
        if field.answer == "yes_no" and field.visible is None
    }
    for requirement in item.requirements:
        paths = reads(requirement.when) if requirement.when else frozenset()
        if requirement.source in BROUGHT and len(paths) == 1 and (path := min(paths)) in fields:
            yield requirement, path, fields[path]
