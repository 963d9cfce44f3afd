"""Two machines with one identity: an admin looks, and lets one of them go on.

Neighbours: ``sync.lives`` has the wishes and the epochs, `terminals` leads here, the command
`kiosk hall rejoin` does the same.
"""

from dataclasses import dataclass
from datetime import datetime

import structlog
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from forms.definition import Text
from kiosk.db import reading, writing
from kiosk.errors import Conflict
from kiosk.hall import enrolment
from kiosk.hall.pages import ADMINS, page_blueprint, the_operator
from kiosk.operators import audit
from kiosk.operators.access import asks_password, requires
from sync import lives
from sync.ledger import Fork, Terminal

log = structlog.get_logger(__name__)

bp = page_blueprint("rejoining", __name__)

#: So many characters of a life's id are shown and asked for.
CODE_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine that waits: the code on its own screen, and what it has that the hall has not."""

    code: str
    diverging: int
    asked_at: datetime
    heard_at: datetime


@bp.get("/terminals/<number>/rejoin")
@requires(*ADMINS)
@asks_password
def confirm(number: str) -> str:
    """Show which machines wait and what it means to let one go on."""
    terminal = enrolment.find(number)
    with reading() as session:
        waiting = [
            Machine(each.life_id[:CODE_LENGTH], each.diverging, each.asked_at, each.heard_at)
            for each in lives.waiting(session, terminal.terminal_id)
        ]
        kept = select(func.count()).where(Fork.terminal_id == terminal.terminal_id)
        kept_apart = session.scalar(kept) or 0
    return render_template(
        "hall/rejoin.html", terminal=terminal, waiting=waiting, kept_apart=kept_apart
    )


@bp.post("/terminals/<number>/rejoin")
@requires(*ADMINS)
@asks_password
def let_go_on(number: str) -> Response:
    """Let the machine with this code go on, or take the flags back (``verb``); each only if asked.

    The page may be older than a machine that waits by now: that one goes on by its code alone.
    """
    if request.form.get("verb") == "take_back":
        take_back(number, the_operator().id)
        log.warning("warning_taken_back", terminal=number, operator=the_operator().id)
        flash(gettext("The warning is taken back."))
    else:
        # No machine has the code of a form without one.
        found = rejoin(number, request.form.get("machine", "").strip() or "?", the_operator().id)
        log.warning("terminal_rejoined", terminal=number, machine=found, operator=the_operator().id)
        flash(gettext("Machine %(code)s goes on at its next contact.", code=found))
    return redirect(url_for("hall.terminals.show"), 303)


def take_back(number: str, by: str = audit.COMMAND) -> None:
    """Take back what was flagged at a terminal. NotFound; Conflict when a machine waits by now."""
    terminal_id = enrolment.find(number).terminal_id
    with writing() as session:
        terminal = session.get_one(Terminal, terminal_id, with_for_update=True)
        try:
            lives.take_back(session, terminal)
        except LookupError as error:
            message = Text(
                "现在有机器在等待：请先查看，再选择哪一台继续。",
                "A machine waits by now: look again, and choose the one that goes on.",
            )
            raise Conflict("machine_waits", message) from error
        audit.record(session, "terminal.taken_back", number, by)


def rejoin(number: str, code: str, by: str = audit.COMMAND) -> str | None:
    """Let one machine go on and return its code; None when none waits. NotFound, Conflict."""
    terminal_id = enrolment.find(number).terminal_id
    with writing() as session:
        terminal = session.get_one(Terminal, terminal_id, with_for_update=True)
        try:
            life = lives.let_go_on(session, terminal, code or None)
        except LookupError as error:
            message = Text(
                "没有机器在等待，或有几台在等待：请选择机器代码。",
                "No machine with this code waits, or several do: name the code of one.",
            )
            raise Conflict("machine_unclear", message) from error
        machine = life.life_id[:CODE_LENGTH] if life is not None else None
        audit.record(session, "terminal.rejoined", number, by, {"machine": machine or ""})
        return machine
