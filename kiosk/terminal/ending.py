"""The end of a visit: everything this browser's session has is wiped, here and in the browser.

Called by a person's own hand, by the kiosk's clock (static/js/kiosk/idle.js), and from the receipt.
What outlives a script that died is wiped by `kiosk.cases.drafts.wipe_old` and when the next visit
begins. Neighbours: `device` knows the kiosk, `kiosk.cases.drafts` the drafts.
"""

from flask import Blueprint, redirect, request, session, url_for
from werkzeug.wrappers import Response

from kiosk.app_services import services
from kiosk.cases import drafts
from kiosk.devices import presence
from kiosk.operators.access import public
from kiosk.terminal import basket, device, helped, preferences
from kiosk.terminal.wanted import clear_all

bp = Blueprint("ending", __name__)

#: What Flask keeps in a session that nobody has used for anything yet.
_EMPTY = {"csrf_token", "_permanent", "_fresh"}


@bp.post("/end")
@public
def end() -> Response:
    """Wipe everything of this visit and go home; safe to call twice."""
    wipe()
    return gone_home()


def wipe() -> None:
    """Wipe drafts with their pictures, and forget whose session it was, a member of staff's too."""
    screen = device.screen()
    helped.stop()
    clear_all()
    basket.empty()
    if screen:
        drafts.discard_left(services(), screen)
    session.clear()


def clears_after(seconds: int) -> int | None:
    """Return after how many seconds a page clears itself here: twice as many in large text.

    None on one's own device, where nobody else comes and other forms may be open.
    """
    return seconds * preferences.slower() if device.screen() else None


def gone_home() -> Response:
    """Return the way home that makes the browser forget, too.

    At a kiosk all that was chosen is the next person's to choose; the screen's mark stays.
    """
    answer = redirect(url_for("terminal.home.show"), 303)
    # Back must not bring a page with personal data up again (W3C Clear Site Data). On a paired
    # tablet the storage holds cases that are not delivered, encrypted, and its app.
    is_tablet = presence.present() is not None
    answer.headers["Clear-Site-Data"] = '"cache"' if is_tablet else '"cache", "storage"'
    if device.screen():
        for cookie in preferences.COOKIES:
            answer.delete_cookie(cookie, httponly=True, samesite="Lax", secure=request.is_secure)
    return answer


def is_at_rest() -> bool:
    """Say whether nobody has done anything in this browser since the last visit ended."""
    chosen = preferences.COOKIES & request.cookies.keys()
    return not chosen and not session.keys() - _EMPTY
