"""Inviting a terminal: a one-time code for a station, with the command that uses it.

The code is shown once, in the answer to the request that made it, and is in no address.
Neighbours: `enrolment` makes and checks codes, `stations` lists the villages and communities.
"""

import base64
from collections.abc import Sequence

import structlog
from flask import render_template, request

from forms.definition import Text
from kiosk.db import reading
from kiosk.errors import Invalid, status_of
from kiosk.hall import enrolment
from kiosk.hall.pages import ADMINS, page_blueprint, the_operator
from kiosk.hall.stations import station_name, stations
from kiosk.operators.access import asks_password, requires
from kiosk.receipts import qr

log = structlog.get_logger(__name__)

bp = page_blueprint("invitations", __name__)

MINUTES = int(enrolment.VALID.total_seconds() // 60)


@bp.get("/terminals/invite")
@requires(*ADMINS)
def show() -> str:
    """Ask for which station."""
    return _page("", [])


@bp.post("/terminals/invite")
@requires(*ADMINS)
@asks_password
def make() -> tuple[str, int]:
    """Make a code and show it with its command; every request makes another."""
    chosen = request.form.get("station", "")
    try:
        name = station_name(chosen)
    except Invalid as refusal:
        return _page(chosen, [("#station", refusal.message)]), status_of(refusal)
    code = enrolment.invite(chosen, name, the_operator().id)
    log.info("terminal_invited", station=chosen, operator=the_operator().id)
    return shown(chosen, name, code), 201


def _page(chosen: str, problems: Sequence[tuple[str, Text]]) -> str:
    with reading() as session:
        waiting = enrolment.open_invitations(session)
    return render_template(
        "hall/invite.html",
        stations=stations(),
        chosen=chosen,
        problems=problems,
        waiting=waiting,
    )


def shown(station: str, name: str, code: str) -> str:
    """Return the page that shows a code this once, with the command that uses it."""
    command = f"kiosk terminal enrol {request.url_root.rstrip('/')} {code}"
    drawing = base64.b64encode(qr.svg(command, "M").encode()).decode()
    return render_template(
        "hall/invited.html",
        station=stations().get(station, name),
        code=" ".join(code[start : start + 4] for start in range(0, len(code), 4)),
        command=command,
        drawing=f"data:image/svg+xml;base64,{drawing}",
        minutes=MINUTES,
    )
