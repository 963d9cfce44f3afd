"""The first screen. Neighbours: every door leads to another module of this package."""

from flask import Blueprint, render_template

from kiosk.app_services import services
from kiosk.operators.access import public
from kiosk.terminal.line import line_state

bp = Blueprint("home", __name__)

#: What many come for, one item of each busy department; a choice, not a count.
OFTEN = ("MZ-006", "YB-14", "RS-001", "GA-002", "JY-001", "CL-001")


@bp.get("/")
@public
def show() -> str:
    """Show search, the six doors, and calmly whether the line to the centre is cut."""
    items = services().catalogue.items
    words = [items[code].search_words[0] for code in OFTEN if code in items]
    return render_template("terminal/home.html", words=words, line=line_state())
