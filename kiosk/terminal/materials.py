"""Materials: the list with its states, and the page of one requirement.

Neighbours: `supplying` says how far each has come, `pictures` looks after single pictures,
`certificates` asks for electronic ones, `kiosk.materials.capture` takes pictures in.
"""

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from forms.definition import ServiceItem, Text
from kiosk.app_services import services
from kiosk.cases.drafts import Draft
from kiosk.db import reading, writing
from kiosk.errors import DomainError, Unavailable
from kiosk.materials import capture, certificates, faults
from kiosk.materials.capture import Picture
from kiosk.materials.model import Material
from kiosk.operators.access import public
from kiosk.terminal.asking import named
from kiosk.terminal.flow import stops
from kiosk.terminal.questions import address_of
from kiosk.terminal.supplying import (
    MOST_PICTURES,
    Page,
    Task,
    attach,
    give_pictures,
    tasks,
    wanted_task,
)
from kiosk.terminal.wanted import at_hand

bp = Blueprint("materials", __name__)

MISSING = Text("请拍照上传：{zh}", "Please add a picture of: {en}")
NO_PICTURE = Text("请先拍照或选择一张图片。", "Please take or choose a picture first.")
TOO_BIG = Text(
    "图片太大，没有收下。请把相机调到较低的像素再拍，或一次少选几张。",
    "The pictures are too large and were not taken in. Set the camera to fewer pixels, or choose "
    "fewer at once.",
)
_DISCARDED_AT_ONCE = 1024 * 1024
_MOST_DISCARDED = 256 * _DISCARDED_AT_ONCE


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
    return task_page(item, wanted_task(item, draft, requirement_id), None)


@bp.post("/items/<code>/apply/materials/<requirement_id>")
@public
def add(code: str, requirement_id: str) -> AnyResponse | tuple[str, int]:
    """Take one or more pictures in; a picture that cannot be taken says why.

    One with a fault is taken in too, and the page says what is wrong with it; not again where the
    browser has said so already and the person wants to use it `anyway`.
    """
    item, draft = at_hand(code)
    task = wanted_task(item, draft, requirement_id)
    try:
        kept = take_in(request.form.get("anyway") == "yes")
    except DomainError as refusal:
        return task_page(item, task, refusal.message), status_of_refused(refusal)
    if not kept:
        return task_page(item, task, NO_PICTURE), 422
    # Developing takes a while, in which another window may have saved something.
    item, draft = at_hand(code)
    task = wanted_task(item, draft, requirement_id)
    give_pictures(draft, task, [*task.pages, *kept])
    return redirect(url_for("terminal.materials.one", code=code, requirement_id=requirement_id))


@bp.post("/items/<code>/apply/materials/<requirement_id>/remove")
@public
def remove(code: str, requirement_id: str) -> AnyResponse:
    """Take one picture out again."""
    item, draft = at_hand(code)
    task = wanted_task(item, draft, requirement_id)
    unwanted = request.form.get("material")
    give_pictures(draft, task, [page for page in task.pages if page.id != unwanted])
    return redirect(url_for("terminal.materials.one", code=code, requirement_id=requirement_id))


@bp.post("/items/<code>/apply/materials/<requirement_id>/later")
@public
def later(code: str, requirement_id: str) -> AnyResponse:
    """Promise to hand this material in later (容缺), where the catalogue allows it.

    Pictures that another window has given meanwhile stay.
    """
    item, draft = at_hand(code)
    task = wanted_task(item, draft, requirement_id)
    if not task.requirement.deferrable:
        abort(404)
    if task.state in ("given", "certificate"):
        return redirect(url_for("terminal.materials.one", code=code, requirement_id=requirement_id))
    before = draft.attachments.get(requirement_id) or {}
    attach(draft, task, {"mode": "deferred", "materials": [], "due": before.get("due")})
    return redirect(url_for("terminal.materials.show", code=code))


@bp.get("/items/<code>/apply/materials/<requirement_id>/pictures/<material_id>")
@public
def picture(code: str, requirement_id: str, material_id: str) -> Response:
    """Show a picture of this browser's own draft, and of no other."""
    item, draft = at_hand(code)
    task = wanted_task(item, draft, requirement_id)
    with reading() as database:
        material = database.get(Material, material_id)
    if material is None or material_id not in task.pictures:
        abort(404)
    known = services()
    jpeg = capture.contents(material, known.keyring, known.blobs)
    return Response(jpeg, mimetype=capture.MEDIA_TYPE)


@bp.errorhandler(RequestEntityTooLarge)
def too_large(error: RequestEntityTooLarge) -> tuple[str, int]:
    """Say on the material's own page that the pictures were too large; the other ways stay open."""
    read_away()
    asked = request.view_args or {}
    item, draft = at_hand(asked["code"])
    if "requirement_id" not in asked:
        return _list_page(item, draft, []), 413
    return task_page(item, wanted_task(item, draft, asked["requirement_id"]), TOO_BIG), 413


def take_in(anyway: bool) -> list[Page]:
    """Develop and keep the posted pictures; their places are those of the request.

    `anyway` forgets what is wrong with them. Raises the domain errors of `capture`; then none of
    them is kept.
    """
    uploads = [upload for upload in request.files.getlist("picture") if upload.filename]
    return kept_pages(
        [capture.develop(upload.read()) for upload in uploads[:MOST_PICTURES]], anyway
    )


def kept_pages(pictures: list[Picture], anyway: bool) -> list[Page]:
    """Store developed pictures in one transaction. Raises Unavailable when the disk is full."""
    known = services()
    with writing() as database:
        kept = [capture.keep(database, known.keyring, known.blobs, entry) for entry in pictures]
    return [
        Page(material.id, number, () if anyway else picture.faults)
        for number, (material, picture) in enumerate(zip(kept, pictures, strict=True), start=1)
    ]


def status_of_refused(refusal: DomainError) -> int:
    """Return the status of a page that says why a picture was not taken."""
    return 503 if isinstance(refusal, Unavailable) else 422


def task_page(item: ServiceItem, task: Task, error: Text | None) -> str:
    """Draw the page of one requirement, with what went wrong on top."""
    return render_template(
        "terminal/material.html",
        item=item,
        task=task,
        error=error,
        fault_names=faults.NAMES,
        fault_advice=faults.ADVICE,
        has_certificates=certificates.source(services().config.certificates) is not None,
        problems=[("#picture", named(task.requirement.name, error))] if error else [],
        back_to=url_for("terminal.materials.show", code=item.code),
    )


def read_away() -> None:
    """Read what the browser still sends: one that is cut off shows its own error, not our page."""
    stream, left = request.environ["wsgi.input"], min(request.content_length or 0, _MOST_DISCARDED)
    while left > 0 and (piece := stream.read(min(left, _DISCARDED_AT_ONCE))):
        left -= len(piece)


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
