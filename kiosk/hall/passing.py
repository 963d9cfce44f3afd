"""Forms by which a case changes hands or department, and by which its clock stops and goes on.

Routes hold no rules. Neighbours: `kiosk.cases.passing_on` and `kiosk.cases.pausing` act, `case`
draws the page.
"""

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from kiosk.app_services import services
from kiosk.cases import passing_on, pausing
from kiosk.errors import Conflict, Invalid, status_of
from kiosk.hall.case import drawn
from kiosk.hall.pages import DECIDERS, page_blueprint, the_operator
from kiosk.operators.access import requires
from kiosk.operators.departments import authorities

bp = page_blueprint("passing", __name__)

Answer = Response | tuple[str, int]


@bp.post("/desk/<case_id>/hand-over")
@requires(*DECIDERS)
def hand_over(case_id: str) -> Answer:
    """Give the case to a colleague."""
    to, note = request.form.get("to", ""), request.form.get("note", "").strip()
    return _done(
        case_id,
        "hand-over",
        lambda: passing_on.hand_over(services(), case_id, the_operator().id, to, note),
    )


@bp.post("/desk/<case_id>/release")
@requires(*DECIDERS)
def release(case_id: str) -> Answer:
    """Put the case back for everybody."""
    return _done(
        case_id, "release", lambda: passing_on.release(services(), case_id, the_operator().id)
    )


@bp.post("/desk/<case_id>/route")
@requires(*DECIDERS)
def route(case_id: str) -> Answer:
    """Send the case to another department."""
    to, reason = request.form.get("department", ""), request.form.get("reason", "").strip()
    known = authorities(services().catalogue)
    return _done(
        case_id,
        "route",
        lambda: passing_on.route(services(), case_id, the_operator().id, to, reason, known),
        goes=True,
    )


@bp.post("/desk/<case_id>/pause")
@requires(*DECIDERS)
def pause(case_id: str) -> Answer:
    """Stop the clock."""
    why, days = request.form.get("why", ""), request.form.get("days", 0, type=int)
    return _done(
        case_id,
        "pause",
        lambda: pausing.pause(services(), case_id, the_operator().id, why, days),
    )


@bp.post("/desk/<case_id>/resume")
@requires(*DECIDERS)
def resume(case_id: str) -> Answer:
    """Let the clock go on."""
    return _done(case_id, "resume", lambda: pausing.resume(services(), case_id, the_operator().id))


def _done(case_id: str, form: str, act: Callable[[], None], goes: bool = False) -> Answer:
    """Act and go back to the case; to the list when it may be another department's now."""
    try:
        act()
    except Invalid as refusal:
        problems = [(f"#{form}-{each.path}", each.message) for each in refusal.fields]
        return drawn(case_id, problems=problems, typed={"verb": form}), status_of(refusal)
    except Conflict as refusal:
        return drawn(case_id, problems=[("#main", refusal.message)]), status_of(refusal)
    flash(gettext("Done."))
    back = url_for("hall.desk.show") if goes else url_for("hall.case.show", case_id=case_id)
    return redirect(back, 303)
