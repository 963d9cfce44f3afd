"""Repeat sections: the list of people or things given so far, and the questions of one row.

Neighbours: `questions` asks the fields of sections that do not repeat; `flow` knows the rows.
"""

from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms.definition import Field, Section, ServiceItem, Text
from forms.schema import InvalidAnswers, validate_field
from kiosk.app_services import services
from kiosk.cases import drafts
from kiosk.cases.drafts import Draft
from kiosk.operators.access import public
from kiosk.terminal import seen
from kiosk.terminal.asking import Asked, is_required, named
from kiosk.terminal.flow import Stop, place_of, row_done, row_fields, rows_of, stops
from kiosk.terminal.questions import ANSWER, backward, entered, onward
from kiosk.terminal.showing import shown
from kiosk.terminal.wanted import at_hand

bp = Blueprint("lists", __name__)

ROW_OPEN = Text("这一条还没有填完", "This entry is not complete")


@bp.get("/items/<code>/apply/lists/<section_id>")
@public
def show(code: str, section_id: str) -> str | Response:
    """Show the rows given so far, with ways to add, change and remove."""
    item, draft = at_hand(code)
    answers = draft.answers
    if place_of(stops(item, answers), section_id, None) is None:
        return redirect(onward(item, answers, None, "check"))
    return _list_page(item, _repeat(item, section_id), draft, None)


@bp.post("/items/<code>/apply/lists/<section_id>")
@public
def proceed(code: str, section_id: str) -> Response | tuple[str, int]:
    """Go on if there are enough complete rows and not too many."""
    item, draft = at_hand(code)
    section = _repeat(item, section_id)
    answers = draft.answers
    problem = _problem(item, section, answers)
    if problem:
        return _list_page(item, section, draft, problem), 422
    return redirect(onward(item, answers, Stop(section, None), request.args.get("then")))


@bp.post("/items/<code>/apply/lists/<section_id>/<int:row>/remove")
@public
def remove(code: str, section_id: str, row: int) -> Response | tuple[str, int]:
    """Take one row out, unless another window has changed the list: it may be another row now."""
    item, draft = at_hand(code)
    section = _repeat(item, section_id)
    rows = rows_of(draft.answers, section)
    if seen.is_outdated(draft, rows):
        return _list_page(item, section, draft, seen.CHANGED), 409
    answers = {**draft.answers, section.id: rows[:row] + rows[row + 1 :]}
    drafts.save(services(), replace(draft, answers=answers))
    then = request.args.get("then")
    return redirect(url_for("terminal.lists.show", code=code, section_id=section_id, then=then))


@bp.get("/items/<code>/apply/lists/<section_id>/<int:row>/<field_id>")
@public
def ask(code: str, section_id: str, row: int, field_id: str) -> str:
    """Ask one question of one row; the row after the last one is a new row."""
    item, draft = at_hand(code)
    section = _repeat(item, section_id)
    answers = draft.answers
    field = _field(item, section, answers, row, field_id)
    rows = rows_of(answers, section)
    given = rows[row].get(field_id) if row < len(rows) else None
    return _row_page(item, section, draft, row, field, given, None)


@bp.post("/items/<code>/apply/lists/<section_id>/<int:row>/<field_id>")
@public
def save(code: str, section_id: str, row: int, field_id: str) -> Response | tuple[str, int]:
    """Keep the answer if it is good; after the row's last question lead back to the list.

    If another window has changed the list, it is shown: this may be another row now.
    """
    item, draft = at_hand(code)
    section = _repeat(item, section_id)
    answers = draft.answers
    rows = rows_of(answers, section)
    outdated = seen.is_outdated(draft, rows)
    if outdated and row >= len(rows):
        return _list_page(item, section, draft, seen.CHANGED), 409
    field = _field(item, section, answers, row, field_id)
    value = entered(field, rows[row].get(field_id) if row < len(rows) else None)
    try:
        cleaned = validate_field(item, section_id, field_id, value, answers, row=row)
    except InvalidAnswers as refusal:
        message = refusal.errors[0].message
        if outdated:
            return _list_page(item, section, draft, seen.CHANGED), 409
        return _row_page(item, section, draft, row, field, value, message), 422
    if outdated and rows[row].get(field_id) != cleaned:
        return _list_page(item, section, draft, seen.CHANGED), 409
    rows += [{}] * (row + 1 - len(rows))
    rows[row] = {**rows[row], field_id: cleaned}
    answers = {**answers, section_id: rows}
    drafts.save(services(), replace(draft, answers=answers))
    return redirect(_after(item, section, answers, row, field_id))


def _repeat(item: ServiceItem, section_id: str) -> Section:
    try:
        section = item.section(section_id)
    except KeyError:
        abort(404)
    if section.repeat is None:
        abort(404)
    return section


def _field(
    item: ServiceItem, section: Section, answers: dict[str, Any], row: int, field_id: str
) -> Field:
    if section.repeat is None or row > len(rows_of(answers, section)) or row >= section.repeat.max:
        abort(404)
    found = row_fields(item, section, answers, row)
    return next((field for field in found if field.id == field_id), None) or abort(404)


def _problem(item: ServiceItem, section: Section, answers: dict[str, Any]) -> Text | None:
    rows = len(rows_of(answers, section))
    if not all(row_done(item, section, answers, row) for row in range(rows)):
        return ROW_OPEN
    if section.repeat and rows < section.repeat.min:
        least = section.repeat.min
        return Text(f"请至少添加{least}条", f"Please add at least {least}")
    return None


def _after(
    item: ServiceItem, section: Section, answers: dict[str, Any], row: int, field_id: str
) -> str:
    names = [field.id for field in row_fields(item, section, answers, row)]
    place = names.index(field_id) + 1 if field_id in names else len(names)
    return _row_address(item, section, row, names[place] if place < len(names) else None)


def _row_address(item: ServiceItem, section: Section, row: int, field_id: str | None) -> str:
    """Return the address of a question of a row, or of the list when `field_id` is None."""
    then = request.args.get("then")
    if field_id is None:
        return url_for("terminal.lists.show", code=item.code, section_id=section.id, then=then)
    return url_for(
        "terminal.lists.ask",
        code=item.code,
        section_id=section.id,
        row=row,
        field_id=field_id,
        then=then,
    )


def _list_page(item: ServiceItem, section: Section, draft: Draft, problem: Text | None) -> str:
    answers = draft.answers
    rows = rows_of(answers, section)
    found = stops(item, answers)
    place = place_of(found, section.id, None) or 0
    summaries = []
    for index, given in enumerate(rows):
        fields = row_fields(item, section, answers, index)
        told = [shown(field, given[field.id]) for field in fields if given.get(field.id)]
        done = row_done(item, section, answers, index)
        summaries.append((" · ".join(told[:2]), done, fields[0].id))
    first = row_fields(item, section, answers, len(rows))
    return render_template(
        "terminal/list.html",
        item=item,
        section=section,
        rows=summaries,
        first_field=first[0].id if first else None,
        problems=[("#rows", named(section.title, problem))] if problem else [],
        seen=seen.mark(draft, rows),
        here=url_for("terminal.lists.show", code=item.code, section_id=section.id),
        number=place + 1,
        total=len(found),
        back_to=backward(item, answers, place),
        then=request.args.get("then"),
    )


def _row_page(
    item: ServiceItem,
    section: Section,
    draft: Draft,
    row: int,
    field: Field,
    value: Any,
    error: Text | None,
) -> str:
    answers = draft.answers
    names = [entry.id for entry in row_fields(item, section, answers, row)]
    place = names.index(field.id)
    rows = rows_of(answers, section)
    given = rows[row] if row < len(rows) else {}
    asked = Asked(field, ANSWER, value, is_required(field, answers, given), error)
    back = _row_address(item, section, row, names[place - 1] if place else None)
    return render_template(
        "terminal/question.html",
        item=item,
        section=section,
        asked=asked,
        seen=seen.mark(draft, rows),
        number=place + 1,
        total=len(names),
        row=row,
        back_to=back,
    )
