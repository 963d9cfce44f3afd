"""The first screen. Neighbours: every door leads to another module of this package."""

from flask import Blueprint, render_template

from kiosk.app_services import services
from kiosk.cases import drafts
from kiosk.operators.access import public
from kiosk.terminal import device, ending
from kiosk.terminal.line import line_state

bp = Blueprint("home", __name__)

#: What many come for, one item of each busy department; a choice, not a count.
OFTEN = ("MZ-006", "YB-14", "RS-001", "GA-002", "JY-001", "CL-001")


@bp.get("/")
@public
def show() -> str:
    """Show search, the six doors, and calmly whether the line to the centre is cut.

    A kiosk at which nobody is at work shows what can be done here after a while of quiet; whatever
    was left behind there is wiped before anybody else begins.
    """
    items = services().catalogue.items
    often = [items[code] for code in OFTEN if code in items]
    screen, at_rest = device.screen(), ending.is_at_rest()
    if screen and at_rest:
        drafts.discard_left(services(), screen)
    return render_template(
        "terminal/home.html",
        words=[item.search_words[0] for item in often],
        often=often,
        line=line_state(),
        attracts=screen is not None and at_rest,
        services_offered=len(items),
        hours=services().config.station_hours,
    )
