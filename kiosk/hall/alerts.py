"""The page 'Alerts': what fires now, what did, silence, and the channels that people are told by.

Admins change, auditors read. Routes hold no rules. Neighbours: `alerting` looks, tells and keeps;
`alert_channels` has the pages of the channels.
"""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from forms.definition import Text
from kiosk import clock
from kiosk.api.language import reading_language
from kiosk.errors import Conflict, Invalid, status_of
from kiosk.hall.alerting import register, silencing
from kiosk.hall.alerting.rules import BY_ID, RULES
from kiosk.hall.pages import ADMINS, TERMINAL_READERS, page_blueprint, the_operator
from kiosk.operators.access import asks_password, requires

bp = page_blueprint("alerts", __name__)


@bp.get("/alerts")
@requires(*TERMINAL_READERS)
def show() -> str:
    """Show the rules, those that fire first, and what is silent."""
    found = register.overview(clock.now())
    rules = sorted(RULES, key=lambda rule: rule.id not in found.firing)
    return render_template("hall/alerts.html", found=found, rules=rules, by_id=BY_ID)


@bp.get("/alerts/list")
@requires(*TERMINAL_READERS)
def each() -> str:
    """Show single alerts, the newest first: those that fire, or all that ever did."""
    rule, number = request.args.get("rule", ""), request.args.get("terminal", "").strip()[:6]
    past = request.args.get("past") == "1"
    rule = rule if rule in BY_ID else ""
    before = request.args.get("before", "")[:36]
    rows, more = register.alerts(rule, number, before, past=past)
    return render_template(
        "hall/alert_list.html",
        rows=rows,
        more=more,
        rule=rule,
        number=number,
        past=past,
        rules=RULES,
        by_id=BY_ID,
    )


@bp.get("/alerts/silence")
@requires(*ADMINS)
@asks_password
def ask_silence() -> str:
    """Ask what should be silent, for how long and why."""
    entered = {
        "rule": request.args.get("rule", ""),
        "terminal": request.args.get("terminal", "")[:6],
        "hours": "4",
        "why": "",
    }
    return _form(entered, [])


@bp.post("/alerts/silence")
@requires(*ADMINS)
@asks_password
def silence() -> Response | tuple[str, int]:
    """Be silent for a while."""
    entered = {name: request.form.get(name, "") for name in ("rule", "terminal", "hours", "why")}
    entered["terminal"] = entered["terminal"].strip()
    try:
        silencing.begin(**entered, by=the_operator().id)
    except Invalid as refusal:
        problems = [(f"#{field.path}", field.message) for field in refusal.fields]
        return _form(entered, problems), status_of(refusal)
    flash(gettext("Silent from now on. It goes on being watched and shown here."))
    return redirect(url_for("hall.alerts.show"), 303)


@bp.post("/alerts/silence/<silence_id>/end")
@requires(*ADMINS)
def end_silence(silence_id: str) -> Response:
    """End a silence before its time."""
    try:
        silencing.end(silence_id, the_operator().id)
    except Conflict as refusal:
        flash(refusal.message.to(reading_language()))
    else:
        flash(gettext("The silence has ended; what still fires is told."))
    return redirect(url_for("hall.alerts.show"), 303)


def _form(entered: dict[str, str], problems: Sequence[tuple[str, Text]]) -> str:
    return render_template(
        "hall/alert_silence.html",
        entered=entered,
        problems=problems,
        rules=RULES,
        hours=silencing.HOURS,
        max_why=silencing.MAX_WHY,
    )
