"""How a person wants to see the pages: language, large text and how large, by day or by night.

Kept in cookies of their own, not in the session, so that ending a session keeps them on a
phone and losing one costs nothing. Knows no items and no cases. Neighbours: `frame` asks
what was chosen, `kiosk.api.language` reads the language; static/css/parts/palette.css and
tokens.css draw it.
"""

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from kiosk.api.language import COOKIE as LANGUAGE_COOKIE
from kiosk.api.language import LANGUAGES
from kiosk.operators.access import public
from kiosk.pages.addresses import own_path

bp = Blueprint("preferences", __name__)

CARE_COOKIE = "care"
#: How large the large text is: body text of 23 px, or of 30 px.
SIZES = ("large", "largest")
SIZE_COOKIE = "size"
#: What the device asks for, or one of the two for good.
THEMES = ("auto", "light", "dark")
THEME_COOKIE = "theme"
SECONDS_KEPT = 180 * 24 * 3600
CHOICES = (
    (LANGUAGE_COOKIE, LANGUAGES),
    (CARE_COOKIE, ("on", "off")),
    (SIZE_COOKIE, SIZES),
    (THEME_COOKIE, THEMES),
)

#: The cookies of all choices: at a kiosk they are the next person's to make.
COOKIES = frozenset(cookie for cookie, _ in CHOICES)


def care() -> bool:
    """Say whether large text (长辈版) is on."""
    return request.cookies.get(CARE_COOKIE) == "on"


def slower() -> int:
    """Return how many times as long as usual everything waits for this person."""
    return 2 if care() else 1


def size() -> str:
    """Return how large the large text is, one of `SIZES`."""
    chosen = request.cookies.get(SIZE_COOKIE, "")
    return chosen if chosen in SIZES else SIZES[0]


def theme() -> str:
    """Return the palette, one of `THEMES`; where nothing was chosen the device decides."""
    chosen = request.cookies.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else THEMES[0]


@bp.post("/preferences")
@public
def save() -> Response:
    """Keep what was chosen and go back to the page it was chosen on."""
    answer = redirect(own_path(request.form.get("back", ""), url_for("terminal.home.show")))
    for cookie, allowed in CHOICES:
        value = request.form.get(cookie)
        if value is not None and value in allowed:
            answer.set_cookie(
                cookie,
                value,
                max_age=SECONDS_KEPT,
                httponly=True,
                samesite="Lax",
                secure=request.is_secure,
            )
    return answer
