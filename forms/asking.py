"""Which questions an item asks, given the answers so far.

Sections and fields are opened in the order of the definition; an answer to a question that is
not asked is dropped before any later rule can see it. Must not know answer types or marshmallow.
Neighbours: `schema` judges what is opened here; pages ask for `visible_sections`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from forms.definition import Field, Requirement, Rule, Section, ServiceItem
from forms.rules import evaluate, local_today

EMPTY: tuple[object, ...] = (None, "", [], {})


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an opened section: its visible fields, kept answers and what rules may see."""

    index: int | None
    fields: tuple[Field, ...]
    kept: dict[str, object]
    scope: Mapping[str, object]

    def path(self, section: Section, field: Field) -> str:
        """Return the dotted path of a field of this row, such as "household.0.name"."""
        place = section.id if self.index is None else f"{section.id}.{self.index}"
        return f"{place}.{field.id}"


@dataclass(frozen=True, slots=True)
class Opened:
    """A visible section with its rows; a section without repeat has exactly one."""

    section: Section
    rows: tuple[Row, ...]
    scope: Mapping[str, object]

    @property
    def kept(self) -> dict[str, object] | list[dict[str, object]]:
        """The answers to what is asked here; a list of rows in a section with repeat."""
        if self.section.repeat:
            return [row.kept for row in self.rows]
        return self.rows[0].kept


def open_sections(
    item: ServiceItem, answers: Mapping[str, object], today: date | None = None
) -> Iterator[Opened]:
    """Yield the visible sections in order. In every `scope`, `this` is the row itself."""
    day = today or local_today()
    kept: dict[str, object] = {}
    for section in item.sections:
        if _holds(section.visible, kept, day):
            yield _open(section, answers.get(section.id), kept, day)


def visible_sections(
    item: ServiceItem, answers: Mapping[str, object], today: date | None = None
) -> tuple[Section, ...]:
    """Return the sections to ask, in order."""
    return tuple(opened.section for opened in open_sections(item, answers, today))


def visible_fields(
    item: ServiceItem,
    section: Section,
    answers: Mapping[str, object],
    row: int | None = None,
    today: date | None = None,
) -> tuple[Field, ...]:
    """Return the fields to ask in a section, or in row number `row` of a repeat section.

    A row that has no answers yet is judged as an empty one; an invisible section has no fields.
    """
    found = open_row(item, section.id, answers, row, today)
    return found.fields if found else ()


def required_requirements(
    item: ServiceItem, answers: Mapping[str, object], today: date | None = None
) -> tuple[Requirement, ...]:
    """Return the materials these answers call for, in the order of the definition."""
    day = today or local_today()
    return called_for(item, kept_answers(item, answers, day), day)


def called_for(
    item: ServiceItem, kept: Mapping[str, object], today: date | None = None
) -> tuple[Requirement, ...]:
    """As `required_requirements`, of answers that `kept_answers` or `schema.validate` returned."""
    day = today or local_today()
    return tuple(entry for entry in item.requirements if _holds(entry.when, kept, day))


def is_commitment_required(
    item: ServiceItem, answers: Mapping[str, object], today: date | None = None
) -> bool:
    """Tell whether these answers can be handed in only with the item's promise."""
    if item.commitment_required is None:
        return False
    day = today or local_today()
    return _holds(item.commitment_required, kept_answers(item, answers, day), day)


def kept_answers(
    item: ServiceItem, answers: Mapping[str, object], today: date | None = None
) -> dict[str, object]:
    """Return the answers without those to questions that are not asked."""
    return {opened.section.id: opened.kept for opened in open_sections(item, answers, today)}


def open_row(
    item: ServiceItem,
    section_id: str,
    answers: Mapping[str, object],
    index: int | None,
    today: date | None = None,
) -> Row | None:
    """Return one row of a section as it would be asked, or None when the section is not asked.

    Raises KeyError for a section the item does not have.
    """
    section = item.section(section_id)
    if section.repeat:
        given = answers.get(section_id)
        rows = list(given) if isinstance(given, list) else []
        rows += [{}] * ((index or 0) + 1 - len(rows))
        answers = {**answers, section_id: rows}
    for opened in open_sections(item, answers, today):
        if opened.section is section:
            return opened.rows[index or 0]
    return None


def _holds(rule: Rule | None, scope: Mapping[str, object], day: date) -> bool:
    return rule is None or evaluate(rule, scope, day)


def _open(section: Section, given: object, kept: dict[str, object], day: date) -> Opened:
    if section.repeat is None:
        answers: dict[str, object] = {}
        kept[section.id] = answers
        row = _open_row(section, given, answers, None, {**kept, "this": answers}, day)
        return Opened(section, (row,), row.scope)
    rows: list[Row] = []
    listed: list[dict[str, object]] = []
    kept[section.id] = listed
    for index, entry in enumerate(given if isinstance(given, list) else []):
        answers = {}
        listed.append(answers)
        rows.append(_open_row(section, entry, answers, index, {**kept, "this": answers}, day))
    return Opened(section, tuple(rows), dict(kept))


def _open_row(
    section: Section,
    given: object,
    answers: dict[str, object],
    index: int | None,
    scope: Mapping[str, object],
    day: date,
) -> Row:
    source = given if isinstance(given, Mapping) else {}
    fields = []
    for field in section.fields:
        if _holds(field.visible, scope, day):
            fields.append(field)
            value = source.get(field.id)
            if value not in EMPTY:
                answers[field.id] = value
    return Row(index, tuple(fields), answers, scope)
