"""Who helps here: the station's people, hours and telephone."""

from flask import Blueprint, render_template
from sqlalchemy import select

from kiosk.app_services import services
from kiosk.db import reading
from kiosk.operators.access import public
from kiosk.operators.model import Operator
from kiosk.terminal import nearby

bp = Blueprint("station", __name__)


@bp.get("/station")
@public
def show() -> str:
    """Show who is here and how to reach a person.

    Hours and telephone are the station's own where they are set; else what the catalogue says of
    them stands in.
    """
    parts = services()
    return render_template(
        "terminal/station.html",
        item=next(iter(parts.catalogue.items.values()), None),
        people=people(parts.station.code if parts.station else None),
        hours=parts.config.station_hours,
        phone=parts.config.station_phone,
        has_map=(parts.config.data_dir / nearby.NAME).is_file(),
    )


def people(station: str | None) -> list[str]:
    """Return the names of the staff of the station, as the sign at its counter has them."""
    staff = select(Operator).where(Operator.role == "staff", Operator.active)
    with reading() as session:
        found = session.scalars(staff.order_by(Operator.display_name)).all()
    return [entry.display_name for entry in found if station in entry.station_codes]
