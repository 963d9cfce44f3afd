"""The first screen. Neighbours: every door leads to another module of this package."""

from itertools import islice

from flask import Blueprint, render_template

from kiosk.app_services import services
from kiosk.operators.access import public
from kiosk.terminal.line import line_state

bp = Blueprint("home", __name__)

SHORTCUTS = 6


@bp.get("/")
@public
def show() -> str:
    """Show search, the six doors, and calmly whether the line to the centre is cut."""
    items = islice(services().catalogue.items.values(), SHORTCUTS)
    words = [item.search_words[0] for item in items if item.search_words]
    return render_template("terminal/home.html", words=words, line=line_state())
