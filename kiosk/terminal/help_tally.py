"""How much help this station gave in a month: as a page and as a file for a spreadsheet.

Neighbours: `kiosk.cases.help.counting` counts, the hall's `help_service` shows all stations.
"""

from flask import Blueprint, Response, render_template, request

from kiosk.app_services import services
from kiosk.cases.help import counting
from kiosk.cases.help.services import SERVICES
from kiosk.operators.access import requires
from kiosk.pages.presentation import in_words
from kiosk.pages.tallies import file_of, matter
from kiosk.terminal import helped

bp = Blueprint("help_tally", __name__)


@bp.get("/staff/help/tally")
@requires("staff")
def show() -> str:
    """Show the counts of a month, by agent, item and kind."""
    found = counting.tally(counting.month_of(request.args.get("month")), helped.station_code())
    return render_template(
        "terminal/help_tally.html",
        tally=found,
        services=SERVICES,
        name=lambda code: in_words(matter(services().catalogue, code)),
    )


@bp.get("/staff/help/tally.csv")
@requires("staff")
def download() -> Response:
    """Send the same as CSV."""
    found = counting.tally(counting.month_of(request.args.get("month")), helped.station_code())
    return file_of(found, services().catalogue)
