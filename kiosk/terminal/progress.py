"""How far a case has come: by its scanned receipt, or by number and a second fact.

Which case this browser may see lies in its signed session cookie; no address holds a token.
Neighbours: `scan` remembers a scanned receipt, `kiosk.cases.queries` answers.
"""

import re
from collections.abc import Mapping

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from forms.definition import Text
from kiosk.app_services import services
from kiosk.cases import drafts, queries, service
from kiosk.cases.queries import BundleProgress, Progress
from kiosk.errors import NotFound
from kiosk.operators.access import public
from kiosk.receipts.number import grouped, is_valid, ungrouped
from kiosk.terminal import device, helped
from kiosk.terminal.asking import named
from kiosk.terminal.line import line_state
from kiosk.terminal.scan import SCANNED
from kiosk.terminal.wanted import remember

bp = Blueprint("progress", __name__)

LOOKED_UP = "looked_up"
#: Staff opened it without the receipt or the second fact: how it was rated is not theirs to know.
BY_STAFF = "looked_up_by_staff"
NUMBER = Text("办件编号", "Case number")
ID_TAIL = Text("申请人身份证号后四位", "Last four of the applicant's ID number")
NUMBER_MISSING = Text("请填写凭证上的15位数字。", "Please type the 15 digits on the receipt.")
NUMBER_WRONG = Text(
    "编号有误，请对照凭证逐位核对。", "There is a slip in it; please compare it with the receipt."
)
TAIL_WRONG = Text("请填写四位，末位可以是X。", "Please type four characters; the last may be X.")
NUMBER_UNKNOWN = Text(
    "没有查到，请对照凭证核对；刚在别处办理的，可稍后再查；办结已久的，请扫凭证上的二维码。",
    "Nothing was found; please compare it with the receipt. A case from elsewhere may take a "
    "while to arrive; one that ended long ago is found by the code on its receipt only.",
)
TAIL_UNKNOWN = Text(
    "没有查到，请一并核对这四位。", "Nothing was found; please check these four as well."
)
NUMBER_ELSEWHERE = Text(
    "这像是另一个站的凭证，本站查不到。请到办理的站点查询，或拨打12345。",
    "This receipt seems to be of another station, which can look it up. Please ask there, or call "
    "12345.",
)
RECEIPT_UNKNOWN = Text(
    "没有查到这张凭证的办件；刚在别处办理的，可稍后再扫。",
    "The case of this receipt was not found. One from elsewhere may take a while to arrive.",
)
_TAIL = re.compile(r"[0-9]{3}[0-9X]")


@bp.get("/progress")
@public
def ask() -> str:
    """Show the ways to look a case up."""
    return _ask_page("", "", {})


@bp.post("/progress")
@public
def find() -> Response | tuple[str, int]:
    """Look a case up by the scanned receipt or by number and last four of the ID."""
    if request.form.get("scanned"):
        return _find_by_receipt(session.pop(SCANNED, ""))
    number = ungrouped(request.form.get("number", ""))
    tail = request.form.get("id_tail", "").strip().upper()
    wrong = slips(number, tail)
    if wrong:
        return _ask_page(number, tail, wrong), 422
    try:
        found = queries.progress_by_number(services(), number, tail)
    except NotFound:
        # Which of the two is not the right one is for the applicant alone to know. The first six
        # digits only say which terminal gave the number, which is no secret.
        wrong = {"number": NUMBER_UNKNOWN, "id_tail": TAIL_UNKNOWN}
        if _is_from_elsewhere(number):
            wrong = {"number": NUMBER_ELSEWHERE}
        return _ask_page(number, tail, wrong), 422
    return _opened(found)


@bp.get("/progress/bundle")
@public
def together() -> Response | str:
    """Show a bundle: every member's state, and what is still to be done elsewhere."""
    if LOOKED_UP not in session:
        return redirect(url_for("terminal.progress.ask"))
    found = _the_bundle()
    return render_template(
        "terminal/bundle_progress.html",
        together=found,
        number=grouped(found.number),
        line=line_state(),
    )


@bp.post("/progress/bundle/<item>")
@public
def look_at(item: str) -> Response:
    """Turn to one member of the bundle that was looked up."""
    part = next((part for part in _the_bundle().parts if part.item.code == item), None)
    session[LOOKED_UP] = part.case_id if part else abort(404)
    return redirect(url_for("terminal.progress.show"))


@bp.get("/progress/case")
@public
def show() -> Response | str:
    """Show the case that was looked up: state, what to do, what has happened."""
    if LOOKED_UP not in session:
        return redirect(url_for("terminal.progress.ask"))
    found = looked_up()
    return render_template(
        "terminal/progress.html", progress=found, number=grouped(found.number), line=line_state()
    )


@bp.get("/progress/withdraw")
@public
def confirm_withdrawal() -> str:
    """Ask once more before a case is withdrawn."""
    found = looked_up()
    if "withdraw" not in found.can:
        abort(404)
    return render_template("terminal/withdraw.html", progress=found, number=grouped(found.number))


@bp.post("/progress/withdraw")
@public
def withdraw() -> Response:
    """Withdraw the case that was looked up."""
    found = looked_up()
    service.withdraw(services(), found.case_id)
    return redirect(url_for("terminal.progress.show"))


@bp.post("/progress/correct")
@public
def correct() -> Response:
    """Open a draft with the answers given before, to put right what was returned."""
    return begin_correction(looked_up())


def begin_correction(found: Progress) -> Response:
    """Open a draft of what was handed in and lead to its answers; Conflict if not returned."""
    draft = drafts.open_draft(
        services(),
        found.item.code,
        corrects=found.case_id,
        screen=device.screen(),
        help=helped.record_for(found.item.code),
    )
    remember(draft)
    return redirect(url_for("terminal.check.show", code=draft.item))


def looked_up() -> Progress:
    """Return the case that this browser has looked up, or end the request with 404."""
    case_id = session.get(LOOKED_UP)
    if case_id is None:
        abort(404)
    found = queries.progress_of(services(), case_id)
    return found.without_rating() if session.get(BY_STAFF) else found


def _find_by_receipt(token: str) -> Response | tuple[str, int]:
    try:
        return _opened(queries.progress_by_token(services(), token))
    except NotFound:
        return _ask_page("", "", {"scan": RECEIPT_UNKNOWN}), 422


def _opened(found: Progress) -> Response:
    session[LOOKED_UP] = found.case_id
    session.pop(BY_STAFF, None)
    page = "terminal.progress.together" if found.holds_receipt else "terminal.progress.show"
    return redirect(url_for(page))


def _the_bundle() -> BundleProgress:
    bundle_id = looked_up().bundle_id
    return queries.progress_of_bundle(services(), bundle_id) if bundle_id else abort(404)


def _is_from_elsewhere(number: str) -> bool:
    station = services().station
    return station is not None and not number.startswith(station.number)


def slips(number: str, tail: str) -> dict[str, Text]:
    """Return what is wrong with each box, as far as anybody could tell by looking at it."""
    wrong = {}
    if not number:
        wrong["number"] = NUMBER_MISSING
    elif not is_valid(number):
        wrong["number"] = NUMBER_WRONG
    if not _TAIL.fullmatch(tail):
        wrong["id_tail"] = TAIL_WRONG
    return wrong


def _ask_page(number: str, id_tail: str, wrong: Mapping[str, Text]) -> str:
    labels = {"number": NUMBER, "id_tail": ID_TAIL}
    problems = [
        (f"#{box}", named(labels[box], message) if box in labels else message)
        for box, message in wrong.items()
    ]
    return render_template(
        "terminal/progress_ask.html",
        number=number,
        id_tail=id_tail,
        number_label=NUMBER,
        id_tail_label=ID_TAIL,
        wrong=wrong,
        problems=problems,
    )
