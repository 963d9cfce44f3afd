"""The terminals while somebody watches them: which rows of a page have changed, and the counts.

Neighbours: `kiosk.pages.streaming` holds the stream, `static/js/hall.js` listens and fetches the
page anew, `terminals` draws it. Without script the page renews itself.
"""

from collections.abc import Mapping
from typing import Any

from flask import Response, request, stream_with_context

from kiosk.app_services import services
from kiosk.hall.fleet import fleet
from kiosk.hall.looking_for import Wanted, all_found, page_of, wanted
from kiosk.hall.pages import TERMINAL_READERS, page_blueprint
from kiosk.operators.access import requires
from kiosk.pages import streaming
from kiosk.pages.streaming import Tempo

bp = page_blueprint("watching", __name__)

#: A stream ends long before a session does, so that the next one asks who is there.
TEMPO = Tempo(seconds=25.0, look_seconds=2.0, soon_ms=500, later_ms=5000)


@bp.get("/terminals/live")
@requires(*TERMINAL_READERS)
def live() -> Response:
    """Tell the marks of the page's rows and the counts, and tell them again when they change."""
    asked = wanted(request.args)
    told = streaming.stream(lambda: seen(asked), services().config.web_threads, TEMPO)
    return Response(
        stream_with_context(told),
        mimetype="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


def seen(asked: Wanted) -> Mapping[str, Any]:
    """Return what is told of a page: a mark for each row in order, and terminals by light."""
    known = fleet()
    page = page_of(all_found(known, asked), asked)
    return {
        "rows": [[each.number, each.mark] for each in page.page],
        "lights": dict(known.totals.lights),
        "total": page.total,
    }
