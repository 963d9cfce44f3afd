"""How long people wait and are served at the stations' counters, by day. Nobody's name, no number.

Neighbours: `kiosk.counter.days` keeps what the terminals tell once a day.
"""

from datetime import timedelta

from flask import render_template
from sqlalchemy import select

from kiosk import clock
from kiosk.counter.model import CounterDay
from kiosk.db import reading
from kiosk.hall.pages import TERMINAL_READERS, page_blueprint
from kiosk.hall.stations import stations
from kiosk.operators.access import requires

bp = page_blueprint("counters", __name__)

#: Days that are shown.
SHOWN = timedelta(days=31)


@bp.get("/counters")
@requires(*TERMINAL_READERS)
def show() -> str:
    """Show the days of the last month, the newest first."""
    recent = select(CounterDay).where(CounterDay.day >= clock.today() - SHOWN)
    with reading() as session:
        found = session.scalars(recent.order_by(CounterDay.day.desc(), CounterDay.station_code))
        days = found.all()
    return render_template("hall/counters.html", days=days, places=stations())
