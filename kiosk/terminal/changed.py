"""The form has changed under an application: what was entered and does not fit any more.

Neighbours: `wanted` leads here as long as there is something to tell, `kiosk.cases.renewal` set it
aside, and the pages of the form ask again.
"""

from dataclasses import replace

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from forms.definition import Text
from kiosk.app_services import services
from kiosk.cases import drafts, renewal
from kiosk.operators.access import public
from kiosk.terminal.wanted import draft_at_hand

bp = Blueprint("changed", __name__)

NO_LABEL = Text("现在不再询问", "Not asked any more")


@bp.get("/items/<code>/apply/changed")
@public
def show(code: str) -> Response | str:
    """List what does not fit the form as it is now, with what was entered."""
    draft = draft_at_hand(code)
    if not draft.set_aside:
        return redirect(url_for("terminal.check.show", code=code))
    lines = [
        (Text(**entry["label"]) if entry["label"] else NO_LABEL, entry["value"])
        for entry in draft.set_aside
    ]
    item = renewal.form_of(services(), draft)
    return render_template("terminal/changed.html", item=item, lines=lines)


@bp.post("/items/<code>/apply/changed")
@public
def proceed(code: str) -> Response:
    """Go on, now that it has been read, with what is still to be answered."""
    draft = draft_at_hand(code)
    drafts.save(services(), replace(draft, set_aside=[]))
    return redirect(url_for("terminal.check.show", code=code))
