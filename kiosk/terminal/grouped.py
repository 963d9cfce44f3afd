"""A whole section on one page: its rows and questions, and how far all sections have come.

Questions that are not asked now are drawn too, hidden: a browser with script shows them the moment
an answer calls for them. Knows no requests. Neighbours: `sections` has the routes, `asking` one
question, `static/js/section.js` does in the page what `Page.live` tells it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forms.definition import Answers, Field, Section, ServiceItem, Text
from forms.rules import reads
from forms.schema import (
    FieldError,
    InvalidAnswers,
    kept_answers,
    validate,
    visible_fields,
    visible_sections,
)
from kiosk.api.items import plain
from kiosk.cases.drafts import Draft
from kiosk.terminal.asking import Asked, is_required, named
from kiosk.terminal.flow import rows_of

APPLICANT = "applicant"


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the page, and whether it is asked now."""

    asked: Asked
    is_visible: bool


@dataclass(frozen=True, slots=True)
class RowAsked:
    """The questions of a section, or of one row of a list (`index` from 0)."""

    index: int | None
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """A section in the list at the side: how many of its questions are still open."""

    section: Section
    left: int
    is_begun: bool


def name_of(field: Field, row: int | None) -> str:
    """Return the name of a question's inputs; no other input of the page begins with "q."."""
    return f"q.{field.id}" if row is None else f"q.{row}.{field.id}"


def given_rows(section: Section, answers: Answers) -> list[dict[str, Any]]:
    """Return the answers of a section as rows; a section that is no list is one row."""
    if section.repeat:
        return rows_of(answers, section)
    given = answers.get(section.id)
    return [dict(given) if isinstance(given, Mapping) else {}]


def as_given(section: Section, rows: Sequence[Mapping[str, Any]]) -> Any:
    """Return rows as a draft keeps them: the inverse of `given_rows`."""
    return [dict(row) for row in rows] if section.repeat else dict(rows[0])


def rows_asked(
    item: ServiceItem,
    section: Section,
    answers: Answers,
    shown: Sequence[Mapping[str, Any]],
    errors: Sequence[FieldError] = (),
) -> tuple[RowAsked, ...]:
    """Return the rows of the page with what is `shown` in them.

    `answers` are the cleaned ones, this section's too, and say what is asked.
    """
    messages: dict[str, Text] = {}
    for error in errors:
        messages.setdefault(error.path, error.message)
    kept = given_rows(section, answers)
    rows = []
    for place, values in enumerate(shown):
        index = place if section.repeat else None
        asked = {field.id for field in visible_fields(item, section, answers, index)}
        row = kept[place] if place < len(kept) else {}
        path = section.id if index is None else f"{section.id}.{index}"
        rows.append(
            RowAsked(
                index,
                tuple(
                    Question(
                        Asked(
                            field,
                            name_of(field, index),
                            values.get(field.id),
                            is_required(field, answers, row),
                            messages.get(f"{path}.{field.id}"),
                        ),
                        field.id in asked,
                    )
                    for field in section.fields
                ),
            )
        )
    return tuple(rows)


def problems_of(
    section: Section, rows: Sequence[RowAsked], errors: Sequence[FieldError]
) -> list[tuple[str, Text]]:
    """Return the lines of the error summary, each leading to its question."""
    found = [
        (target, _numbered(row, message))
        for row in rows
        for question in row.questions
        for target, message in question.asked.problems
    ]
    whole = [error.message for error in errors if error.path == section.id]
    return found + [("#rows", named(section.title, message)) for message in whole]


def first_to_answer(rows: Sequence[RowAsked]) -> str | None:
    """Return the name of the first question with an error, or without an answer."""
    asked = [question.asked for row in rows for question in row.questions if question.is_visible]
    wrong = [each for each in asked if each.error]
    still = [each for each in asked if each.required and each.value in (None, "", [])]
    return next((each.name for each in (*wrong, *still)), None)


def progress(item: ServiceItem, draft: Draft) -> list[Progress]:
    """Return the sections that are asked now, each with its count of open or wrong answers."""
    known = {each.id: draft.answers[each.id] for each in item.sections if each.id in draft.answers}
    left: dict[str, int] = {}
    try:
        validate(item, known)
    except InvalidAnswers as refusal:
        for error in refusal.errors:
            if error.code != "unknown_field":
                place = error.path.partition(".")[0]
                left[place] = left.get(place, 0) + 1
    if not draft.consent:
        left[APPLICANT] = left.get(APPLICANT, 0) + 1
    return [
        Progress(section, left.get(section.id, 0), bool(known.get(section.id)))
        for section in visible_sections(item, known)
    ]


def live(item: ServiceItem, section: Section, answers: Answers) -> dict[str, Any]:
    """Return what a browser needs to judge this section's rules: them, and the answers they read.

    Of the other sections it gets those answers and no others. The shape is that of
    `GET /api/v1/items/<code>`, as `static/js/forms/asking.js` takes it.
    """
    kept = kept_answers(item, answers)
    read: dict[str, Any] = {}
    for place, field in sorted(_reads(section)):
        given = kept.get(place)
        if place == section.id or given is None:
            continue
        if isinstance(given, Mapping) and field:
            read.setdefault(place, {})[field] = given.get(field)
        else:
            read[place] = given
    others = [{"id": place, **_shape(given)} for place, given in read.items()]
    here = {
        "id": section.id,
        "repeat": section.repeat is not None,
        "fields": [
            {
                "id": field.id,
                "answer": field.answer,
                "required": plain(field.required, ""),
                "visible": plain(field.visible, ""),
            }
            for field in section.fields
        ],
    }
    return {"item": {"sections": [*others, here]}, "answers": read}


def _reads(section: Section) -> Iterator[tuple[str, str]]:
    for field in section.fields:
        required = None if isinstance(field.required, bool) else field.required
        for rule in (field.visible, required):
            for path in reads(rule) if rule else ():
                place, _, rest = path.partition(".")
                yield place, rest.partition(".")[0]


def _shape(given: Any) -> dict[str, Any]:
    rows = given if isinstance(given, list) else [given]
    names = {name: None for row in rows for name in row}
    return {"repeat": isinstance(given, list), "fields": [{"id": name} for name in names]}


def _numbered(row: RowAsked, message: Text) -> Text:
    if row.index is None:
        return message
    number = row.index + 1
    return Text(f"第{number}条 {message.zh}", f"No. {number}: {message.en}")
