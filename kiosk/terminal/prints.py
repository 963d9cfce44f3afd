"""Papers at the terminal: checklist and blank form of an item, its poster, one's own application.

What a resident prints is covered as everything on the shared screen is; the full copy is the
hall's alone. Neighbours: `kiosk.printing` lays out and makes the PDF, `receipt` says whose case
this browser has handed in.
"""

from flask import Blueprint, Response, abort, session

from kiosk.app_services import services
from kiosk.cases import queries
from kiosk.operators.access import public, requires
from kiosk.pages.papers import paper
from kiosk.printing import checklist as checklists
from kiosk.printing import form
from kiosk.printing import poster as posters
from kiosk.printing.handed_in import handed_in
from kiosk.printing.press import printed
from kiosk.terminal import receipt
from kiosk.terminal.showing import shown
from kiosk.terminal.wanted import item_or_404

bp = Blueprint("prints", __name__)


@bp.get("/items/<code>/checklist.pdf")
@public
def checklist(code: str) -> Response:
    """Make the checklist of materials; 503 when printing is busy or not possible here."""
    item = item_or_404(code)
    return paper(printed(checklists.html(item)), f"{item.code}-checklist", is_public=True)


@bp.get("/items/<code>/form.pdf")
@public
def blank(code: str) -> Response:
    """Make the blank application form."""
    item = item_or_404(code)
    html = form.blank(item, services().catalogue.release)
    return paper(printed(html), f"{item.code}-form", is_public=True)


@bp.get("/items/<code>/poster.pdf")
@requires("staff")
def poster(code: str) -> Response:
    """Make the poster of an item, with the name of this station."""
    item = item_or_404(code)
    station = services().station
    html = posters.html([item], station.name if station else None)
    return paper(printed(html), f"{item.code}-poster")


@bp.get("/receipt/application.pdf")
@public
def application() -> Response:
    """Make a covered copy of the application whose receipt this browser shows, and of no other."""
    if not receipt.at_hand():
        abort(404)
    parts, token = services(), session[receipt.KEY]["token"]
    progress = queries.progress_by_token(parts, token)
    station = parts.station
    html = form.copy(
        handed_in(parts, progress.case_id, token),
        shown,
        is_covered=True,
        station=station.name if station else None,
    )
    return paper(printed(html), progress.number)
