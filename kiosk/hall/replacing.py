"""A broken terminal's place taken by another machine, which gets its cases back from the hall.

The new machine makes keys of its own and enrols with a code that names the terminal; from that
moment the old machine's keys are worth nothing. Once approved it recovers as a restored one does.
Neighbours: `enrolment` makes and takes the code, ``sync.lives`` gives everything back.
"""

from flask import render_template
from sqlalchemy import func, select

from kiosk.db import reading
from kiosk.hall import enrolment
from kiosk.hall.invitations import shown
from kiosk.hall.pages import ADMINS, page_blueprint, the_operator
from kiosk.operators.access import asks_password, requires
from sync.ledger import LedgerEntry

bp = page_blueprint("replacing", __name__)


@bp.get("/terminals/<number>/replace")
@requires(*ADMINS)
@asks_password
def ask(number: str) -> str:
    """Ask once more, saying what comes back and what does not."""
    terminal = enrolment.find(number)
    kept = select(func.count()).where(LedgerEntry.terminal_id == terminal.terminal_id)
    with reading() as session:
        entries = session.scalar(kept) or 0
    return render_template("hall/replace.html", terminal=terminal, entries=entries)


@bp.post("/terminals/<number>/replace")
@requires(*ADMINS)
@asks_password
def make(number: str) -> tuple[str, int]:
    """Make a code for the new machine; every request makes another."""
    terminal = enrolment.find(number)
    code = enrolment.invite(
        terminal.station_code,
        terminal.station_name,
        the_operator().id,
        replaces=terminal.terminal_id,
    )
    return shown(terminal.station_code, terminal.station_name, code), 201
