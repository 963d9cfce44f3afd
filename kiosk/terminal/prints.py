"""Papers at the terminal: checklist and blank form of an item, its poster, one's own application.

Each has a page that shows it in a frame, with the way back: a kiosk's browser has no button for it.

What a resident prints is covered as everything on the shared screen is; the full copy is the
hall's alone. Neighbours: `kiosk.printing` lays out and makes the PDF, `receipt` says whose case
this browser has handed in.
"""

import importlib
from typing import Any

from flask import Blueprint, Response, abort, render_template, session, url_for

from forms.definition import Text
from kiosk.app_services import services
from kiosk.cases import queries
from kiosk.operators.access import public, requires
from kiosk.pages.framing import allow_own
from kiosk.pages.papers import paper
from kiosk.printing.press import printed
from kiosk.printing.words import WORDS
from kiosk.terminal import receipt
from kiosk.terminal.showing import shown
from kiosk.terminal.wanted import item_or_404

bp = Blueprint("prints", __name__)
# A refusal too: it is read in the same frame.
bp.after_request(allow_own)


def _paper(name: str) -> Any:
    # What makes the text of a paper is loaded with the first one, not by every process.
    return importlib.import_module(f"kiosk.printing.{name}")


@bp.get("/items/<code>/checklist.pdf")
@public
def checklist(code: str) -> Response:
    """Make the checklist of materials; 503 when printing is busy or not possible here."""
    item = item_or_404(code)
    return paper(printed(_paper("checklist").html(item)), f"{item.code}-checklist", is_public=True)


@bp.get("/items/<code>/form.pdf")
@public
def blank(code: str) -> Response:
    """Make the blank application form."""
    item = item_or_404(code)
    html = _paper("form").blank(item, services().catalogue.release)
    return paper(printed(html), f"{item.code}-form", is_public=True)


@bp.get("/items/<code>/poster.pdf")
@requires("staff")
def poster(code: str) -> Response:
    """Make the poster of an item, with the name of this station."""
    item = item_or_404(code)
    station = services().station
    html = _paper("poster").html([item], station.name if station else None)
    return paper(printed(html), f"{item.code}-poster")


@bp.get("/receipt/application.pdf")
@public
def application() -> Response:
    """Make a covered copy of the application whose receipt this browser shows, and of no other.

    That of a bundle holds the forms of all its cases.
    """
    if not receipt.at_hand():
        abort(404)
    parts, token = services(), session[receipt.KEY]["token"]
    progress = queries.progress_by_token(parts, token)
    station = parts.station.name if parts.station else None
    if receipt.together_with(progress):
        whole = _paper("together").handed_in_together(parts, progress.case_id, token)
        html = _paper("bundle").copies(whole, shown, is_covered=True, station=station)
    else:
        case = _paper("handed_in").handed_in(parts, progress.case_id, token)
        html = _paper("form").copy(case, shown, is_covered=True, station=station)
    return paper(printed(html), progress.number)


@bp.get("/items/<code>/checklist")
@public
def show_checklist(code: str) -> str:
    """Show the checklist with the way back to the guide."""
    return _of_item(code, WORDS["checklist"], "terminal.prints.checklist")


@bp.get("/items/<code>/form")
@public
def show_blank(code: str) -> str:
    """Show the blank form with the way back to the guide."""
    return _of_item(code, WORDS["form"], "terminal.prints.blank")


@bp.get("/items/<code>/poster")
@requires("staff")
def show_poster(code: str) -> str:
    """Show the poster with the way back to the guide."""
    return _of_item(code, WORDS["poster"], "terminal.prints.poster")


@bp.get("/receipt/application")
@public
def show_application() -> str:
    """Show one's own application; the page clears itself as the receipt does."""
    if not receipt.at_hand():
        abort(404)
    return render_template(
        "terminal/paper.html",
        title=WORDS["form"],
        source=url_for("terminal.prints.application"),
        back_to=url_for("terminal.receipt.show"),
        seconds=receipt.seconds_shown(),
    )


def _of_item(code: str, title: Text, endpoint: str) -> str:
    item = item_or_404(code)
    return render_template(
        "terminal/paper.html",
        title=title,
        source=url_for(endpoint, code=item.code),
        back_to=url_for("terminal.guide.show", code=item.code),
        seconds=None,
    )
