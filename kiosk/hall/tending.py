"""The forms about one terminal: each asks once more or takes what was typed, then goes back to it.

Routes hold no rules. Neighbours: `caring` has the verbs, `terminal` shows what became of it.
"""

from collections.abc import Callable

import structlog
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from forms.definition import Text
from kiosk.errors import Invalid, status_of
from kiosk.hall import caring, enrolment
from kiosk.hall.pages import ADMINS, page_blueprint, the_operator
from kiosk.hall.terminal import page
from kiosk.operators.access import asks_password, requires

log = structlog.get_logger(__name__)

bp = page_blueprint("tending", __name__)

Answer = Response | tuple[str, int]
_SAID = {
    "ask": _l("At its next contact everything is compared and told anew."),
    "pause": _l("Nothing that is wrong with it calls for anybody now."),
    "resume": _l("It is watched again."),
}


@bp.get("/terminals/<number>/<any('ask', 'forgo', 'resume'):verb>")
@requires(*ADMINS)
def ask(number: str, verb: str) -> str:
    """Ask once more, saying what it means."""
    return _asked(number, verb)


@bp.post("/terminals/<number>/<any('ask', 'forgo', 'resume'):verb>")
@requires(*ADMINS)
def do(number: str, verb: str) -> Response:
    """Do it, and go back to the terminal."""
    by = the_operator().id
    if verb == "ask":
        caring.ask_anew(number, by)
    elif verb == "forgo":
        return _done(number, verb, by, _given_up(caring.give_files_up(number, by)))
    else:
        caring.go_on(number, by)
    return _done(number, verb, by)


@bp.get("/terminals/<number>/pause")
@requires(*ADMINS)
@asks_password
def ask_pause(number: str) -> str:
    """Ask for how long nobody is to be called, and why."""
    return _asked(number, "pause")


@bp.post("/terminals/<number>/pause")
@requires(*ADMINS)
@asks_password
def pause(number: str) -> Answer:
    """Call nobody for what is wrong with it for a while."""
    by, hours = the_operator().id, request.form.get("hours", 0, type=int)
    try:
        caring.pause(number, hours, request.form.get("why", ""), by)
    except Invalid as refusal:
        return _asked(number, "pause", refusal), status_of(refusal)
    return _done(number, "pause", by)


@bp.post("/terminals/<number>/notes")
@requires(*ADMINS)
def note(number: str) -> Answer:
    """Keep a note."""
    text = request.form.get("note", "")
    return _typed(number, lambda by: caring.write_note(number, text, by), gettext("Noted."))


@bp.post("/terminals/<number>/caretaker")
@requires(*ADMINS)
def caretaker(number: str) -> Answer:
    """Keep whom to call."""
    name, phone = request.form.get("caretaker", ""), request.form.get("phone", "")
    said = gettext("Kept whom to call.")
    return _typed(number, lambda by: caring.name_caretaker(number, name, phone, by), said)


@bp.post("/terminals/<number>/proof")
@requires(*ADMINS)
def prove(number: str) -> Response:
    """Prove the chain some way further."""
    found = caring.prove_now(number, the_operator().id)
    if found.proof_fault:
        log.error("terminal_does_not_prove", terminal=number, fault=found.proof_fault)
    place = f"{found.proved_epoch}/{found.proved_seq}"
    flash(gettext("Followed the chain to entry %(place)s.", place=place))
    return _back(number)


def _given_up(count: int) -> str:
    one = "%(num)d lost file is waited for no more."
    return str(ngettext(one, "%(num)d lost files are waited for no more.", count))


def _done(number: str, verb: str, by: str, said: str = "") -> Response:
    log.info("terminal_tended", act=verb, terminal=number, operator=by)
    flash(said or str(_SAID[verb]))
    return _back(number)


def _typed(number: str, verb: Callable[[str], None], said: str) -> Answer:
    try:
        verb(the_operator().id)
    except Invalid as refusal:
        return page(number, _problems(refusal), request.form), status_of(refusal)
    flash(said)
    return _back(number)


def _asked(number: str, verb: str, refusal: Invalid | None = None) -> str:
    return render_template(
        "hall/terminal_ask.html",
        terminal=enrolment.find(number),
        verb=verb,
        hours=caring.HOURS,
        most=caring.MOST_WHY,
        typed=request.form,
        problems=_problems(refusal) if refusal else [],
    )


def _problems(refusal: Invalid) -> list[tuple[str, Text]]:
    return [(f"#{problem.path}", problem.message) for problem in refusal.fields]


def _back(number: str) -> Response:
    return redirect(url_for("hall.terminal.show", number=number), 303)
