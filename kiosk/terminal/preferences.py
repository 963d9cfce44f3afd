"""How a person wants to see the pages: language and large text.

Kept in two cookies of their own, not in the session, so that ending a session keeps them on a
phone and losing one costs nothing. Knows no items and no cases. Neighbours: `frame` asks
whether large text is on, `kiosk.api.language` reads the language.
"""

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from kiosk.api.language import COOKIE as LANGUAGE_COOKIE
from kiosk.api.language import LANGUAGES
from kiosk.operators.access import public
from kiosk.pages.addresses import own_path

bp = Blueprint("preferences", __name__)

CARE_COOKIE = "care"
SECONDS_KEPT = 180 * 24 * 3600


def care() -> bool:
    """Say whether large text (长辈版) is on."""
    return request.cookies.get(CARE_COOKIE) == "on"


@bp.post("/preferences")
@public
def save() -> Response:
    """Keep what was chosen and go back to the page it was chosen on."""
    answer = redirect(own_path(request.form.get("back", ""), url_for("terminal.home.show")))
    for cookie, allowed in ((LANGUAGE_COOKIE, LANGUAGES), (CARE_COOKIE, ("on", "off"))):
        value = request.form.get(cookie)
        if value in allowed:
            answer.set_cookie(
                cookie,
                value,
                max_age=SECONDS_KEPT,
                httponly=True,
                samesite="Lax",
                secure=request.is_secure,
            )
    return answer
