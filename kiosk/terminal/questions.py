"""One question, one page. Routes for the fields of sections that do not repeat.

Neighbours: `flow` knows the order, `lists` shows repeat sections, `inputs` reads the boxes.
"""

from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms.definition import Answers, Field, ServiceItem, Text
from forms.schema import InvalidAnswers, validate_field
from kiosk.app_services import services
from kiosk.cases import drafts
from kiosk.cases.drafts import Draft
from kiosk.db import writing
from kiosk.materials import capture
from kiosk.operators.access import public
from kiosk.terminal import seen
from kiosk.terminal.asking import Asked, is_required
from kiosk.terminal.flow import Stop, first_open, is_choice, place_of, stops
from kiosk.terminal.inputs import CAPTURED, raw_value
from kiosk.terminal.wanted import at_hand

bp = Blueprint("questions", __name__)

ANSWER = "value"
"""The name of the one input of the page."""
CHECK = "check"
"""`?then=check` leads back to the answers instead of on to the next question."""


@bp.get("/items/<code>/apply/questions/<section_id>/<field_id>")
@public
def show(code: str, section_id: str, field_id: str) -> str | Response:
    """Ask one question, with the answer given before."""
    item, draft = at_hand(code)
    answers = draft.answers
    place = place_of(stops(item, answers), section_id, field_id)
    if place is None:
        return redirect(onward(item, answers, None, CHECK))
    given = answers.get(section_id, {}).get(field_id)
    return _page(item, draft, place, given, None)


@bp.post("/items/<code>/apply/questions/<section_id>/<field_id>")
@public
def save(code: str, section_id: str, field_id: str) -> Response | tuple[str, int]:
    """Keep the answer if it is good and go on; otherwise say what is wrong with it.

    What another window has changed since is shown and not overwritten.
    """
    item, draft = at_hand(code)
    answers = draft.answers
    place = place_of(stops(item, answers), section_id, field_id)
    if place is None:
        return redirect(onward(item, answers, None, CHECK))
    field = stops(item, answers)[place].field or abort(404)
    before = answers.get(section_id, {}).get(field_id)
    value = entered(field, before)
    outdated = seen.is_outdated(draft, before)
    try:
        cleaned = validate_field(item, section_id, field_id, value, answers)
    except InvalidAnswers as refusal:
        if outdated:
            return _page(item, draft, place, before, seen.CHANGED), 409
        return _page(item, draft, place, value, refusal.errors[0].message), 422
    if outdated and cleaned != before:
        return _page(item, draft, place, before, seen.CHANGED), 409
    kept = {**answers.get(section_id, {}), field_id: cleaned}
    answers = {**answers, section_id: kept}
    drafts.save(services(), replace(draft, answers=answers))
    # Who chooses other members of a bundle is asked other questions from here on.
    item, _ = at_hand(code)
    here = Stop(item.section(section_id), field)
    return redirect(onward(item, answers, here, request.args.get("then")))


def entered(field: Field, before: Any, name: str = ANSWER) -> Any:
    """Return what the posted page holds for `field`; a picture is taken in and gives its id.

    Without a new picture the one from `before` stays. Raises what `capture.develop` raises.
    """
    if field.answer not in CAPTURED:
        return raw_value(field, request.form, name)
    upload = request.files.get(name)
    if upload is None or not upload.filename:
        return before
    picture = capture.develop(upload.read())
    known = services()
    with writing() as database:
        return capture.keep(database, known.keyring, known.blobs, picture).id


def address_of(item: ServiceItem, stop: Stop, then: str | None = None) -> str:
    """Return the address of a stop's page."""
    if stop.field is None:
        return url_for("terminal.lists.show", code=item.code, section_id=stop.section.id, then=then)
    return url_for(
        "terminal.questions.show",
        code=item.code,
        section_id=stop.section.id,
        field_id=stop.field.id,
        then=then,
    )


def onward(item: ServiceItem, answers: Answers, here: Stop | None, then: str | None) -> str:
    """Return where Continue leads from `here` (None: from the identity page).

    The choice of a bundle's members comes before the identity page, all else after it. With
    `then` = "check": the first question that is still open, else back to the answers.
    """
    if then == CHECK:
        still = first_open(item, answers)
        if still:
            return address_of(item, still, CHECK)
        return url_for("terminal.check.show", code=item.code)
    found = stops(item, answers)
    if here is not None and is_choice(here):
        return url_for("terminal.identify.show", code=item.code)
    place = sum(is_choice(stop) for stop in found) - 1
    if here is not None:
        known = place_of(found, here.section.id, here.field.id if here.field else None)
        place = len(found) if known is None else known
    if place + 1 < len(found):
        return address_of(item, found[place + 1])
    return url_for("terminal.materials.show", code=item.code)


def first_page(item: ServiceItem, answers: Answers) -> str:
    """Return where an application begins: with the choice of a bundle's members, or identity."""
    found = stops(item, answers)
    if found and is_choice(found[0]):
        return address_of(item, found[0])
    return url_for("terminal.identify.show", code=item.code)


def backward(item: ServiceItem, answers: Answers, place: int) -> str:
    """Return where Back leads from the stop at `place`."""
    if request.args.get("then") == CHECK:
        return url_for("terminal.check.show", code=item.code)
    found = stops(item, answers)
    if is_choice(found[place]):
        return url_for("terminal.guide.show", code=item.code)
    if place > 0 and not is_choice(found[place - 1]):
        return address_of(item, found[place - 1])
    return url_for("terminal.identify.show", code=item.code)


def _page(item: ServiceItem, draft: Draft, place: int, value: Any, error: Text | None) -> str:
    answers = draft.answers
    found = stops(item, answers)
    stop = found[place]
    if stop.field is None:
        abort(404)
    given = answers.get(stop.section.id)
    row = given if isinstance(given, dict) else {}
    asked = Asked(stop.field, ANSWER, value, is_required(stop.field, answers, row), error)
    return render_template(
        "terminal/question.html",
        item=item,
        section=stop.section,
        step=1 if is_choice(stop) else 2,
        asked=asked,
        seen=seen.mark(draft, row.get(stop.field.id)),
        number=place + 1,
        total=len(found),
        back_to=backward(item, answers, place),
    )
