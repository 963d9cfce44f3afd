"""One account: what it may, when it was used, and the acts about it. Each asks for the password.

A change, a new password and *end all sessions* sign the account out with its next request.
Neighbours: `kiosk.operators.service` has the verbs, `accounts` is the list.
"""

from collections.abc import Mapping
from datetime import timedelta

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from forms.definition import Text
from kiosk import clock
from kiosk.db import reading
from kiosk.errors import Conflict, Invalid, NotFound, status_of
from kiosk.hall.accounts import frees, reaches
from kiosk.hall.entered import Entered, a_password, check_reach, read
from kiosk.hall.pages import ADMINS, page_blueprint, the_operator
from kiosk.operators import chain, service
from kiosk.operators.access import asks_password, requires
from kiosk.operators.model import Operator

bp = page_blueprint("account", __name__)

#: How far back sign-ins are shown, and how many of them.
SHOWN = timedelta(days=30)
MOST = 10


@bp.get("/operators/<operator_id>")
@requires(*ADMINS)
def show(operator_id: str) -> str:
    """Show the account, and the forms that change it."""
    return _page(_find(operator_id), None, {})


@bp.post("/operators/<operator_id>/rights")
@requires(*ADMINS)
@asks_password
def change(operator_id: str) -> Response | tuple[str, int]:
    """Give it another role, stations and departments. Nobody changes their own."""
    person, entered = _find(operator_id), read(request.form)
    _check_other(person)
    try:
        check_reach(entered)
        service.change(
            person.id,
            entered.role,
            entered.stations,
            entered.departments,
            the_operator().id,
            alongside=frees(person.id),
        )
    except Invalid as refusal:
        problems = {field.path: field.message for field in refusal.fields}
        return _page(person, entered, problems), status_of(refusal)
    flash(gettext("Changed; %(who)s has to sign in again.", who=person.display_name))
    return redirect(url_for("hall.account.show", operator_id=person.id), 303)


@bp.post("/operators/<operator_id>/password")
@requires(*ADMINS)
@asks_password
def reset(operator_id: str) -> str:
    """Make another password and show it this once."""
    password = a_password()
    made = service.set_password(operator_id, password, the_operator().id)
    return render_template("hall/operator_made.html", made=made, password=password, anew=True)


@bp.post("/operators/<operator_id>/sessions")
@requires(*ADMINS)
@asks_password
def end_sessions(operator_id: str) -> Response:
    """Sign the account out everywhere."""
    made = service.end_sessions(operator_id, the_operator().id)
    flash(gettext("%(who)s is signed out everywhere.", who=made.display_name))
    return redirect(url_for("hall.account.show", operator_id=operator_id), 303)


def _find(operator_id: str) -> Operator:
    with reading() as session:
        found = session.get(Operator, operator_id)
    if found is None:
        raise NotFound("operator_unknown", Text("没有这个账号。", "There is no such account."))
    return found


def _check_other(person: Operator) -> None:
    if person.id == the_operator().id:
        raise Conflict(
            "own_account",
            Text("不能变更自己的角色。", "You cannot change your own role."),
        )


def _page(person: Operator, entered: Entered | None, problems: Mapping[str, Text]) -> str:
    asked = chain.Asked(act="sign_in.passed", target=person.id, since=clock.now() - SHOWN)
    with reading() as session:
        sign_ins = [each.at for each in chain.page(session, asked, 0, MOST)]
    now = entered or Entered(
        role=person.role,
        stations=tuple(person.station_codes),
        departments=tuple(person.department_codes),
    )
    return render_template(
        "hall/operator.html",
        person=person,
        entered=now,
        problems=problems,
        summary=[(f"#{path}", message) for path, message in problems.items()],
        sign_ins=sign_ins,
        **reaches(),
    )
