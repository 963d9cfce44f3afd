"""Handing in what was promised for later (容缺补交), from the progress page of the case.

Pictures are looked over as those of an application are. Neighbours: `basket` keeps the pictures
taken so far, `progress` says which case this browser may see, `kiosk.cases.afterwards` hands in,
`materials` takes pictures in.
"""

from dataclasses import replace

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from forms.definition import Requirement, Text
from kiosk.app_services import services
from kiosk.cases import afterwards
from kiosk.cases.queries import Progress
from kiosk.db import reading
from kiosk.errors import Conflict, DomainError, Invalid, status_of
from kiosk.materials import capture, faults
from kiosk.materials.model import Material
from kiosk.operators.access import public
from kiosk.operators.session import operator_id
from kiosk.terminal import basket
from kiosk.terminal.asking import named
from kiosk.terminal.materials import NO_PICTURE, TOO_BIG, read_away, status_of_refused, take_in
from kiosk.terminal.progress import looked_up
from kiosk.terminal.sign import channel
from kiosk.terminal.supplying import Page

bp = Blueprint("supply", __name__)


@bp.get("/progress/supply/<requirement_id>")
@public
def show(requirement_id: str) -> str | AnyResponse:
    """Show one outstanding material with the pictures taken so far; what is done leads back.

    With `again` the next picture takes the place of that one.
    """
    found = looked_up()
    if all(entry.id != requirement_id for entry in found.to_supply):
        return redirect(url_for("terminal.progress.show"))
    return _page(found, _wanted(found, requirement_id), None)


@bp.post("/progress/supply/<requirement_id>")
@public
def add(requirement_id: str) -> AnyResponse | tuple[str, int]:
    """Take one or more pictures in; a picture that cannot be taken says why.

    One with a fault is taken in too, and the page says what is wrong with it; not again where the
    browser has said so already and the person wants to use it `anyway`.
    """
    found = looked_up()
    wanted = _wanted(found, requirement_id)
    try:
        kept = take_in(request.form.get("anyway") == "yes")
    except DomainError as refusal:
        return _page(found, wanted, refusal.message), status_of_refused(refusal)
    if not kept:
        return _page(found, wanted, NO_PICTURE), 422
    pages, old = basket.pages(found.case_id, wanted.id), _taken_again(found, wanted)
    if old is None:
        pages = (*pages, *kept)
    else:
        pages = (*pages[: old.number - 1], *kept, *pages[old.number :])
    basket.put(found.case_id, wanted.id, pages)
    return _to_page(wanted.id)


@bp.post("/progress/supply/<requirement_id>/use")
@public
def use(requirement_id: str) -> AnyResponse:
    """Use a picture as it is: the applicant says that it can be read."""
    found = looked_up()
    wanted, meant = _wanted(found, requirement_id), request.form.get("material")
    pages = basket.pages(found.case_id, wanted.id)
    used = [replace(page, faults=()) if page.id == meant else page for page in pages]
    basket.put(found.case_id, wanted.id, used)
    return _to_page(wanted.id)


@bp.post("/progress/supply/<requirement_id>/remove")
@public
def remove(requirement_id: str) -> AnyResponse:
    """Take one picture out again."""
    found = looked_up()
    wanted, unwanted = _wanted(found, requirement_id), request.form.get("material")
    pages = basket.pages(found.case_id, wanted.id)
    basket.put(found.case_id, wanted.id, [page for page in pages if page.id != unwanted])
    return _to_page(wanted.id)


@bp.post("/progress/supply/<requirement_id>/hand-in")
@public
def hand_in(requirement_id: str) -> AnyResponse | tuple[str, int]:
    """Hand the pictures in; a second tap finds them handed in and changes nothing."""
    found = looked_up()
    if all(entry.id != requirement_id for entry in found.to_supply):
        return redirect(url_for("terminal.progress.show"))
    wanted = _wanted(found, requirement_id)
    taken = [page.id for page in basket.pages(found.case_id, wanted.id)]
    try:
        afterwards.supply(services(), found.case_id, wanted.id, taken, channel(), operator_id())
    except Invalid as refusal:
        return _page(found, wanted, refusal.message), status_of(refusal)
    except Conflict as refusal:
        if refusal.code != "not_outstanding":
            raise
    basket.put(found.case_id, wanted.id, [])
    return redirect(url_for("terminal.progress.show"))


@bp.get("/progress/supply/<requirement_id>/pictures/<material_id>")
@public
def picture(requirement_id: str, material_id: str) -> Response:
    """Show a picture that this browser has taken for its own case, and no other."""
    pages = basket.pages(looked_up().case_id, requirement_id)
    if all(page.id != material_id for page in pages):
        abort(404)
    with reading() as database:
        material = database.get(Material, material_id)
    if material is None:
        abort(404)
    parts = services()
    jpeg = capture.contents(material, parts.keyring, parts.blobs)
    return Response(jpeg, mimetype=capture.MEDIA_TYPE)


@bp.errorhandler(RequestEntityTooLarge)
def too_large(error: RequestEntityTooLarge) -> tuple[str, int]:
    """Say on the material's own page that the pictures were too large."""
    read_away()
    found = looked_up()
    wanted = _wanted(found, (request.view_args or {})["requirement_id"])
    return _page(found, wanted, TOO_BIG), 413


def _wanted(found: Progress, requirement_id: str) -> Requirement:
    if "supply" not in found.can:
        abort(404)
    for each in found.to_supply:
        if each.id == requirement_id:
            return each.requirement
    abort(404)


def _taken_again(found: Progress, wanted: Requirement) -> Page | None:
    meant = request.args.get("again")
    pages = basket.pages(found.case_id, wanted.id)
    return next((page for page in pages if page.id == meant), None)


def _to_page(requirement_id: str) -> AnyResponse:
    return redirect(url_for("terminal.supply.show", requirement_id=requirement_id))


def _page(found: Progress, wanted: Requirement, error: Text | None) -> str:
    return render_template(
        "terminal/supply.html",
        progress=found,
        requirement=wanted,
        pages=basket.pages(found.case_id, wanted.id),
        again=_taken_again(found, wanted),
        error=error,
        fault_names=faults.NAMES,
        fault_advice=faults.ADVICE,
        problems=[("#picture", named(wanted.name, error))] if error else [],
        here=url_for("terminal.supply.show", requirement_id=wanted.id),
        back_to=url_for("terminal.progress.show"),
    )
