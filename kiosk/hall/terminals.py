"""The state of every terminal on one page, worst first; letting a terminal in and shutting it out.

Neighbours: `monitor` judges, `enrolment` acts, `invitations` makes the codes for new terminals.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.wrappers import Response

from kiosk.backup import model
from kiosk.db import reading
from kiosk.hall import enrolment
from kiosk.hall.monitor import GREEN, GREY, RED, YELLOW, TerminalState, overview
from kiosk.hall.pages import ADMINS, TERMINAL_READERS, page_blueprint, the_operator
from kiosk.operators.access import asks_password, requires
from sync.identity import PublicIdentity
from sync.ledger import Terminal

log = structlog.get_logger(__name__)

bp = page_blueprint("terminals", __name__)

LIGHTS = (RED, YELLOW, GREEN, GREY)
#: Seconds between two looks at the state.
REFRESH = 10
#: Without script the page renews itself this often and then stops, so that a forgotten screen
#: is signed out by the idle limit like any other.
RENEWALS = 54


@dataclass(frozen=True, slots=True)
class Waiting:
    """A terminal that asks to be let in; people compare the fingerprint aloud."""

    number: str
    station_name: str
    fingerprint: str
    enrolled_at: datetime


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums over all terminals, and how many have each light."""

    lights: Mapping[str, int]
    created: int
    applied: int
    pending: int
    held: int
    quarantined: int
    refused: int
    blobs: int


@bp.get("/terminals")
@requires(*TERMINAL_READERS)
def show() -> str:
    """Show the terminals that the address asks for, with sums over all."""
    # Those that wait to be let in have a place of their own above the list.
    rows = [row for row in overview() if row.standing != "pending"]
    light, words = request.args.get("light", ""), request.args.get("q", "").strip()[:80]
    light = light if light in LIGHTS else ""
    left = request.args.get("left", RENEWALS, type=int)
    with reading() as session:
        backup = model.state(session)
    return render_template(
        "hall/terminals.html",
        rows=[row for row in rows if _is_asked(row, light, words)],
        totals=_totals(rows),
        backup=backup,
        waiting=_waiting(),
        light=light,
        words=words,
        lights=LIGHTS,
        refresh=REFRESH,
        left=min(max(left, 0), RENEWALS),
    )


@bp.post("/terminals/<number>/approve")
@requires(*ADMINS)
def approve(number: str) -> Response:
    """Let the terminal in; its fingerprint was compared."""
    terminal = enrolment.approve(number, the_operator().id)
    log.info("terminal_approved", terminal=number, operator=the_operator().id)
    flash(gettext("%(station)s has been let in.", station=terminal.station_name))
    return redirect(url_for("hall.terminals.show"), 303)


@bp.get("/terminals/<number>/revoke")
@requires(*ADMINS)
@asks_password
def confirm_revocation(number: str) -> str:
    """Ask once more, saying what it means."""
    terminal = enrolment.find(number)
    state = next(row for row in overview() if row.number == number)
    return render_template("hall/revoke.html", terminal=terminal, state=state)


@bp.post("/terminals/<number>/revoke")
@requires(*ADMINS)
@asks_password
def revoke(number: str) -> Response:
    """Shut the terminal out from its next request on."""
    terminal = enrolment.revoke(number, the_operator().id)
    log.info("terminal_revoked", terminal=number, operator=the_operator().id)
    flash(gettext("%(station)s has been shut out.", station=terminal.station_name))
    return redirect(url_for("hall.terminals.show"), 303)


def _is_asked(row: TerminalState, light: str, words: str) -> bool:
    texts = (row.number, row.station_code, row.station_name)
    return (not light or row.light == light) and any(words in text for text in texts)


def _totals(rows: Sequence[TerminalState]) -> Totals:
    return Totals(
        lights={light: sum(row.light == light for row in rows) for light in LIGHTS},
        created=sum(row.created for row in rows),
        applied=sum(row.applied for row in rows),
        pending=sum(row.pending for row in rows),
        held=sum(row.held for row in rows),
        quarantined=sum(row.quarantined for row in rows),
        refused=sum(row.refused for row in rows),
        blobs=sum(row.blobs_outstanding for row in rows),
    )


def _waiting() -> list[Waiting]:
    query = select(Terminal).where(Terminal.standing == "pending").order_by(Terminal.enrolled_at)
    with reading() as session:
        found = session.scalars(query).all()
    return [
        Waiting(
            terminal.number,
            terminal.station_name,
            PublicIdentity.from_hex(terminal.public).fingerprint(),
            terminal.enrolled_at,
        )
        for terminal in found
    ]
