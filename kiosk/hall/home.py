"""The way in: each role is led to the page it works on; and the language of the pages."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from kiosk.api.language import COOKIE, LANGUAGES
from kiosk.hall.pages import page_blueprint
from kiosk.operators.access import public
from kiosk.operators.session import signed_in
from kiosk.pages.addresses import own_path

bp = page_blueprint("home", __name__)

SECONDS_KEPT = 180 * 24 * 3600


@bp.get("/")
@public
def show() -> Response:
    """Lead clerks to the desk, admins and auditors to the terminals, others to the sign-in page."""
    operator = signed_in()
    if operator is None:
        return redirect(url_for("hall.sign_in.show"))
    return redirect(
        url_for("hall.desk.show" if operator.role == "clerk" else "hall.terminals.show")
    )


@bp.post("/language")
@public
def speak() -> Response:
    """Keep the chosen language and go back to the page it was chosen on."""
    answer = redirect(own_path(request.form.get("back", ""), url_for("hall.home.show")), 303)
    language = request.form.get("lang")
    if language in LANGUAGES:
        answer.set_cookie(
            COOKIE,
            language,
            max_age=SECONDS_KEPT,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure,
        )
    return answer
