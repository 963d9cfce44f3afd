"""The catalogue releases of the hall on one page: what is current, and which terminals have it.

Nothing is changed here: a release is made with `kiosk catalogue release`, and rolled out by
`rolling`. Neighbours: `shelf` lists the releases, `monitor` the terminals.
"""

from collections import Counter

from flask import render_template

from kiosk.app_services import services
from kiosk.db import reading
from kiosk.hall import staging
from kiosk.hall.monitor import overview
from kiosk.hall.pages import TERMINAL_READERS, page_blueprint
from kiosk.hall.shelf import rows
from kiosk.operators.access import requires

bp = page_blueprint("releases", __name__)


@bp.get("/releases")
@requires(*TERMINAL_READERS)
def show() -> str:
    """Show all releases, the current one first, and the terminals that have not got it."""
    with reading() as session:
        ahead = Counter(staging.staged(session).values())
    terminals = [row for row in overview() if row.standing == "approved"]
    return render_template(
        "hall/releases.html",
        rows=rows(services()),
        ahead=ahead,
        terminals=terminals,
        behind=[row for row in terminals if row.is_older or row.refusal],
    )
