"""Pages that ask what the help service records: read what was posted, judge it, ask again.

Fields and their judgement are those of `kiosk.cases.help.wanted`; a slip is told at its field.
Neighbours: `agent`, `helpdesk` and `visits` have the pages, `asking` draws a question.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import request

from forms.definition import Choice, Field, Text
from forms.helping import HelpItem
from forms.release import Catalogue
from kiosk import clock
from kiosk.app_services import services
from kiosk.cases.help import wanted
from kiosk.errors import FieldProblem, Invalid
from kiosk.pages.divisions import divisions
from kiosk.pages.tallies import matter
from kiosk.terminal.asking import Asked
from kiosk.terminal.inputs import raw_value

#: Days that cannot be still to come, and days that cannot be over.
_ENDS_TODAY = frozenset({"authority_day", "signed_on"})
_BEGINS_TODAY = frozenset({"day"})
ITEM = Field("item", Text("办理事项", "Service"), "choice", privacy="public")


def fields_for(fields: Iterable[Field], feature: str | None = None) -> tuple[Field, ...]:
    """Return the fields with the choices that the catalogue of now gives them."""
    catalogue = services().catalogue
    today = clock.today().isoformat()

    def fitted(field: Field) -> Field:
        if field.answer == "address":
            places = divisions(catalogue).items()
            return replace(field, choices=tuple(Choice(code, name) for code, name in places))
        if field.id == "item" or field.id.startswith("item_"):
            return replace(field, choices=items_with(catalogue, feature))
        if field.id in _ENDS_TODAY:
            return replace(field, params={"max": today})
        return replace(field, params={"min": today}) if field.id in _BEGINS_TODAY else field

    return tuple(map(fitted, fields))


def items_with(catalogue: Catalogue, feature: str | None) -> tuple[Choice, ...]:
    """Return what there is help for, where the help item lists ``feature``; all without one."""
    return tuple(
        Choice(found.linked, matter(catalogue, found.linked))
        for found in catalogue.help_items.items.values()
        if feature is None or lists(found, feature)
    )


def lists(found: HelpItem | None, feature: str) -> bool:
    """Tell whether a help item offers the feature."""
    return found is not None and any(each.code == feature for each in found.features)


def posted(fields: Sequence[Field]) -> dict[str, Any]:
    """Return what was entered, as it was typed."""
    return {field.id: raw_value(field, request.form, field.id) for field in fields}


def asked(
    fields: Sequence[Field],
    given: Mapping[str, Any],
    refusal: Invalid | None = None,
    form: str = "",
) -> list[Asked]:
    """Return the questions to draw, each with what was entered and what is wrong with it.

    ``form`` tells them apart where several forms of a page ask for the same.
    """
    errors = {problem.path: problem.message for problem in refusal.fields} if refusal else {}
    return [
        Asked(
            field,
            field.id,
            given.get(field.id),
            field.required is not False,
            errors.get(field.id),
            form,
        )
        for field in fields
    ]


def problems_of(questions: Sequence[Asked], refusal: Invalid | None) -> list[tuple[str, Text]]:
    """Return the lines of the error summary."""
    lines = [line for question in questions for line in question.problems]
    if refusal is not None and not lines:
        lines = [("#main", refusal.message)]
    return lines


def checked_all(fields: Sequence[Field], *more: FieldProblem) -> dict[str, Any]:
    """Return the cleaned answers of the posted form; Invalid with all slips and ``more``."""
    try:
        kept = wanted.judged(fields, posted(fields))
    except Invalid as refusal:
        raise wanted.invalid([*refusal.fields, *more]) from refusal
    if more:
        raise wanted.invalid(more)
    return kept
