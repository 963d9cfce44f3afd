"""Who helps here: the station's people, hours and telephone."""

from flask import Blueprint, render_template

from kiosk.app_services import services
from kiosk.operators.access import public

bp = Blueprint("station", __name__)


@bp.get("/station")
@public
def show() -> str:
    """Show how to reach a person; what the catalogue says of hours stands in for the station's."""
    item = next(iter(services().catalogue.items.values()), None)
    return render_template("terminal/station.html", item=item)
