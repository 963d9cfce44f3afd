"""Answers given by one definition of an item, laid into another: what fits, and what does not.

Judges shape and type of each answer alone; what is asked and whether all of it holds together is
for `schema`. Nothing is lost: what does not fit is returned with what it was. Neighbours:
`forms.fields` has the answer types; who keeps answers over a change of the catalogue calls this.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from forms.answers import is_empty
from forms.definition import Field, Section, ServiceItem, Text
from forms.fields import ANSWER_TYPES, Asked, Refused


@dataclass(frozen=True, slots=True)
class Unfit:
    """An answer that the definition does not take; `label` None when it asks nothing like it."""

    label: Text | None
    value: Any


def fit(item: ServiceItem, answers: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Unfit, ...]]:
    """Return the answers that `item` takes as they are, and those that it does not."""
    sections = {section.id: section for section in item.sections}
    kept: dict[str, Any] = {}
    unfit: list[Unfit] = []
    for name, given in answers.items():
        section = sections.get(name)
        if section is None or not _has_shape(section, given):
            unfit += (Unfit(section.title if section else None, value) for value in _values(given))
        elif section.repeat:
            kept[name] = [_row(section, row, unfit) for row in given]
        else:
            kept[name] = _row(section, given, unfit)
    return kept, tuple(unfit)


def _has_shape(section: Section, given: object) -> bool:
    if not section.repeat:
        return isinstance(given, Mapping)
    return isinstance(given, list) and all(isinstance(row, Mapping) for row in given)


def _row(section: Section, given: Mapping[str, Any], unfit: list[Unfit]) -> dict[str, Any]:
    fields = {field.id: field for field in section.fields}
    kept: dict[str, Any] = {}
    for name, value in given.items():
        field = fields.get(name)
        if is_empty(value) or (field and _takes(field, value)):
            kept |= {name: value} if field else {}
        else:
            unfit.append(Unfit(field.label if field else None, value))
    return kept


def _takes(field: Field, value: object) -> bool:
    choices = {choice.code: choice for choice in field.choices}
    try:
        ANSWER_TYPES[field.answer].clean(Asked(field.params, choices), value)
    except Refused:
        return False
    return True


def _values(given: object) -> Iterator[Any]:
    """Yield the single answers of a section or of its rows."""
    rows = given if isinstance(given, list) else [given]
    for row in rows:
        yield from (
            value
            for value in (row.values() if isinstance(row, Mapping) else [row])
            if not is_empty(value)
        )
