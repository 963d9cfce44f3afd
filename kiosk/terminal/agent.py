"""Helping somebody with an application (帮代办): whose wish it is, the consent, and its end.

While it goes on, every page says for whom and by whom (`helped`). What was entered for anybody
before is wiped first, and with the end all that was not handed in. Neighbours: `helped` keeps which
record it is, `entering` reads and judges, `kiosk.cases.help.records` writes.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from forms.definition import ServiceItem
from kiosk import clock
from kiosk.app_services import services
from kiosk.cases import drafts
from kiosk.cases.help import records, wanted
from kiosk.cases.help import services as table
from kiosk.cases.help.reading import record_of
from kiosk.cases.help.records import Opening
from kiosk.db import writing
from kiosk.errors import DomainError, FieldProblem, Invalid, status_of
from kiosk.materials import capture
from kiosk.operators.access import requires
from kiosk.operators.session import operator_id
from kiosk.terminal import ahead, basket, device, entering, help_rules, helped, receipt
from kiosk.terminal.progress import LOOKED_UP
from kiosk.terminal.sign import NOT_READ, PNG_URL
from kiosk.terminal.wanted import clear_all, draft_id_of, item_or_404, remember

bp = Blueprint("agent", __name__)

#: The home visit that it belongs to, and whose turn it is there.
OF_A_VISIT = ("visit", "member")
NO_SIGNATURE = FieldProblem("signature", "required", wanted.SIGNATURE_MISSING)


@bp.get("/staff/help/begin/<code>")
@requires("staff")
def ask(code: str) -> str:
    """Ask for whom, who wished it, and the consent."""
    return _page(_helped_item(code), {**_today(), **_of_the_visit()}, None)


@bp.post("/staff/help/begin/<code>")
@requires("staff")
def begin(code: str) -> Response | tuple[str, int]:
    """Record authority and consent, wipe what was open before, and begin the form."""
    item = _helped_item(code)
    try:
        said, picture = _said()
        if said["presence"] == "away":
            online, catalogue = table.SERVICES[table.ONLINE], services().catalogue
            help_rules.check_offered(catalogue, online, item.code, wanted.PRESENCE)
    except Invalid as refusal:
        return _page(item, entering.posted(wanted.ASSISTING), refusal), status_of(refusal)
    _clear()
    record_id = _recorded(item, said, picture)
    helped.remember(record_id)
    if "visit" in said:
        started = {"member": said.get("member", "1"), "record": record_id}
        records.take(services(), said["visit"], "start", operator_id(), started)
    return _first_page(item)


@bp.get("/staff/help/now")
@requires("staff")
def show() -> str | Response:
    """Show the help that goes on: for whom, with what, and the ways on and out."""
    found = helped.current()
    if found is None:
        return redirect(url_for("terminal.helpdesk.show"))
    item = item_or_404(found.row.item)
    return render_template(
        "terminal/help_now.html", record=found, item=item, has_draft=bool(draft_id_of(item.code))
    )


@bp.post("/staff/help/end")
@requires("staff")
def end() -> Response:
    """End it without handing in: everything entered is wiped, the record stays."""
    _clear()
    return redirect(url_for("terminal.helpdesk.show"))


def _clear() -> None:
    """Leave nothing in this browser of whoever was helped or looked something up before."""
    helped.stop()
    clear_all()
    basket.empty()
    for mark in (LOOKED_UP, receipt.KEY, ahead.KEY):
        session.pop(mark, None)


def _first_page(item: ServiceItem) -> Response:
    found = helped.current()
    if found is None:
        abort(409)
    draft = drafts.open_draft(
        services(), item.code, screen=device.screen(), **helped.given(item, found)
    )
    remember(draft)
    first = item.sections[0].id
    return redirect(url_for("terminal.sections.show", code=item.code, section_id=first))


def _recorded(item: ServiceItem, said: Mapping[str, Any], picture: capture.Picture | None) -> str:
    details, materials, parts = dict(said), dict[str, str](), services()
    if picture is not None:
        with writing() as database:
            material = capture.keep(database, parts.keyring, parts.blobs, picture).id
        details["signature"], materials[material] = material, "signature"
    opening = Opening(
        table.ASSIST, item.code, operator_id(), details, clock.today(), materials=materials
    )
    return records.open_record(parts, opening)


def _said() -> tuple[dict[str, Any], capture.Picture | None]:
    """Return what was posted, cleaned, with the drawn signature; Invalid for all slips at once."""
    drawn, by = request.form.get("drawing", ""), request.form.get("consent")
    more = [NO_SIGNATURE] if by == "signature" and not drawn else []
    said = entering.checked_all(entering.fields_for(wanted.ASSISTING), *more)
    said |= {name: request.form[name] for name in OF_A_VISIT if request.form.get(name)}
    if by != "signature":
        return said, None
    try:
        return said, capture.develop(base64.b64decode(drawn.removeprefix(PNG_URL), validate=True))
    except (binascii.Error, DomainError) as error:
        raise wanted.invalid([FieldProblem("signature", "unreadable", NOT_READ)]) from error


def _helped_item(code: str) -> ServiceItem:
    """Return an item that there is help with, or end the request with 404."""
    helped.station_code()
    if services().catalogue.help_items.linked_to(code) is None:
        abort(404)
    return item_or_404(code)


def _today() -> dict[str, str]:
    return {"authority_day": clock.today().isoformat()}


def _of_the_visit() -> dict[str, Any]:
    """Return whom a home visit says it is for: `visit` and `member` in the address."""
    found = record_of(services(), request.args.get("visit", ""))
    if found is None or found.row.station_code != helped.station_code():
        return {}
    said, number = found.details or {}, request.args.get("member", "1")
    return {
        "name": said.get(f"name_{number}"),
        "phone": said.get("phone"),
        "visit": found.row.id,
        "member": number,
    }


def _page(item: ServiceItem, given: Mapping[str, Any], refusal: Invalid | None) -> str:
    questions = entering.asked(wanted.ASSISTING, given, refusal)
    problems = entering.problems_of(questions, refusal)
    error = None
    if refusal is not None:
        found = (each.message for each in refusal.fields if each.path == "signature")
        error = next(found, None)
        problems += [("#signature", error)] if error else []
    return render_template(
        "terminal/help_begin.html",
        item=item,
        questions=questions,
        problems=problems,
        signature_error=error,
        visit={name: given.get(name) or request.form.get(name, "") for name in OF_A_VISIT},
        others=bool(session.get("drafts")),
        here=url_for("terminal.agent.ask", code=item.code),
    )
