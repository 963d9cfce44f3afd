"""Materials: the list with its states, and the page of one requirement.

Neighbours: `kiosk.materials.capture` takes pictures in, `forms.asking` says what is asked for.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from forms.definition import Requirement, ServiceItem, Text
from forms.schema import required_requirements
from kiosk.app_services import services
from kiosk.cases import drafts
from kiosk.cases.drafts import Draft
from kiosk.cases.submission import is_brought
from kiosk.db import reading, writing
from kiosk.errors import DomainError
from kiosk.materials import capture
from kiosk.materials.model import Material
from kiosk.operators.access import public
from kiosk.terminal.asking import named
from kiosk.terminal.flow import stops
from kiosk.terminal.questions import address_of
from kiosk.terminal.wanted import at_hand

bp = Blueprint("materials", __name__)

State = Literal["made", "fetched", "open", "given", "later"]
MOST_PICTURES = 12
MISSING = Text("请拍照上传：{zh}", "Please add a picture of: {en}")
NO_PICTURE = Text("请先拍照或选择一张图片。", "Please take or choose a picture first.")


@dataclass(frozen=True, slots=True)
class Task:
    """A requirement with how far it has come; `pictures` are material ids."""

    requirement: Requirement
    state: State
    pictures: tuple[str, ...]


def tasks(item: ServiceItem, draft: Draft) -> list[Task]:
    """Return what these answers call for, in order, with states."""
    return [_task(entry, draft) for entry in required_requirements(item, draft.answers)]


def asked_only(item: ServiceItem, draft: Draft) -> Draft:
    """Return the draft without materials that its answers no longer ask for.

    Without the answers to members of a bundle that are no longer chosen, too. All of it stays in
    the draft itself, for somebody who changes the answer back.
    """
    asked = {entry.id for entry in required_requirements(item, draft.answers)}
    kept = {name: given for name, given in draft.attachments.items() if name in asked}
    sections = {section.id for section in item.sections}
    answers = {name: given for name, given in draft.answers.items() if name in sections}
    return replace(draft, answers=answers, attachments=kept)


def page_of(item: ServiceItem, draft: Draft, requirement_id: str) -> str:
    """Return where a requirement is given; the list when these answers do not ask for it."""
    if not any(task.requirement.id == requirement_id for task in _to_give(item, draft)):
        return url_for("terminal.materials.show", code=item.code)
    return url_for("terminal.materials.one", code=item.code, requirement_id=requirement_id)


@bp.get("/items/<code>/apply/materials")
@public
def show(code: str) -> str:
    """Show the list of materials."""
    item, draft = at_hand(code)
    return _list_page(item, draft, [])


@bp.post("/items/<code>/apply/materials")
@public
def proceed(code: str) -> AnyResponse | tuple[str, int]:
    """Go on to the answers if nothing is missing."""
    item, draft = at_hand(code)
    open_tasks = [task for task in tasks(item, draft) if task.state == "open"]
    if open_tasks:
        return _list_page(item, draft, open_tasks), 422
    return redirect(url_for("terminal.check.show", code=code))


@bp.get("/items/<code>/apply/materials/<requirement_id>")
@public
def one(code: str, requirement_id: str) -> str:
    """Show one requirement with its pictures and the ways to give it."""
    item, draft = at_hand(code)
    task = _wanted(item, draft, requirement_id)
    return _task_page(item, task, None)


@bp.post("/items/<code>/apply/materials/<requirement_id>")
@public
def add(code: str, requirement_id: str) -> AnyResponse | tuple[str, int]:
    """Take one or more pictures in; a picture that cannot be taken says why."""
    item, draft = at_hand(code)
    task = _wanted(item, draft, requirement_id)
    uploads = [upload for upload in request.files.getlist("picture") if upload.filename]
    if not uploads:
        return _task_page(item, task, NO_PICTURE), 422
    try:
        pictures = [capture.develop(upload.read()) for upload in uploads[:MOST_PICTURES]]
    except DomainError as refusal:
        return _task_page(item, task, refusal.message), 422
    known = services()
    with writing() as database:
        kept = [capture.keep(database, known.keyring, known.blobs, entry) for entry in pictures]
    # Developing takes a while, in which another window may have saved something.
    item, draft = at_hand(code)
    task = _wanted(item, draft, requirement_id)
    given = [*task.pictures, *(material.id for material in kept)][:MOST_PICTURES]
    _attach(draft, requirement_id, {"mode": "file", "materials": given})
    return redirect(url_for("terminal.materials.one", code=code, requirement_id=requirement_id))


@bp.post("/items/<code>/apply/materials/<requirement_id>/remove")
@public
def remove(code: str, requirement_id: str) -> AnyResponse:
    """Take one picture out again."""
    item, draft = at_hand(code)
    task = _wanted(item, draft, requirement_id)
    left = [entry for entry in task.pictures if entry != request.form.get("material")]
    _attach(draft, requirement_id, {"mode": "file", "materials": left} if left else None)
    return redirect(url_for("terminal.materials.one", code=code, requirement_id=requirement_id))


@bp.post("/items/<code>/apply/materials/<requirement_id>/later")
@public
def later(code: str, requirement_id: str) -> AnyResponse:
    """Promise to hand this material in later (容缺), where the catalogue allows it.

    Pictures that another window has given meanwhile stay.
    """
    item, draft = at_hand(code)
    task = _wanted(item, draft, requirement_id)
    if not task.requirement.deferrable:
        abort(404)
    if task.pictures:
        return redirect(page_of(item, draft, requirement_id))
    _attach(draft, requirement_id, {"mode": "deferred", "materials": []})
    return redirect(url_for("terminal.materials.show", code=code))


@bp.get("/items/<code>/apply/materials/<requirement_id>/pictures/<material_id>")
@public
def picture(code: str, requirement_id: str, material_id: str) -> Response:
    """Show a picture of this browser's own draft, and of no other."""
    item, draft = at_hand(code)
    task = _wanted(item, draft, requirement_id)
    with reading() as database:
        material = database.get(Material, material_id)
    if material is None or material_id not in task.pictures:
        abort(404)
    known = services()
    jpeg = capture.contents(material, known.keyring, known.blobs)
    return Response(jpeg, mimetype=capture.MEDIA_TYPE)


def _task(requirement: Requirement, draft: Draft) -> Task:
    given = draft.attachments.get(requirement.id)
    if given and given["mode"] == "deferred":
        return Task(requirement, "later", ())
    if given and given["materials"]:
        return Task(requirement, "given", tuple(given["materials"]))
    if is_brought(requirement):
        return Task(requirement, "open", ())
    return Task(requirement, "made" if requirement.source == "form" else "fetched", ())


def _to_give(item: ServiceItem, draft: Draft) -> list[Task]:
    return [task for task in tasks(item, draft) if task.state not in ("made", "fetched")]


def _wanted(item: ServiceItem, draft: Draft, requirement_id: str) -> Task:
    found = (task for task in _to_give(item, draft) if task.requirement.id == requirement_id)
    return next(found, None) or abort(404)


def _attach(draft: Draft, requirement_id: str, attachment: dict[str, Any] | None) -> None:
    others = {name: given for name, given in draft.attachments.items() if name != requirement_id}
    attachments = {**others, requirement_id: attachment} if attachment else others
    drafts.save(services(), replace(draft, attachments=attachments))


def _list_page(item: ServiceItem, draft: Draft, missing: list[Task]) -> str:
    found = stops(item, draft.answers)
    back = (
        address_of(item, found[-1]) if found else url_for("terminal.identify.show", code=item.code)
    )
    problems = [
        (
            url_for("terminal.materials.one", code=item.code, requirement_id=task.requirement.id),
            Text(
                MISSING.zh.format(zh=task.requirement.name.zh),
                MISSING.en.format(en=task.requirement.name.en),
            ),
        )
        for task in missing
    ]
    return render_template(
        "terminal/materials.html",
        item=item,
        tasks=tasks(item, draft),
        problems=problems,
        back_to=back,
    )


def _task_page(item: ServiceItem, task: Task, error: Text | None) -> str:
    return render_template(
        "terminal/material.html",
        item=item,
        task=task,
        error=error,
        problems=[("#picture", named(task.requirement.name, error))] if error else [],
        back_to=url_for("terminal.materials.show", code=item.code),
    )
