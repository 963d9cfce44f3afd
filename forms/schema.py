"""Is this set of answers good? The judgement over an item's answers.

marshmallow judges shape and each answer by its type (`answers`); then visibility, requiredness
and checks are judged over the cleaned answers, because they depend on each other. Must not know
pages, cases or files. Neighbours: `asking` (what is asked), `answers`, `rules`.
"""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date
from typing import Any

from marshmallow import ValidationError

from forms.answers import AnswerField, schema_for
from forms.asking import (
    Opened,
    Row,
    called_for,
    is_commitment_required,
    kept_answers,
    open_row,
    open_sections,
    required_requirements,
    visible_fields,
    visible_sections,
)
from forms.definition import Check, Field, Rule, Section, ServiceItem, Text
from forms.fields import Refused
from forms.rules import evaluate, local_today, reads

__all__ = [
    "FieldError",
    "InvalidAnswers",
    "called_for",
    "is_commitment_required",
    "judge_section",
    "kept_answers",
    "required_requirements",
    "schema_for",
    "validate",
    "validate_field",
    "visible_fields",
    "visible_sections",
]

REQUIRED = Text("请填写这一项", "This has to be answered")
UNKNOWN = Text("没有这一项", "There is no such question here")
NOT_ASKED = Text("这一项现在不需要填写", "This is not asked, given the other answers")
WRONG_TYPE = Text("内容的格式不对", "The content has the wrong shape")


@dataclass(frozen=True, slots=True)
class FieldError:
    """One refusal: dotted path ("household.0.name"), code for programs, message for people."""

    path: str
    code: str
    message: Text


class InvalidAnswers(Exception):
    """Answers that cannot be taken; `errors` has at least one entry, in the order asked."""

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__(", ".join(f"{error.path}: {error.code}" for error in errors))
        self.errors = errors


def validate(
    item: ServiceItem, answers: Mapping[str, object], today: date | None = None
) -> dict[str, Any]:
    """Return the cleaned answers: trimmed, IDs upper-cased, unasked answers dropped.

    Judged as on `today` (default: today in Asia/Shanghai). Raises InvalidAnswers with every
    refusal at once. Cleaning cleaned answers gives them again.
    """
    day = today or local_today()
    cleaned, refused = _clean(item, answers)
    errors = [error for path, error in refused.items() if error.code in _SHAPE_CODES]
    asked: dict[str, Opened] = {}
    if not any(error.code == "wrong_shape" for error in errors):
        unsettled: set[str] = set()
        asked = {opened.section.id: opened for opened in open_sections(item, cleaned, day)}
        for section in item.sections:
            if section.id in asked:
                errors.extend(_section_errors(asked[section.id], refused, unsettled, day))
            elif _reads_unsettled(section.visible, section.id, unsettled):
                unsettled.add(section.id)
    if errors:
        raise InvalidAnswers(tuple(errors))
    return {place: opened.kept for place, opened in asked.items()}


def validate_field(
    item: ServiceItem,
    section_id: str,
    field_id: str,
    value: object,
    answers: Mapping[str, object],
    row: int | None = None,
    today: date | None = None,
) -> Any:
    """Return one cleaned answer (None when nothing was given and nothing had to be).

    `answers` are those given so far; `row` is the row number in a repeat section. Raises
    InvalidAnswers, and KeyError for a section or field the item does not have.
    """
    day = today or local_today()
    section = item.section(section_id)
    field = next((entry for entry in section.fields if entry.id == field_id), None)
    if field is None:
        raise KeyError(field_id)
    opened = open_row(item, section_id, answers, row, day)
    path = section_id if row is None else f"{section_id}.{row}"
    if opened is None or field not in opened.fields:
        raise InvalidAnswers((FieldError(f"{path}.{field_id}", "not_asked", NOT_ASKED),))
    refused: dict[str, FieldError] = {}
    cleaned = None
    try:
        cleaned = AnswerField(field).deserialize(value)
    except ValidationError as error:
        refused = {f"{path}.{field_id}": found for found in _flat(error.messages, path, field_id)}
    opened.kept.pop(field_id, None)
    if cleaned is not None:
        opened.kept[field_id] = cleaned
    missing = _missing_paths(item, answers, day) - {f"{path}.{field_id}"}
    errors = tuple(_field_errors(opened, section, field, refused, missing, day))
    if errors:
        raise InvalidAnswers(errors)
    return cleaned


def judge_section(
    item: ServiceItem,
    section_id: str,
    given: object,
    answers: Mapping[str, object],
    today: date | None = None,
) -> tuple[Opened | None, tuple[FieldError, ...]]:
    """Return a section as `given` opens it, answers cleaned, and what is wrong with them.

    `answers` are those to the other sections. None for the section when they do not ask for it;
    KeyError for one the item does not have.
    """
    day, section = today or local_today(), item.section(section_id)
    known = {entry.id: answers[entry.id] for entry in item.sections if entry.id in answers}
    cleaned, refused = _clean(item, {**known, section_id: given})
    unsettled: set[str] = set()
    for opened in open_sections(item, cleaned, day):
        errors = tuple(_section_errors(opened, refused, unsettled, day))
        if opened.section is section:
            return opened, errors
    return None, ()


_SHAPE_CODES = ("unknown_field", "wrong_shape")


def _clean(
    item: ServiceItem, answers: Mapping[str, object]
) -> tuple[dict[str, Any], dict[str, FieldError]]:
    try:
        return schema_for(item).load(answers), {}
    except ValidationError as error:
        valid = error.valid_data if isinstance(error.valid_data, dict) else {}
        return valid, {found.path: found for found in _flat(error.messages)}


def _flat(messages: object, *path: str) -> Iterator[FieldError]:
    """Yield marshmallow's nested messages as errors with dotted paths."""
    if isinstance(messages, dict):
        for key, inner in messages.items():
            yield from _flat(inner, *path, *(() if key == "_schema" else (str(key),)))
        return
    for message in messages if isinstance(messages, list) else [messages]:
        place = ".".join(path)
        if isinstance(message, Refused):
            yield FieldError(place, message.code, message.message)
        elif message == "unknown":
            yield FieldError(place, "unknown_field", UNKNOWN)
        else:
            yield FieldError(place, "wrong_shape", WRONG_TYPE)


def _section_errors(
    opened: Opened, refused: Mapping[str, FieldError], unsettled: set[str], day: date
) -> Iterator[FieldError]:
    section, repeat = opened.section, opened.section.repeat
    if repeat and len(opened.rows) < repeat.min:
        yield FieldError(section.id, "too_few_rows", _rows_message("至少", "at least", repeat.min))
    if repeat and len(opened.rows) > repeat.max:
        yield FieldError(section.id, "too_many_rows", _rows_message("最多", "at most", repeat.max))
    for row in opened.rows:
        asked = {field.id for field in row.fields}
        for field in section.fields:
            if field.id in asked:
                for error in _field_errors(row, section, field, refused, unsettled, day):
                    unsettled.add(error.path)
                    yield error
            # Not asked only because of an answer still to be mended: not settled either.
            elif _reads_unsettled(field.visible, row.path(section, field), unsettled):
                unsettled.add(row.path(section, field))
    yield from _failed(section.checks, section.id, opened.scope, unsettled, day)


def _rows_message(zh: str, en: str, rows: int) -> Text:
    return Text(f"{zh}填写{rows}条", f"Give {en} {rows}")


def _field_errors(
    row: Row,
    section: Section,
    field: Field,
    refused: Mapping[str, FieldError],
    unsettled: Set[str],
    day: date,
) -> Iterator[FieldError]:
    path = row.path(section, field)
    if path in refused:
        yield refused[path]
    elif field.id in row.kept:
        yield from _failed(field.checks, path, row.scope, unsettled, day)
    elif _is_missing(row, field, day):
        required = None if isinstance(field.required, bool) else field.required
        rules = (section.visible, field.visible, required)
        # Whether it is asked at all may turn when an answer still to be mended is mended.
        if not any(_reads_unsettled(rule, path, unsettled) for rule in rules):
            yield FieldError(path, "required", REQUIRED)


def _missing_paths(item: ServiceItem, answers: Mapping[str, object], day: date) -> set[str]:
    return {
        row.path(opened.section, field)
        for opened in open_sections(item, answers, day)
        for row in opened.rows
        for field in row.fields
        if _is_missing(row, field, day)
    }


def _is_missing(row: Row, field: Field, day: date) -> bool:
    if field.id in row.kept or field.required is False:
        return False
    return field.required is True or evaluate(field.required, row.scope, day)


def _failed(
    checks: tuple[Check, ...],
    path: str,
    scope: Mapping[str, object],
    unsettled: Set[str],
    day: date,
) -> Iterator[FieldError]:
    """Yield the first check that fails, leaving out those that read an answer still to be mended.

    Otherwise one wrong digit of an ID would also be told as a wrong age band.
    """
    for check in checks:
        if _reads_unsettled(check.rule, path, unsettled):
            continue
        if not evaluate(check.rule, scope, day):
            yield FieldError(path, check.code, check.message)
            return


def _reads_unsettled(rule: Rule | None, path: str, unsettled: Set[str]) -> bool:
    """Tell whether a rule about the answer at `path` reads one that is still to be mended."""
    if not unsettled or rule is None:
        return False
    place = path.rpartition(".")[0]
    return any(_within(read, place, unsettled) for read in reads(rule))


def _within(read: str, place: str, unsettled: Set[str]) -> bool:
    full = f"{place}.{read.removeprefix('this.')}" if read.startswith("this.") else read
    return any(
        path == full or path.startswith(f"{full}.") or full.startswith(f"{path}.")
        for path in unsettled
    )
