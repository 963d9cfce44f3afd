"""Staff at the terminal: signing in, and what waits for the line.

Neighbours: `kiosk.operators.service` checks passwords; the rest of the staff's work comes with
their own pages.
"""

from flask import Blueprint, redirect, render_template, request, url_for
from flask import session as cookie
from werkzeug.wrappers import Response

from forms.definition import Text
from kiosk.app_services import services
from kiosk.backup import model
from kiosk.cases import awaiting, objections, standing
from kiosk.db import reading
from kiosk.errors import TooMany, Unauthenticated
from kiosk.materials.certificate_calls import counts
from kiosk.materials.certificates import TYPES
from kiosk.operators import badges, service, session
from kiosk.operators.access import public, requires
from kiosk.printing.printer import trouble
from kiosk.terminal import helped
from kiosk.terminal.scan import SCANNED
from kiosk.terminal.wanted import clear_all

bp = Blueprint("staff", __name__)

BADGE = "badge"


@bp.get("/staff/sign-in")
@public
def sign_in() -> Response | str:
    """Show the sign-in page; who is signed in already goes on."""
    if session.signed_in():
        return redirect(url_for("terminal.staff.show"))
    return _page(badges.username_of(cookie.pop(BADGE, "")), None)


@bp.post("/staff/badge")
@public
def badge() -> Response:
    """Turn to the sign-in with the account of the badge that was scanned; it opens nothing."""
    cookie[BADGE] = cookie.pop(SCANNED, "")
    return redirect(url_for("terminal.staff.sign_in"))


@bp.post("/staff/sign-in")
@public
def enter() -> Response | tuple[str, int]:
    """Sign in; a wrong name and a wrong password are answered alike."""
    username = request.form.get("username", "").strip()
    password = request.form.get("password", "")
    try:
        operator = service.sign_in(username, password, request.remote_addr or "")
    except Unauthenticated as refusal:
        return _page(username, refusal.message), 401
    except TooMany as refusal:
        return _page(username, refusal.message), 429
    session.begin(operator)
    return redirect(url_for("terminal.staff.show"))


@bp.get("/staff")
@requires("staff")
def show() -> str:
    """Show the queue to the centre, what went wrong last, and why the printer does not print."""
    queue = awaiting.queue_state(services())
    with reading() as database:
        calls = counts(database)
        backup = model.state(database)
        not_taken = objections.of_station(database)
    config = services().config
    stuck = trouble(config.data_dir) if config.printer else None
    return render_template(
        "terminal/staff.html",
        queue=queue,
        standing=standing.words(queue.recovery),
        calls=calls,
        types=TYPES,
        trouble=stuck,
        backup=backup,
        not_taken=not_taken,
    )


@bp.post("/staff/sign-out")
@public
def sign_out() -> Response:
    """End the session, and help that is going on with all that was entered."""
    helped.stop()
    clear_all()
    session.end()
    return redirect(url_for("terminal.home.show"))


def _page(username: str, error: Text | None) -> str:
    problems = [("#username", error)] if error else []
    return render_template("terminal/sign_in.html", username=username, problems=problems)
