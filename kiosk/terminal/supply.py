"""Handing in what was promised for later (容缺补交), from the progress page of the case.

The pictures taken so far lie encrypted as materials without a case; their ids lie in the signed
session cookie with the case they are for. Neighbours: `progress` says which case this browser may
see, `kiosk.cases.afterwards` hands in, `kiosk.materials.capture` takes pictures in.
"""

from flask import Blueprint, Response, abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from forms.definition import Requirement, Text
from kiosk.app_services import services
from kiosk.cases import afterwards
from kiosk.cases.queries import Progress
from kiosk.db import reading, writing
from kiosk.errors import Conflict, DomainError, Invalid, status_of
from kiosk.materials import capture
from kiosk.materials.model import Material
from kiosk.operators.access import public
from kiosk.operators.session import operator_id
from kiosk.terminal.asking import named
from kiosk.terminal.materials import NO_PICTURE
from kiosk.terminal.progress import looked_up
from kiosk.terminal.sign import channel
from kiosk.terminal.supplying import MOST_PICTURES

bp = Blueprint("supply", __name__)

BASKET = "supplying"


@bp.get("/progress/supply/<requirement_id>")
@public
def show(requirement_id: str) -> str | AnyResponse:
    """Show one outstanding material with the pictures taken so far; what is done leads back."""
    found = looked_up()
    if all(entry.id != requirement_id for entry in found.to_supply):
        return redirect(url_for("terminal.progress.show"))
    return _page(found, _wanted(found, requirement_id), None)


@bp.post("/progress/supply/<requirement_id>")
@public
def add(requirement_id: str) -> AnyResponse | tuple[str, int]:
    """Take one or more pictures in; a picture that cannot be taken says why."""
    found = looked_up()
    wanted = _wanted(found, requirement_id)
    uploads = [upload for upload in request.files.getlist("picture") if upload.filename]
    if not uploads:
        return _page(found, wanted, NO_PICTURE), 422
    try:
        pictures = [capture.develop(upload.read()) for upload in uploads[:MOST_PICTURES]]
    except DomainError as refusal:
        return _page(found, wanted, refusal.message), status_of(refusal)
    parts = services()
    with writing() as database:
        kept = [capture.keep(database, parts.keyring, parts.blobs, entry).id for entry in pictures]
    _put(found, requirement_id, [*_taken(found, requirement_id), *kept][:MOST_PICTURES])
    return redirect(url_for("terminal.supply.show", requirement_id=requirement_id))


@bp.post("/progress/supply/<requirement_id>/remove")
@public
def remove(requirement_id: str) -> AnyResponse:
    """Take one picture out again."""
    found = looked_up()
    wanted = _wanted(found, requirement_id)
    left = [each for each in _taken(found, wanted.id) if each != request.form.get("material")]
    _put(found, wanted.id, left)
    return redirect(url_for("terminal.supply.show", requirement_id=requirement_id))


@bp.post("/progress/supply/<requirement_id>/hand-in")
@public
def hand_in(requirement_id: str) -> AnyResponse | tuple[str, int]:
    """Hand the pictures in; a second tap finds them handed in and changes nothing."""
    found = looked_up()
    if all(entry.id != requirement_id for entry in found.to_supply):
        return redirect(url_for("terminal.progress.show"))
    wanted = _wanted(found, requirement_id)
    taken = _taken(found, wanted.id)
    try:
        afterwards.supply(services(), found.case_id, wanted.id, taken, channel(), operator_id())
    except Invalid as refusal:
        return _page(found, wanted, refusal.message), status_of(refusal)
    except Conflict as refusal:
        if refusal.code != "not_outstanding":
            raise
    _put(found, wanted.id, [])
    return redirect(url_for("terminal.progress.show"))


@bp.get("/progress/supply/<requirement_id>/pictures/<material_id>")
@public
def picture(requirement_id: str, material_id: str) -> Response:
    """Show a picture that this browser has taken for its own case, and no other."""
    if material_id not in _taken(looked_up(), requirement_id):
        abort(404)
    with reading() as database:
        material = database.get(Material, material_id)
    if material is None:
        abort(404)
    parts = services()
    jpeg = capture.contents(material, parts.keyring, parts.blobs)
    return Response(jpeg, mimetype=capture.MEDIA_TYPE)


def _wanted(found: Progress, requirement_id: str) -> Requirement:
    if "supply" not in found.can:
        abort(404)
    for each in found.to_supply:
        if each.id == requirement_id:
            return each.requirement
    abort(404)


def _taken(found: Progress, requirement_id: str) -> list[str]:
    basket = session.get(BASKET, {})
    if basket.get("case") != found.case_id:
        return []
    return list(basket["given"].get(requirement_id, ()))


def _put(found: Progress, requirement_id: str, materials: list[str]) -> None:
    basket = session.get(BASKET, {})
    given = basket["given"] if basket.get("case") == found.case_id else {}
    session[BASKET] = {"case": found.case_id, "given": {**given, requirement_id: materials}}


def _page(found: Progress, wanted: Requirement, error: Text | None) -> str:
    return render_template(
        "terminal/supply.html",
        progress=found,
        requirement=wanted,
        pictures=_taken(found, wanted.id),
        error=error,
        problems=[("#picture", named(wanted.name, error))] if error else [],
        here=url_for("terminal.supply.show", requirement_id=wanted.id),
        back_to=url_for("terminal.progress.show"),
    )
