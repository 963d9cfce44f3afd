"""Signing in to the hall and out of it.

Neighbours: `kiosk.operators.service` checks passwords, `home` leads on from here.
"""

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms.definition import Text
from kiosk.errors import Refused, TooMany, Unauthenticated, status_of
from kiosk.hall.pages import page_blueprint
from kiosk.operators import audit, service, session
from kiosk.operators.access import public
from kiosk.pages.addresses import own_path

bp = page_blueprint("sign_in", __name__)


@bp.get("/sign-in")
@public
def show() -> Response | str:
    """Show the sign-in page; who is signed in already goes on."""
    if session.signed_in():
        return redirect(url_for("hall.home.show"))
    return _page("", None)


@bp.post("/sign-in")
@public
def enter() -> Response | tuple[str, int]:
    """Sign in; a wrong name and a wrong password are answered alike."""
    username = request.form.get("username", "").strip()
    password = request.form.get("password", "")
    try:
        operator = service.sign_in(username, password, request.remote_addr or "")
        if operator.role == "staff":
            raise Refused(
                "staff_at_terminals",
                Text(
                    "服务站账号请在本站终端登录。",
                    "Accounts of a station sign in at its terminal, not here.",
                ),
            )
    except (Unauthenticated, TooMany, Refused) as refusal:
        return _page(username, refusal.message), status_of(refusal)
    session.begin(operator)
    wanted = own_path(request.args.get("next", ""), url_for("hall.home.show"))
    return redirect(wanted, 303)


@bp.post("/sign-out")
@public
def leave() -> Response:
    """End the session; nothing of it stays in the browser. Idempotent."""
    operator = session.signed_in()
    if operator is not None:
        audit.note("sign_out", operator.id, operator.id)
    session.end()
    answer = redirect(url_for("hall.sign_in.show"), 303)
    # Back must not bring a case up again (W3C Clear Site Data).
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


def _page(username: str, error: Text | None) -> str:
    return render_template(
        "hall/sign_in.html",
        username=username,
        error=error,
        led_here="next" in request.args,
    )
