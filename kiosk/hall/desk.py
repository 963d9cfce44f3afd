"""The desk's list of cases, its filters in the address. Neighbour: `worklist` asks for them."""

from flask import render_template, request

from kiosk import clock, workdays
from kiosk.app_services import services
from kiosk.cases import lifecycle
from kiosk.hall import follow_ups
from kiosk.hall.lights import COLOURS
from kiosk.hall.pages import CASE_READERS, page_blueprint, the_operator
from kiosk.hall.tabs import ALL, OPEN
from kiosk.hall.worklist import Filters, terminal_stations, worklist
from kiosk.operators.access import requires
from kiosk.operators.departments import authorities

bp = page_blueprint("desk", __name__)

#: The tabs above the list, in the order of a case's life.
TABS = (
    OPEN,
    lifecycle.SUBMITTED,
    lifecycle.ACCEPTED,
    lifecycle.RETURNED,
    lifecycle.APPROVED,
    lifecycle.DELIVERED,
    lifecycle.REFUSED,
    lifecycle.WITHDRAWN,
    ALL,
)
HOLDERS = ("mine", "nobody")


@bp.get("/desk")
@requires(*CASE_READERS)
def show() -> str:
    """Show one page of the list; an unknown filter is no filter."""
    filters = _filters()
    return render_template(
        "hall/desk.html",
        filters=filters,
        found=worklist(services(), filters, the_operator().id),
        tabs=TABS,
        stations=terminal_stations(),
        items={code: item.name for code, item in services().catalogue.items.items()},
        colours=COLOURS,
        departments=authorities(services().catalogue),
        promises_due=follow_ups.due_soon(),
        table_ends=workdays.ends_soon(clock.today()),
    )


def _filters() -> Filters:
    asked = request.args
    state, holder = asked.get("state", OPEN), asked.get("holder", "")
    return Filters(
        state=state if state in TABS else OPEN,
        station=asked.get("station", "")[:12],
        item=asked.get("item", "")[:16],
        holder=holder if holder in HOLDERS else "",
        number=asked.get("number", "").strip()[:24],
        light=light if (light := asked.get("light", "")) in COLOURS else "",
        department=asked.get("department", "")[:40],
        after=asked.get("after", "")[:64],
    )
