"""One picture of a material: look at it large, turn it, cut it, take it again, move it.

Every way works by plain forms; script only draws corners to drag. Neighbours: `materials` has the
requirement's own page, `kiosk.materials.capture` does the work.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms.definition import ServiceItem, Text
from kiosk.app_services import services
from kiosk.db import reading
from kiosk.errors import DomainError
from kiosk.materials import capture, faults, wire
from kiosk.materials.capture import CORNERS_WRONG
from kiosk.materials.model import Material
from kiosk.operators.access import public
from kiosk.terminal.materials import NO_PICTURE, kept_pages, status_of_refused, take_in
from kiosk.terminal.supplying import Page, Task, give_pictures, wanted_task
from kiosk.terminal.wanted import at_hand

bp = Blueprint("pictures", __name__)

_PICTURE = "/items/<code>/apply/materials/<requirement_id>/pages/<material_id>"
TURNS = {"left": 3, "right": 1}
_NUMBER = re.compile(r"[0-9]{1,5}")


@bp.get(f"{_PICTURE}/adjust")
@public
def adjust(code: str, requirement_id: str, material_id: str) -> str:
    """Show a picture large with everything that can be done to it."""
    item, draft = at_hand(code)
    task = wanted_task(item, draft, requirement_id)
    return _page(item, task, _page_of(task, material_id), None)


@bp.post(f"{_PICTURE}/turn")
@public
def turn(code: str, requirement_id: str, material_id: str) -> Response | tuple[str, int]:
    """Turn it by a quarter to the `left` or `right`."""
    turns = TURNS.get(request.form.get("way", ""))
    return _edited(code, requirement_id, material_id, turns or abort(400), wire.WHOLE)


@bp.post(f"{_PICTURE}/cut")
@public
def cut(code: str, requirement_id: str, material_id: str) -> Response | tuple[str, int]:
    """Keep what lies between four `corners`, eight numbers as in `wire.TURNS`."""
    corners = _corners(request.form.get("corners", ""))
    if corners is None:
        item, draft = at_hand(code)
        task = wanted_task(item, draft, requirement_id)
        return _page(item, task, _page_of(task, material_id), CORNERS_WRONG), 422
    return _edited(code, requirement_id, material_id, 0, corners)


@bp.post(f"{_PICTURE}/again")
@public
def again(code: str, requirement_id: str, material_id: str) -> Response | tuple[str, int]:
    """Put a new picture in its place."""
    item, draft = at_hand(code)
    task = wanted_task(item, draft, requirement_id)
    try:
        taken = take_in(request.form.get("anyway") == "yes")
    except DomainError as refusal:
        page = _page(item, task, _page_of(task, material_id), refusal.message)
        return page, status_of_refused(refusal)
    if not taken:
        return _page(item, task, _page_of(task, material_id), NO_PICTURE), 422
    _put(code, requirement_id, material_id, taken)
    return _to_material(code, requirement_id)


@bp.post(f"{_PICTURE}/use")
@public
def use(code: str, requirement_id: str, material_id: str) -> Response:
    """Use it as it is: the applicant says that it can be read."""
    item, draft = at_hand(code)
    page = _page_of(wanted_task(item, draft, requirement_id), material_id)
    _put(code, requirement_id, material_id, [replace(page, faults=())])
    return _to_material(code, requirement_id)


@bp.post(f"{_PICTURE}/move")
@public
def move(code: str, requirement_id: str, material_id: str) -> Response:
    """Make it the page `before` or `after` the one it is; at an end it stays."""
    item, draft = at_hand(code)
    task = wanted_task(item, draft, requirement_id)
    pages = list(task.pages)
    place = pages.index(_page_of(task, material_id))
    step = {"before": -1, "after": 1}.get(request.form.get("where", "")) or abort(400)
    pages.insert(max(0, place + step), pages.pop(place))
    give_pictures(draft, task, pages)
    return _to_material(code, requirement_id)


def _edited(
    code: str, requirement_id: str, material_id: str, turns: int, corners: Sequence[int]
) -> Response | tuple[str, int]:
    item, draft = at_hand(code)
    task = wanted_task(item, draft, requirement_id)
    page = _page_of(task, material_id)
    known = services()
    with reading() as database:
        material = database.get_one(Material, material_id)
    try:
        jpeg = capture.contents(material, known.keyring, known.blobs)
        made = kept_pages([capture.edit(jpeg, turns, corners)], anyway=not page.faults)
    except DomainError as refusal:
        return _page(item, task, page, refusal.message), status_of_refused(refusal)
    _put(code, requirement_id, material_id, made)
    return redirect(
        url_for(
            "terminal.pictures.adjust",
            code=code,
            requirement_id=requirement_id,
            material_id=made[0].id,
        )
    )


def _put(code: str, requirement_id: str, material_id: str, pages: Sequence[Page]) -> None:
    """Put these in the place of a picture, in the draft as it is now."""
    item, draft = at_hand(code)
    task = wanted_task(item, draft, requirement_id)
    _page_of(task, material_id)
    kept = [each for page in task.pages for each in (pages if page.id == material_id else [page])]
    give_pictures(draft, task, kept)


def _page_of(task: Task, material_id: str) -> Page:
    return next((page for page in task.pages if page.id == material_id), None) or abort(404)


def _corners(text: str) -> tuple[int, ...] | None:
    parts = text.split(",")
    if len(parts) != len(wire.WHOLE) or not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    return tuple(int(part) for part in parts)


def _to_material(code: str, requirement_id: str) -> Response:
    return redirect(url_for("terminal.materials.one", code=code, requirement_id=requirement_id))


def _page(item: ServiceItem, task: Task, page: Page, error: Text | None) -> str:
    return render_template(
        "terminal/picture.html",
        item=item,
        task=task,
        page=page,
        error=error,
        fault_names=faults.NAMES,
        fault_advice=faults.ADVICE,
        problems=[("#adjust", error)] if error else [],
        back_to=url_for(
            "terminal.materials.one", code=item.code, requirement_id=task.requirement.id
        ),
    )
