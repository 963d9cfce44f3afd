"""Taking a number: at the kiosk on paper and on the screen, and followed on one's own phone.

A ticket's address is its id, which nobody guesses and which names nobody. Neighbours: `station`
has the button, `counter` calls, `screen` shows everybody's numbers.
"""

from flask import Blueprint, Response, abort, redirect, render_template, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from forms.definition import Text
from kiosk import clock
from kiosk.app_services import services
from kiosk.counter import queue, tickets
from kiosk.counter.model import Ticket
from kiosk.operators.access import public
from kiosk.printing.printer import OUTCOMES, note
from kiosk.printing.printer import print_slip as send_to_printer
from kiosk.printing.slip import Slip
from kiosk.printing.words import moment
from kiosk.receipts import qr
from kiosk.terminal import device, reachable

bp = Blueprint("ticket", __name__)

#: What became of the slip of the ticket drawn last, in the cookie.
SLIP = "ticket_slip"
TITLE = Text("排队号", "Queue number")
NUMBER = Text("您的号码", "Your number")
BEFORE = Text("前面还有", "Before you")
DRAWN = Text("取号时间", "Drawn at")
KEEP = Text(
    "叫到号时请到所示窗口。当天有效，过三次需重新取号。",
    "Please come to the desk shown when called. Good for today; after three calls draw anew.",
)


@bp.post("/station/ticket")
@public
def draw() -> AnyResponse:
    """Draw a number; a kiosk with a printer prints it at once."""
    made = tickets.draw()
    session.pop(SLIP, None)
    printer = services().config.printer
    if printer and device.screen():
        found = queue.find(made.id)
        outcome = send_to_printer(printer, _slip(made, found[1] if found else 0))
        note(services().config.data_dir, outcome)
        session[SLIP] = {"ticket": made.id, "outcome": outcome}
    return redirect(url_for("terminal.ticket.show", ticket_id=made.id), 303)


@bp.get("/station/tickets/<ticket_id>")
@public
def show(ticket_id: str) -> str:
    """Show the number, how many are before it, or where it is called to."""
    found = queue.find(ticket_id) or abort(404)
    slip = session.get(SLIP, {})
    outcome = OUTCOMES.get(slip.get("outcome", "")) if slip.get("ticket") == ticket_id else None
    return render_template(
        "terminal/ticket.html",
        ticket=found[0],
        before=found[1],
        is_of_today=found[0].day == clock.today(),
        outcome=outcome,
        has_code=reachable.for_phones() is not None,
    )


@bp.get("/station/tickets/<ticket_id>/code.svg")
@public
def code_picture(ticket_id: str) -> Response:
    """Draw the code by which a phone follows the number."""
    if reachable.for_phones() is None or queue.find(ticket_id) is None:
        abort(404)
    return Response(qr.svg(_address(ticket_id), "M"), mimetype="image/svg+xml")


def _address(ticket_id: str) -> str:
    return reachable.base() + url_for("terminal.ticket.show", ticket_id=ticket_id)


def _slip(ticket: Ticket, before: int) -> Slip:
    drawn, station = moment(ticket.drawn_at), services().station
    payload = _address(ticket.id) if reachable.for_phones() else ticket.label
    return Slip(
        number=ticket.label,
        item=Text(station.name, station.name) if station else TITLE,
        facts=(
            (BEFORE, Text(f"{before} 位", f"{before} people")),
            (DRAWN, Text(drawn, drawn)),
        ),
        payload=payload,
        title=TITLE,
        number_label=NUMBER,
        keep=KEEP,
    )
