"""The station's screen over the counter: which number is called to which desk. Nobody's name.

It stays open all day, so that no stream holds a thread for it: each tells the present state, and
the browser asks again a moment later (server-sent events, WHATWG HTML section 9.2). A screen that
lost the terminal goes on by itself. Neighbours: `counter` calls, `static/js/screen.js` listens.
"""

import json
from typing import Any

from flask import Blueprint, Response, render_template
from flask_babel import gettext

from kiosk.counter import queue
from kiosk.operators.access import public

bp = Blueprint("screen", __name__)

#: When the browser asks again (milliseconds).
AGAIN_MS = 1500


@bp.get("/station/screen")
@public
def show() -> str:
    """Show the numbers that are called now, and who comes next."""
    return render_template("terminal/screen.html", board=queue.board(), news=_news())


@bp.get("/station/screen/events")
@public
def events() -> Response:
    """Tell the present state once."""
    told = f"retry: {AGAIN_MS}\ndata: {json.dumps(_news())}\n\n"
    return Response(told, mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"})


def _news() -> dict[str, Any]:
    """Return the board with the sentence to be spoken for each call; digits are spelled out."""
    told = queue.board().told()
    for call in told["calls"]:
        spelled = " ".join(call["number"])
        call["say"] = gettext(
            "Number %(number)s, please come to %(desk)s.", number=spelled, desk=call["desk"]
        )
    return told
