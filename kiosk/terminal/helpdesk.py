"""The help service's own desk at the terminal: what is to be done, opening a record, its steps.

One page draws every kind: what is asked is the table's affair (`kiosk.cases.help.services`). What a
kind asks beyond its fields is in `help_rules`. Neighbours: `agent` begins help with an application,
`visits` has the day's list, `ahead` the pre-check.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from forms.definition import Text
from kiosk import clock
from kiosk.app_services import services
from kiosk.cases import queries
from kiosk.cases.help import records, wanted
from kiosk.cases.help import services as table
from kiosk.cases.help.reading import Record, listed, record_of
from kiosk.cases.help.records import Opening
from kiosk.cases.help.services import SERVICES, Service, Step
from kiosk.errors import Conflict, DomainError, Invalid, NotFound, status_of
from kiosk.materials import capture
from kiosk.operators.access import requires
from kiosk.operators.session import operator_id, signed_in
from kiosk.pages.tallies import matter
from kiosk.receipts.number import grouped
from kiosk.terminal import entering, help_rules, help_shown, helped
from kiosk.terminal.progress import LOOKED_UP
from kiosk.terminal.showing import shown

bp = Blueprint("helpdesk", __name__)

#: What waits for somebody, in the order of the page: title, kinds and states.
WORK = (
    (Text("网上预审，等意见", "Pre-checks that wait"), (table.PRE_CHECK,), (table.SENT,)),
    (Text("上门服务", "Home visits"), (table.VISIT,), (table.OPEN,)),
    (Text("延时服务预约", "Booked outside opening hours"), (table.EXTENDED,), (table.OPEN,)),
    (Text("快递送达", "Deliveries by express"), (table.EXPRESS,), (table.OPEN, table.SENT)),
    (Text("网上办理，结果待送回", "Online: results to go back"), (table.ONLINE,), (table.OPEN,)),
    (Text("提前介入", "Early involvement"), (table.EARLY,), (table.OPEN,)),
)
OPENED_HERE = (table.EARLY, table.EXTENDED, table.ONLINE, table.EXPRESS)


@bp.get("/staff/help")
@requires("staff")
def show() -> str:
    """Show what goes on, what is due, what waits, and the ways to begin."""
    station = helped.station_code()
    work = [(title, listed(services(), station, kinds, states)) for title, kinds, states in WORK]
    return render_template(
        "terminal/helpdesk.html",
        work=[(title, found) for title, found in work if found],
        promises=help_rules.due_soon(services(), station),
        openings=[SERVICES[kind] for kind in OPENED_HERE],
        items=entering.items_with(services().catalogue, None),
        now=helped.current(),
        names=item_name,
        service_codes=services().catalogue.items.keys(),
    )


@bp.post("/staff/help/begin")
@requires("staff")
def choose() -> Response:
    """Turn to the page on which help with the chosen service begins."""
    code = request.form.get("item", "")
    if code not in services().catalogue.items:
        abort(404)
    return redirect(url_for("terminal.agent.ask", code=code))


@bp.get("/staff/help/new/<kind>")
@requires("staff")
def ask(kind: str) -> str:
    """Ask what is needed to open a record of this kind."""
    operator = signed_in()
    given = {
        "item": request.args.get("item"),
        "day": clock.today().isoformat(),
        "serves": operator.display_name if operator else "",
        "case_number": _number_at_hand(),
    }
    return _ask_page(_service(kind), given, None)


@bp.post("/staff/help/new/<kind>")
@requires("staff")
def begin(kind: str) -> Response | tuple[str, int]:
    """Open the record, or say at each field what is wrong."""
    service = _service(kind)
    fields = _fields(service)
    try:
        said = entering.checked_all(fields)
        case = help_rules.case_of(services(), said, service)
        help_rules.check_opening(services(), service, said)
    except Invalid as refusal:
        return _ask_page(service, entering.posted(fields), refusal), status_of(refusal)
    opening = Opening(
        kind,
        case.item if case else said.pop("item"),
        operator_id(),
        {name: value for name, value in said.items() if name != "case_number"},
        date.fromisoformat(said["day"]) if "day" in said else clock.today(),
        (case.bundle_id or case.id) if case else None,
    )
    return redirect(_address(records.open_record(services(), opening)))


@bp.get("/staff/help/records/<record_id>")
@requires("staff")
def look(record_id: str) -> str:
    """Show a record with its story and what can be done now."""
    return _record_page(_record(record_id), None, None)


@bp.post("/staff/help/records/<record_id>/<code>")
@requires("staff")
def take(record_id: str, code: str) -> Response | tuple[str, int]:
    """Take a step, or say at each field what is wrong."""
    record = _record(record_id)
    step = next((step for step in record.service.steps.values() if step.code == code), None)
    if step is None or not step.offered:
        abort(404)
    try:
        said = entering.checked_all(entering.fields_for(step.fields))
        case = help_rules.case_of(services(), said, record.service, record.row.item)
        help_rules.check_step(services(), record, step)
        said.pop("case_number", None)
        case_id = (case.bundle_id or case.id) if case else None
        records.take(services(), record_id, code, operator_id(), said, case_id)
    except (Invalid, Conflict) as refusal:
        return _record_page(_record(record_id), step, refusal), status_of(refusal)
    return redirect(_address(record_id))


@bp.get("/staff/help/records/<record_id>/pictures/<material_id>")
@requires("staff")
def picture(record_id: str, material_id: str) -> Response:
    """Show a picture of a record of this station, and no other."""
    jpeg = help_shown.picture_of(_record(record_id), material_id)
    return Response(jpeg, mimetype=capture.MEDIA_TYPE)


def item_name(code: str) -> Text:
    """Return the name of a service or of an investment matter."""
    return matter(services().catalogue, code)


def _service(kind: str) -> Service:
    if kind not in OPENED_HERE:
        abort(404)
    return SERVICES[kind]


def _record(record_id: str) -> Record:
    found = record_of(services(), record_id)
    if found is None or found.row.station_code != helped.station_code():
        abort(404)
    return found


def _fields(service: Service) -> tuple[Any, ...]:
    first = wanted.CASE if service.opened_for == "case" else entering.ITEM
    return entering.fields_for((first, *service.fields), service.feature)


def _number_at_hand() -> str:
    """Return the number of the case that was looked up in this browser, "" without one."""
    case_id = session.get(LOOKED_UP)
    try:
        return grouped(queries.progress_of(services(), case_id).number) if case_id else ""
    except NotFound:
        return ""


def _address(record_id: str) -> str:
    return url_for("terminal.helpdesk.look", record_id=record_id)


def _ask_page(service: Service, given: Mapping[str, Any], refusal: Invalid | None) -> str:
    questions = entering.asked(_fields(service), given, refusal)
    return render_template(
        "terminal/help_new.html",
        service=service,
        expect=help_rules.expectation(services().catalogue, service),
        hours=help_rules.opening_hours(services()) if service.kind == table.EXTENDED else "",
        questions=questions,
        problems=entering.problems_of(questions, refusal),
        here=url_for("terminal.helpdesk.ask", kind=service.kind),
    )


def _record_page(record: Record, tried: Step | None, refusal: DomainError | None) -> str:
    steps = []
    problems: list[tuple[str, Text]] = []
    for step in record.possible:
        fields, here = entering.fields_for(step.fields), tried is not None and step is tried
        wrong = refusal if here and isinstance(refusal, Invalid) else None
        given = entering.posted(fields) if here else {"signed_on": clock.today().isoformat()}
        questions = entering.asked(fields, given, wrong, step.code)
        problems += entering.problems_of(questions, wrong)
        steps.append((step, questions, here))
    if refusal is not None and not problems:
        problems = [("#main", refusal.message)]
    return render_template(
        "terminal/help_record.html",
        record=record,
        name=item_name(record.row.item),
        steps=steps,
        shown_fields=entering.fields_for(record.service.fields),
        say=shown,
        problems=problems,
        case=help_rules.case_shown(services(), record),
        sent=help_shown.sent_ahead(record),
        members=help_shown.members_of(record),
        names=item_name,
        service_codes=services().catalogue.items.keys(),
        here=_address(record.row.id),
    )
