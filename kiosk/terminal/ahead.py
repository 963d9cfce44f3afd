"""The resident's side of a pre-check (网上预审): send, look it up, go on without typing again.

Which pre-check this browser may see lies in its session cookie; number and a second fact open it.
Neighbours: `check` offers it, `kiosk.cases.help.ahead` keeps it, `helpdesk` is the staff's side.
"""

from collections.abc import Mapping

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from forms.definition import Text
from kiosk.app_services import services
from kiosk.cases import drafts
from kiosk.cases.help import ahead
from kiosk.cases.help import services as table
from kiosk.cases.help.reading import Record, record_of
from kiosk.errors import Conflict, Invalid, NotFound, status_of
from kiosk.operators.access import public
from kiosk.pages.tallies import matter
from kiosk.receipts.number import grouped
from kiosk.releases import ReleaseMissing
from kiosk.terminal import check, device, helped
from kiosk.terminal.asking import named
from kiosk.terminal.progress import ID_TAIL, NUMBER, slips
from kiosk.terminal.wanted import at_hand, clear, forget, remember

bp = Blueprint("ahead", __name__)

KEY = "ahead"


@bp.post("/items/<code>/apply/ahead")
@public
def send(code: str) -> Response | tuple[str, int]:
    """Send the draft to be looked through; it stays where it is when something is in the way."""
    item, draft = at_hand(code)
    if draft.corrects or not draft.consent or not check.is_pre_checked(code):
        abort(404)
    try:
        session[KEY] = ahead.send(services(), item, draft)
    except Invalid as refusal:
        problems = check.problems_of(item, draft, refusal.fields)
        return check.page(item, draft, problems), status_of(refusal)
    except Conflict as refusal:
        return check.page(item, draft, [("#main", refusal.message)]), status_of(refusal)
    forget(code)
    helped.stop()
    return redirect(url_for("terminal.ahead.show"))


@bp.get("/ahead")
@public
def show() -> str:
    """Show the pre-check that was sent or looked up here; else ask for its number."""
    record = _at_hand()
    if record is None:
        return _ask_page("", "", {})
    verdicts = [event for event in record.events[1:] if event.fields]
    return render_template(
        "terminal/ahead.html",
        record=record,
        number=grouped(record.number or ""),
        name=matter(services().catalogue, record.row.item),
        verdict=verdicts[-1] if verdicts else None,
        is_open=record.row.state in (table.SENT, table.READY, table.NEEDS),
    )


@bp.post("/ahead")
@public
def find() -> Response | tuple[str, int]:
    """Look a pre-check up by number and last four of the ID."""
    number = request.form.get("number", "").strip()
    tail = request.form.get("id_tail", "").strip().upper()
    wrong = slips("".join(number.split()), tail)
    if not wrong:
        try:
            session[KEY] = ahead.find(services(), number, tail)
            return redirect(url_for("terminal.ahead.show"))
        except NotFound as refusal:
            wrong = {"number": refusal.message, "id_tail": refusal.message}
    return _ask_page(number, tail, wrong), 422


@bp.post("/ahead/go-on")
@public
def go_on() -> Response:
    """Open the form with everything that was sent, to put it right or to hand it in."""
    record = _at_hand()
    if record is None or record.row.state not in (table.SENT, table.READY, table.NEEDS):
        abort(404)
    given = ahead.gone_on(record)
    try:
        services().releases.of(given["release"])
    except ReleaseMissing:
        given.pop("release")
    code = record.row.item
    clear(code)
    draft = drafts.open_draft(
        services(), code, screen=device.screen(), help=helped.record_for(code), **given
    )
    remember(draft)
    return redirect(url_for("terminal.check.show", code=code))


@bp.post("/ahead/close")
@public
def close() -> Response:
    """Forget which one was looked at, and go home."""
    session.pop(KEY, None)
    return redirect(url_for("terminal.home.show"))


def _at_hand() -> Record | None:
    found = record_of(services(), session.get(KEY, ""))
    return found if found and found.row.kind == table.PRE_CHECK and found.details else None


def _ask_page(number: str, id_tail: str, wrong: Mapping[str, Text]) -> str:
    labels = {"number": NUMBER, "id_tail": ID_TAIL}
    return render_template(
        "terminal/ahead_ask.html",
        number=number,
        id_tail=id_tail,
        id_tail_label=ID_TAIL,
        wrong=wrong,
        problems=[(f"#{box}", named(labels[box], words)) for box, words in wrong.items()],
    )
