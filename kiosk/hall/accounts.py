"""Accounts of operators: list, open, close. Passwords are set here and never shown again.

Neighbour: `kiosk.operators.service` has the verbs and their rules.
"""

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from forms.definition import Text
from kiosk.db import reading
from kiosk.errors import Conflict, FieldProblem, Invalid, status_of
from kiosk.hall.pages import ADMINS, page_blueprint, the_operator
from kiosk.hall.stations import stations
from kiosk.operators import badges, service
from kiosk.operators.access import requires
from kiosk.operators.model import ROLES, Operator
from kiosk.receipts import qr

log = structlog.get_logger(__name__)

bp = page_blueprint("accounts", __name__)

MAX_USERNAME = 40
MAX_NAME = 80
#: Letters and digits that are told apart on a screen and on paper.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_PASSWORD_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Entered:
    """What was typed into the form, without the password."""

    username: str = ""
    display_name: str = ""
    role: str = "clerk"
    stations: tuple[str, ...] = ()


@bp.get("/operators")
@requires(*ADMINS)
def show() -> str:
    """List all accounts, the usable ones first."""
    query = select(Operator).order_by(Operator.active.desc(), Operator.role, Operator.username)
    with reading() as session:
        found = session.scalars(query).all()
    return render_template("hall/operators.html", operators=found, stations=stations())


@bp.get("/operators/new")
@requires(*ADMINS)
def ask() -> str:
    """Ask for a new account's details."""
    return _form(Entered(), {})


@bp.post("/operators")
@requires(*ADMINS)
def open_account() -> tuple[str, int]:
    """Open an account; a password that was not chosen is made and shown this once."""
    entered = _read(request.form)
    chosen = request.form.get("password", "")
    password = chosen or "".join(secrets.choice(_ALPHABET) for _ in range(_PASSWORD_LENGTH))
    try:
        _check(entered)
        made = service.create(
            entered.username, entered.display_name, entered.role, password, entered.stations
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
def disable(operator_id: str) -> Response:
    """Close an account; its sessions end with their next request. Nobody closes their own."""
    if operator_id == the_operator().id:
        raise Conflict(
            "own_account", Text("不能停用自己的账号。", "You cannot close your own account.")
        )
    closed = service.disable(operator_id)
    log.info("account_closed", account=closed.id, operator=the_operator().id)
    flash(gettext("The account of %(who)s is closed.", who=closed.display_name))
    return redirect(url_for("hall.accounts.show"), 303)


def _form(entered: Entered, problems: Mapping[str, Text]) -> str:
    return render_template(
        "hall/operator_new.html",
        entered=entered,
        problems=problems,
        summary=[(f"#{path}", message) for path, message in problems.items()],
        roles=ROLES,
        stations=stations(),
    )


def _read(form: MultiDict[str, str]) -> Entered:
    role = form.get("role", "")
    return Entered(
        username=form.get("username", "").strip(),
        display_name=form.get("display_name", "").strip(),
        role=role,
        # Only a station's staff are tied to stations; the hall's people work for all.
        stations=tuple(form.getlist("stations")) if role == "staff" else (),
    )


def _check(entered: Entered) -> None:
    """Raise Invalid for what the page asks beyond the verb's own rules."""
    problems = tuple(_problems(entered, stations()))
    if problems:
        raise Invalid("account_invalid", problems[0].message, problems)


def _problems(entered: Entered, known: Mapping[str, Text]) -> Sequence[FieldProblem]:
    problems = []
    if not entered.display_name or len(entered.display_name) > MAX_NAME:
        message = Text(
            f"请填写姓名，最多 {MAX_NAME} 字。",
            f"Please give a name of at most {MAX_NAME} characters.",
        )
        problems.append(FieldProblem("display_name", "length", message))
    if not entered.username or len(entered.username) > MAX_USERNAME:
        message = Text(
            f"请填写账号，最多 {MAX_USERNAME} 个字符。",
            f"Please give an account name of at most {MAX_USERNAME} characters.",
        )
        problems.append(FieldProblem("username", "length", message))
    if entered.role == "staff" and not entered.stations:
        message = Text("请至少选一个服务站。", "Please choose at least one station.")
        problems.append(FieldProblem("stations", "missing", message))
    if not set(entered.stations) <= set(known):
        message = Text("没有这个村（社区）。", "There is no such station.")
        problems.append(FieldProblem("stations", "unknown", message))
    return problems
