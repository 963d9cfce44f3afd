"""The state of the terminals, worst first, a page at a time; letting one in and shutting it out.

Neighbours: `fleet` and `looking_for` find which to show, `monitor` says how they are, `watching`
tells what changes meanwhile, `terminal` shows one, `enrolment` acts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from kiosk import clock, workdays
from kiosk.api.language import reading_language
from kiosk.backup import model
from kiosk.db import reading
from kiosk.errors import Conflict
from kiosk.hall import drawing, enrolment, finding_words, locating
from kiosk.hall.fleet import Known, fleet
from kiosk.hall.looking_for import LIST, MAP, WALL, all_found, page_of, wanted
from kiosk.hall.monitor import state_of, states
from kiosk.hall.pages import ADMINS, TERMINAL_READERS, page_blueprint, the_operator
from kiosk.hall.terminal_lights import BY_CODE, LIGHTS
from kiosk.operators.access import asks_password, requires
from sync.identity import PublicIdentity
from sync.ledger import Terminal

log = structlog.get_logger(__name__)

bp = page_blueprint("terminals", __name__)

#: Seconds between two looks at the state without script.
REFRESH = 10
#: Without script the page renews itself this often and then stops, so that a forgotten screen
#: is signed out by the idle limit like any other.
RENEWALS = 54
#: So many that wait to be let in are shown at once, and so many squares are on a wall.
MOST_WAITING, MOST_SQUARES = 20, 1000
#: Of more that wait than these, all rows are looked through for them.
_FEW = 500


@dataclass(frozen=True, slots=True)
class Waiting:
    """A terminal that asks to be let in; people compare the fingerprint aloud."""

    number: str
    station_name: str
    fingerprint: str
    enrolled_at: datetime


@bp.get("/terminals")
@requires(*TERMINAL_READERS)
def show() -> str:
    """Show the terminals that the address asks for, with sums over all."""
    asked, known = wanted(request.args), fleet()
    matching = all_found(known, asked)
    found = page_of(matching, asked)
    left = request.args.get("left", RENEWALS, type=int)
    with reading() as session:
        backup = model.state(session)
        ids = [each.terminal_id for each in found.page] if asked.view == LIST else []
        rows = states(session, ids)
        waiting, count_waiting = _waiting(session, known.waiting)
    return render_template(
        "hall/terminals.html",
        asked=asked,
        found=found,
        rows=rows,
        bars=[drawing.bar(row.pulse) for row in rows],
        wall=matching[:MOST_SQUARES] if asked.view == WALL else [],
        map=locating.drawn(matching) if asked.view == MAP else None,
        totals=known.totals,
        findings=known.findings,
        short=finding_words.SHORT,
        light_of={code: finding.light for code, finding in BY_CODE.items()},
        backup=backup,
        waiting=waiting,
        count_waiting=count_waiting,
        table_ends=workdays.ends_soon(clock.today()),
        holidays_refused=workdays.refused(),
        lights=LIGHTS,
        refresh=REFRESH,
        left=min(max(left, 0), RENEWALS),
    )


@bp.post("/terminals/<number>/approve")
@requires(*ADMINS)
@asks_password
def approve(number: str) -> Response:
    """Let the terminal in; its fingerprint was compared."""
    compared = request.form.get("fingerprint", "")
    try:
        terminal = enrolment.approve(number, the_operator().id, compared)
    except Conflict as refusal:
        flash(refusal.message.to(reading_language()))
        return redirect(url_for("hall.terminals.show"), 303)
    log.info("terminal_approved", terminal=number, operator=the_operator().id)
    flash(gettext("%(station)s has been let in.", station=terminal.station_name))
    return redirect(url_for("hall.terminals.show"), 303)


@bp.get("/terminals/<number>/revoke")
@requires(*ADMINS)
@asks_password
def confirm_revocation(number: str) -> str:
    """Ask once more, saying what it means."""
    terminal = enrolment.find(number)
    with reading() as session:
        state = state_of(session, terminal)
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


def _waiting(session: Session, known: Sequence[Known]) -> tuple[Sequence[Waiting], int]:
    """Return those that wait longest to be let in, and how many wait in all.

    Of those that the fleet knows: who has been let in meanwhile waits no longer.
    """
    if not known:
        return [], 0
    pending = Terminal.standing == "pending"
    if len(known) <= _FEW:
        pending = and_(pending, Terminal.terminal_id.in_([each.terminal_id for each in known]))
    query = select(Terminal).where(pending).order_by(Terminal.enrolled_at).limit(MOST_WAITING)
    found = [
        Waiting(
            terminal.number,
            terminal.station_name,
            PublicIdentity.from_hex(terminal.public).fingerprint(),
            terminal.enrolled_at,
        )
        for terminal in session.scalars(query)
    ]
    if len(found) < MOST_WAITING:
        return found, len(found)
    return found, session.scalar(select(func.count()).where(pending)) or 0
