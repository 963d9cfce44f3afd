"""How far a case has come: by its scanned receipt, or by number and a second fact.

Which case this browser may see lies in its signed session cookie; no address holds a token.
Neighbours: `scan` remembers a scanned receipt, `kiosk.cases.queries` answers.
"""

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from forms.definition import Text
from kiosk.app_services import services
from kiosk.cases import drafts, queries, service
from kiosk.cases.queries import Progress
from kiosk.errors import NotFound
from kiosk.operators.access import public
from kiosk.receipts.number import grouped
from kiosk.terminal.line import line_state
from kiosk.terminal.scan import SCANNED
from kiosk.terminal.wanted import remember

bp = Blueprint("progress", __name__)

LOOKED_UP = "looked_up"
NOT_FOUND = Text(
    "没有查到。请核对办件编号和身份证号后四位；刚在别处办理的，可稍后再查。",
    "Nothing was found. Please check the number and the last four of the ID; a case from "
    "elsewhere may take a while to arrive.",
)


@bp.get("/progress")
@public
def ask() -> str:
    """Show the ways to look a case up."""
    return _ask_page("", [])


@bp.post("/progress")
@public
def find() -> Response | tuple[str, int]:
    """Look a case up by the scanned receipt or by number and last four of the ID."""
    number = "".join(request.form.get("number", "").split())
    tail = request.form.get("id_tail", "").strip().upper()
    token = session.pop(SCANNED, None) if request.form.get("scanned") else None
    try:
        if token:
            found = queries.progress_by_token(services(), token)
        else:
            found = queries.progress_by_number(services(), number, tail)
    except NotFound:
        return _ask_page(number, [("#number", NOT_FOUND)]), 422
    session[LOOKED_UP] = found.case_id
    return redirect(url_for("terminal.progress.show"))


@bp.get("/progress/case")
@public
def show() -> Response | str:
    """Show the case that was looked up: state, what to do, what has happened."""
    if LOOKED_UP not in session:
        return redirect(url_for("terminal.progress.ask"))
    found = _looked_up()
    return render_template(
        "terminal/progress.html", progress=found, number=grouped(found.number), line=line_state()
    )


@bp.get("/progress/withdraw")
@public
def confirm_withdrawal() -> str:
    """Ask once more before a case is withdrawn."""
    found = _looked_up()
    if "withdraw" not in found.can:
        abort(404)
    return render_template("terminal/withdraw.html", progress=found, number=grouped(found.number))


@bp.post("/progress/withdraw")
@public
def withdraw() -> Response:
    """Withdraw the case that was looked up."""
    found = _looked_up()
    service.withdraw(services(), found.case_id)
    return redirect(url_for("terminal.progress.show"))


@bp.post("/progress/correct")
@public
def correct() -> Response:
    """Open a draft with the answers given before, to put right what was returned."""
    found = _looked_up()
    draft = drafts.open_draft(services(), found.item.code, corrects=found.case_id)
    remember(draft)
    return redirect(url_for("terminal.check.show", code=draft.item))


def _looked_up() -> Progress:
    case_id = session.get(LOOKED_UP)
    if case_id is None:
        abort(404)
    return queries.progress_of(services(), case_id)


def _ask_page(number: str, problems: list[tuple[str, Text]]) -> str:
    return render_template("terminal/progress_ask.html", number=number, problems=problems)
