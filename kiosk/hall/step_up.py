"""The password once more, before something dangerous; then back to where it was asked for.

Neighbours: `kiosk.operators.access` asks (`asks_password`), `pages` leads here,
`kiosk.operators.service` checks and counts guesses together with those at signing in.
"""

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms.definition import Text
from kiosk.errors import TooMany, Unauthenticated, status_of
from kiosk.hall.pages import page_blueprint, the_operator
from kiosk.operators import service, session
from kiosk.operators.access import requires
from kiosk.pages.addresses import own_path

bp = page_blueprint("step_up", __name__)

WRONG = Text("密码不对。", "The password is wrong.")


@bp.get("/confirm")
@requires("clerk", "admin", "auditor")
def show() -> str:
    """Ask for the password."""
    return _page(None)


@bp.post("/confirm")
@requires("clerk", "admin", "auditor")
def enter() -> Response | tuple[str, int]:
    """Check it and go back; after five wrong ones the account is locked as at signing in."""
    try:
        service.confirm(the_operator(), request.form.get("password", ""), request.remote_addr or "")
    except Unauthenticated as refusal:
        return _page(WRONG), status_of(refusal)
    except TooMany as refusal:
        return _page(refusal.message), status_of(refusal)
    session.prove()
    return redirect(own_path(request.args.get("next", ""), url_for("hall.home.show")), 303)


def _page(error: Text | None) -> str:
    back_to = own_path(request.args.get("back", ""), url_for("hall.home.show"))
    return render_template("hall/step_up.html", error=error, back_to=back_to)
