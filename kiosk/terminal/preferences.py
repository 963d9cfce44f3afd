"""How a person wants to see the pages: language and large text.

Kept in two cookies of their own, not in the session, so that ending a session keeps them on a
phone and losing one costs nothing. Knows no items and no cases. Neighbours: `presentation` asks
whether large text is on, `kiosk.api.language` reads the language.
"""

from urllib.parse import urlsplit

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from kiosk.api.language import COOKIE as LANGUAGE_COOKIE
from kiosk.api.language import LANGUAGES
from kiosk.operators.access import public

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
    answer = redirect(own_path(request.form.get("back", "")))
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


def own_path(path: str) -> str:
    """Return `path` if it is a path of this site, else the home page: no way leads outside."""
    parts = urlsplit(path)
    inside = path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.netloc
    return path if inside and path.isprintable() else url_for("terminal.home.show")
