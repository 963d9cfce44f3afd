"""Opening an application and leaving it. Everything between is one module per page.

Neighbours: `identify`, `questions`, `lists`, `materials`, `check`, `sign`, in the order walked.
"""

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from kiosk.app_services import services
from kiosk.cases import drafts
from kiosk.operators.access import public
from kiosk.terminal.wanted import forget, item_or_404, remember

bp = Blueprint("apply", __name__)


@bp.post("/items/<code>/apply")
@public
def begin(code: str) -> Response:
    """Open a new draft for this browser; an earlier one of the same item is discarded."""
    item = item_or_404(code)
    earlier = forget(code)
    if earlier:
        drafts.discard(services(), earlier)
    remember(drafts.open_draft(services(), item.code))
    return redirect(url_for("terminal.identify.show", code=code))


@bp.post("/items/<code>/apply/leave")
@public
def leave(code: str) -> Response:
    """Discard the draft and everything in it, and go home."""
    earlier = forget(code)
    if earlier:
        drafts.discard(services(), earlier)
    return redirect(url_for("terminal.home.show"))
