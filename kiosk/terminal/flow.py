"""The order of an application's pages: one stop per question, one per list.

Pure: knows items and answers, no requests, no addresses. Neighbours: `forms.asking` says what is
visible; the route modules turn stops into addresses.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from forms.bundling import CHOICE
from forms.definition import Answers, Field, Section, ServiceItem
from forms.schema import InvalidAnswers, validate_field, visible_fields, visible_sections

IDENTITY = ("name", "id_number", "phone")
"""Fields of the section "applicant" that the first page asks together."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A page of the questions: one field, or the list of a repeat section (`field` None)."""

    section: Section
    field: Field | None


def stops(item: ServiceItem, answers: Answers) -> tuple[Stop, ...]:
    """Return the pages these answers lead to, in order, without the identity page."""
    found: list[Stop] = []
    for section in visible_sections(item, answers):
        if section.repeat:
            found.append(Stop(section, None))
            continue
        for field in visible_fields(item, section, answers):
            if section.id != "applicant" or field.id not in IDENTITY:
                found.append(Stop(section, field))
    return tuple(found)


def is_choice(stop: Stop) -> bool:
    """Say whether the page asks which members of a bundle are wanted: it comes before all."""
    return stop.section.id == CHOICE


def place_of(found: tuple[Stop, ...], section_id: str, field_id: str | None) -> int | None:
    """Return the index of a stop, or None when it is not asked."""
    for index, stop in enumerate(found):
        if stop.section.id == section_id and (stop.field.id if stop.field else None) == field_id:
            return index
    return None


def first_open(item: ServiceItem, answers: Answers) -> Stop | None:
    """Return the first stop that is not answered well, or None when all are."""
    return next((stop for stop in stops(item, answers) if not _answered(item, answers, stop)), None)


def answered(item: ServiceItem, answers: Answers) -> tuple[int, int]:
    """Return how many stops are answered well, and how many there are."""
    found = stops(item, answers)
    return sum(_answered(item, answers, stop) for stop in found), len(found)


def row_fields(
    item: ServiceItem, section: Section, answers: Answers, row: int
) -> tuple[Field, ...]:
    """Return the fields to ask in a row of a repeat section; a new row is judged as empty."""
    return visible_fields(item, section, answers, row)


def rows_of(answers: Answers, section: Section) -> list[dict[str, object]]:
    """Return the rows given so far."""
    given = answers.get(section.id)
    return list(given) if isinstance(given, list) else []


def row_done(item: ServiceItem, section: Section, answers: Answers, row: int) -> bool:
    """Say whether every question of a row is answered well."""
    given = rows_of(answers, section)[row]
    return all(
        _well(item, section, field, given.get(field.id), answers, row)
        for field in row_fields(item, section, answers, row)
    )


def _answered(item: ServiceItem, answers: Answers, stop: Stop) -> bool:
    if stop.field is None:
        rows, repeat = rows_of(answers, stop.section), stop.section.repeat
        return (
            repeat is not None
            and repeat.min <= len(rows) <= repeat.max
            and all(row_done(item, stop.section, answers, row) for row in range(len(rows)))
        )
    given = answers.get(stop.section.id)
    value = given.get(stop.field.id) if isinstance(given, Mapping) else None
    return _well(item, stop.section, stop.field, value, answers, None)


def _well(
    item: ServiceItem,
    section: Section,
    field: Field,
    value: object,
    answers: Answers,
    row: int | None,
) -> bool:
    try:
        validate_field(item, section.id, field.id, value, answers, row=row)
    except InvalidAnswers:
        return False
    return True
