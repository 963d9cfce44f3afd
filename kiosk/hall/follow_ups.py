"""What is still due after a decision: written promises to verify, the first due first.

Neighbours: `kiosk.cases.kept_promises` keeps them; documents that follow before a decision are on
the page of `help_service`.
"""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from forms.definition import Text
from kiosk import clock, workdays
from kiosk.app_services import services
from kiosk.cases import deadlines, kept_promises
from kiosk.cases.deadlines import Light
from kiosk.cases.desk_model import KeptPromise
from kiosk.cases.model import Case
from kiosk.db import glancing, reading
from kiosk.errors import Conflict, Invalid, status_of
from kiosk.hall import scope
from kiosk.hall.pages import CASE_READERS, DECIDERS, page_blueprint, the_operator
from kiosk.hall.stations import stations
from kiosk.hall.worklist import item_name
from kiosk.operators.access import requires

bp = page_blueprint("follow_ups", __name__)

MOST = 200


@bp.get("/follow-ups")
@requires(*CASE_READERS)
def show() -> str:
    """Show the promises that nobody has verified yet."""
    return _page([])


@bp.post("/follow-ups/<case_id>")
@requires(*DECIDERS)
def settle(case_id: str) -> Response | tuple[str, int]:
    """Say what was found."""
    found, note = request.form.get("found", ""), request.form.get("note", "").strip()
    try:
        kept_promises.settle(services(), case_id, the_operator().id, found, note)
    except Invalid as refusal:
        problems = [(f"#{each.path}-{case_id}", each.message) for each in refusal.fields]
        return _page(problems, case_id), status_of(refusal)
    except Conflict as refusal:
        return _page([("#main", refusal.message)]), status_of(refusal)
    flash(gettext("Done."))
    return redirect(url_for("hall.follow_ups.show"), 303)


def due_soon() -> int:
    """Return how many promises within reach are to be verified within days or were, 200 at most."""
    soon = workdays.add(clock.today(), deadlines.REMIND)
    open_ones = KeptPromise.state == kept_promises.OPEN
    due = select(KeptPromise.case_id).join(Case, Case.id == KeptPromise.case_id)
    due = due.where(open_ones, KeptPromise.check_by <= soon, *scope.cases()).limit(MOST)
    with glancing() as session:
        return session.scalar(select(func.count()).select_from(due.subquery())) or 0


def _page(problems: list[tuple[str, Text]], opened: str = "") -> str:
    with reading() as session:
        rows = session.execute(
            select(KeptPromise, Case)
            .join(Case, Case.id == KeptPromise.case_id)
            .where(KeptPromise.state == kept_promises.OPEN, *scope.cases())
            .order_by(KeptPromise.check_by, KeptPromise.case_id)
            .limit(MOST + 1)
        ).all()
    are_more, rows = len(rows) > MOST, rows[:MOST]
    today = clock.today()
    return render_template(
        "hall/follow_ups.html",
        due=[
            (promise.check_by, case, item_name(services(), case), _light(promise.check_by, today))
            for promise, case in rows
        ],
        stations=stations(),
        results=kept_promises.FOUND,
        problems=problems,
        opened=opened,
        are_more=are_more,
        most=MOST,
    )


def _light(day: date, today: date) -> Light:
    left = deadlines.working_days(today, day)
    if today > day:
        late = max(1, deadlines.working_days(day, today))
        return Light(deadlines.RED, Text(f"已逾期 {late} 个工作日", f"{late} working days overdue"))
    colour = deadlines.YELLOW if left <= deadlines.REMIND else deadlines.GREEN
    return Light(colour, Text(f"还剩 {left} 个工作日", f"{left} working days left"))
