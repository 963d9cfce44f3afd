"""Accounts of operators: list, open, close. Passwords are set here and never shown again.

Neighbours: `roster` finds who is listed, `kiosk.operators.service` has the verbs and their rules.
"""

import base64
from collections.abc import Mapping
from typing import Any

import structlog
from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from forms.definition import Text
from kiosk.app_services import services
from kiosk.cases import passing_on
from kiosk.db import reading
from kiosk.errors import Conflict, Invalid, status_of
from kiosk.hall import roster
from kiosk.hall.entered import Entered, a_password, check, known_departments, read
from kiosk.hall.pages import ADMINS, page_blueprint, the_operator
from kiosk.hall.stations import stations
from kiosk.operators import badges, service
from kiosk.operators.access import asks_password, requires
from kiosk.operators.model import ROLES, Operator
from kiosk.receipts import qr

log = structlog.get_logger(__name__)

bp = page_blueprint("accounts", __name__)

#: Names of stations or departments that a line of the list has room for.
MOST_PLACES = 4


@bp.get("/operators")
@requires(*ADMINS)
def show() -> str:
    """List the accounts that the address asks for, a page at a time."""
    asked, offered = roster.wanted(request.args), reaches()
    found = roster.roster(asked, offered["departments"])
    return render_template(
        "hall/operators.html",
        asked=asked,
        found=found,
        which=roster.WHICH,
        most=MOST_PLACES,
        **offered,
    )


@bp.get("/operators/new")
@requires(*ADMINS)
def ask() -> str:
    """Ask for a new account's details."""
    return _form(Entered(), {})


@bp.post("/operators")
@requires(*ADMINS)
@asks_password
def open_account() -> tuple[str, int]:
    """Open an account; a password that was not chosen is made and shown this once."""
    entered = read(request.form)
    chosen = request.form.get("password", "")
    password = chosen or a_password()
    try:
        check(entered)
        made = service.create(
            entered.username,
            entered.display_name,
            entered.role,
            password,
            entered.stations,
            entered.departments,
            by=the_operator().id,
        )
    except Invalid as refusal:
        problems = {field.path: field.message for field in refusal.fields}
        return _form(entered, problems), status_of(refusal)
    except Conflict as refusal:
        return _form(entered, {"username": refusal.message}), status_of(refusal)
    log.info("account_opened", account=made.id, role=made.role, operator=the_operator().id)
    shown = None if chosen else password
    return render_template("hall/operator_made.html", made=made, password=shown), 201


@bp.get("/operators/<operator_id>/badge")
@requires(*ADMINS)
@asks_password
def badge(operator_id: str) -> str:
    """Show the code to print on the badge of a station's member of staff."""
    with reading() as session:
        person = session.get(Operator, operator_id)
    if person is None or not person.active or person.role != "staff":
        abort(404)
    drawing = qr.svg(qr.payload("staff", badges.token_of(person.id)), "Q")
    encoded = base64.b64encode(drawing.encode()).decode()
    return render_template(
        "hall/badge.html", person=person, drawing=f"data:image/svg+xml;base64,{encoded}"
    )


@bp.post("/operators/<operator_id>/disable")
@requires(*ADMINS)
@asks_password
def disable(operator_id: str) -> Response:
    """Close an account; its sessions end with their next request. Nobody closes their own."""
    if operator_id == the_operator().id:
        raise Conflict(
            "own_account", Text("不能停用自己的账号。", "You cannot close your own account.")
        )
    closed = service.disable(operator_id, the_operator().id, alongside=frees(operator_id))
    log.info("account_closed", account=closed.id, operator=the_operator().id)
    flash(gettext("The account of %(who)s is closed.", who=closed.display_name))
    return redirect(url_for("hall.accounts.show"), 303)


def _form(entered: Entered, problems: Mapping[str, Text]) -> str:
    return render_template(
        "hall/operator_new.html",
        entered=entered,
        problems=problems,
        summary=[(f"#{path}", message) for path, message in problems.items()],
        **reaches(),
    )


def reaches() -> dict[str, Any]:
    """Return what accounts can be given: roles, stations, departments."""
    return {"roles": ROLES, "stations": stations(), "departments": known_departments()}


def frees(operator_id: str) -> service.Alongside:
    """Return what puts back the cases that an account holds: it may not reach them any more."""
    found, by = services(), the_operator().id
    return lambda session: passing_on.free(session, found, operator_id, by)
