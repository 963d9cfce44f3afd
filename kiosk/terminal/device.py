"""Is this browser the kiosk in the hallway, or somebody's own phone or tablet?

The kiosk's browser starts at `/device/kiosk`, which leaves a mark in a cookie of its own. The mark
is a random name for the screen and says nothing of any person; without it a browser is somebody's
own. Neighbours: `frame` gives kiosk pages their look and clock, `ending` keeps the mark when all
else goes, `kiosk.devices.presence` has the same cookie on a paired tablet.
"""

import re
import secrets

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from kiosk.devices import presence
from kiosk.operators.access import public

bp = Blueprint("device", __name__)

COOKIE = "device"
SECONDS_KEPT = 365 * 24 * 3600
_SCREEN = re.compile(r"[0-9a-f]{16}")


def screen() -> str | None:
    """Return the name of the kiosk this browser is, 16 hex digits; None on anything else."""
    mark = request.cookies.get(COOKIE, "")
    return mark if _SCREEN.fullmatch(mark) else None


@bp.get("/device/kiosk")
@public
def mark() -> Response:
    """Make this browser a kiosk, then go home; a paired tablet stays one."""
    answer = redirect(url_for("terminal.home.show"))
    if presence.present() is not None:
        return answer
    answer.set_cookie(
        COOKIE,
        # Started again with the mark still there, it is the same screen: what was left is found.
        screen() or secrets.token_hex(8),
        max_age=SECONDS_KEPT,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )
    return answer


@bp.get("/device/own")
@public
def ask() -> str:
    """Ask before the mark is taken away: no link alone may end a kiosk's care for its visitors."""
    return render_template("terminal/device_own.html", is_kiosk=screen() is not None)


@bp.post("/device/own")
@public
def unmark() -> Response:
    """Make this browser a device of one's own again, then go home."""
    answer = redirect(url_for("terminal.home.show"))
    if presence.present() is not None:
        return answer
    answer.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=request.is_secure)
    return answer
