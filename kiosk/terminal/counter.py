"""The counter for the station's staff: call the next number, serve, end; appointments; the day.

The name of the desk lies in the session of whoever works there. Routes hold no rules:
`kiosk.counter.tickets` has the verbs. Neighbours: `ticket` draws, `screen` shows.
"""

from collections.abc import Sequence
from datetime import datetime

from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from forms.definition import Text
from kiosk import clock
from kiosk.counter import queue, tickets
from kiosk.errors import Conflict, FieldProblem, Invalid, status_of
from kiosk.operators.access import requires
from kiosk.terminal.on_duty import member_of_staff

bp = Blueprint("counter", __name__)

DESK = "desk"
MAX_DESK = 8
DESK_WRONG = FieldProblem(
    "desk",
    "malformed",
    Text("窗口：请填写，最多8个字，例如“1号窗口”。", "Desk: 1 to 8 characters, such as Desk 1."),
)
TIME_WRONG = FieldProblem(
    "time", "malformed", Text("预约时间：请选日期和时间。", "Appointment: choose a day and a time.")
)
Answer = Response | tuple[str, int]


@bp.get("/staff/counter")
@requires("staff")
def show() -> str:
    """Show the present person, who waits, and what today has been like."""
    member_of_staff()
    return _page()


@bp.post("/staff/counter/desk")
@requires("staff")
def sit_down() -> Answer:
    """Remember at which desk I am."""
    member_of_staff()
    desk = " ".join(request.form.get("desk", "").split())
    if not 1 <= len(desk) <= MAX_DESK:
        return _page([DESK_WRONG]), 422
    session[DESK] = desk
    return _back()


@bp.post("/staff/counter/next")
@requires("staff")
def call_next() -> Answer:
    """Call whose turn it is to my desk."""
    operator, _ = member_of_staff()
    try:
        tickets.call_next(_desk(), operator.id)
    except (Invalid, Conflict) as refusal:
        return _refused(refusal)
    return _back()


@bp.post("/staff/counter/appointments")
@requires("staff")
def book() -> Answer:
    """Make an appointment for a day and a time; its number is shown."""
    member_of_staff()
    try:
        wanted = f"{request.form.get('day', '')}T{request.form.get('time', '')}"
        made = tickets.book(_instant(wanted))
    except Invalid as refusal:
        return _refused(refusal)
    return redirect(url_for("terminal.counter.show", booked=made.id), 303)


@bp.post("/staff/counter/<ticket_id>")
@requires("staff")
def act(ticket_id: str) -> Answer:
    """Do one thing with the number at my desk: again, serve, done, gone, transfer."""
    member_of_staff()
    verb, to = request.form.get("act", ""), " ".join(request.form.get("to", "").split())
    try:
        tickets.act(ticket_id, verb, _desk(), to[:MAX_DESK])
    except (Invalid, Conflict) as refusal:
        return _refused(refusal)
    return _back()


def _desk() -> str:
    desk: str | None = session.get(DESK)
    if desk is None:
        raise Invalid("desk_missing", DESK_WRONG.message, (DESK_WRONG,))
    return desk


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=clock.LOCAL)
    except ValueError as error:
        raise Invalid("time_malformed", TIME_WRONG.message, (TIME_WRONG,)) from error


def _back() -> Response:
    return redirect(url_for("terminal.counter.show"), 303)


def _refused(refusal: Invalid | Conflict) -> Answer:
    fields = refusal.fields or (FieldProblem("main", refusal.code, refusal.message),)
    return _page(fields), status_of(refusal)


def _page(problems: Sequence[FieldProblem] = ()) -> str:
    desk = session.get(DESK)
    booked = queue.find(request.args.get("booked", "")) if request.method == "GET" else None
    return render_template(
        "terminal/counter.html",
        desk=desk,
        stand=queue.at(desk or ""),
        booked=booked[0] if booked else None,
        problems=[(f"#{each.path}", each.message) for each in problems],
        today=clock.today(),
        here=url_for("terminal.counter.show"),
    )
