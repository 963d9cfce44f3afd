"""Continue on my phone, the phone's side: bringing the code, giving the form back, having lost it.

Plain forms and no secure origin needed: residents' own phones reach the terminal by HTTP. The code
comes behind the "#" of the address, which is not sent; a script puts it into the form, and a hand
can type it. Neighbours: `handoff` is the kiosk's side, `kiosk.cases.handoffs` decides.
"""

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from forms.definition import Text
from kiosk import clock
from kiosk.app_services import services
from kiosk.cases import drafts, handoffs, holding
from kiosk.cases.holding import Elsewhere
from kiosk.errors import DomainError, status_of
from kiosk.operators.access import public
from kiosk.receipts import handoff_code
from kiosk.terminal.handoff import page_of_form
from kiosk.terminal.scan import SCANNED
from kiosk.terminal.wanted import DRAFTS, draft_id_of, phone_of, remember

bp = Blueprint("phone", __name__)

NO_CODE = Text(
    "请输入一体机屏幕上的8位续办码。", "Please type the code of 8 characters on the kiosk's screen."
)


@bp.get(handoff_code.PATH)
@public
def show() -> str:
    """Ask for the code; whoever scanned it has it filled in by the page."""
    return _page("", None)


@bp.post(handoff_code.PATH)
@public
def claim() -> Response | tuple[str, int]:
    """Open the form on this phone, if it is the first that brings the code in time."""
    scanned = session.get(SCANNED, "") if request.form.get("scanned") else ""
    code = handoff_code.ungrouped(request.form.get("code", "") or scanned)
    if len(code) != handoff_code.LENGTH:
        return _page(code, NO_CODE), 422
    try:
        known = _known(code)
        if known:
            return redirect(known)
        away = handoffs.take(services(), code, clock.new_id())
    except DomainError as refusal:
        return _page(code, refusal.message), status_of(refusal)
    remember(drafts.load(services(), away.draft_id, away.phone))
    return redirect(away.page)


@bp.post("/items/<code>/apply/phone/hand-back")
@public
def hand_back(code: str) -> Response:
    """Give the form back to the kiosk, which goes on at the page that is open here."""
    page = page_of_form(code, request.form.get("at", ""))
    handoffs.hand_back(services(), *_own(code), page)
    return redirect(url_for("terminal.phone.handed_back", code=code))


@bp.get("/items/<code>/apply/phone/handed-back")
@public
def handed_back(code: str) -> str:
    """Say where the form goes on now."""
    return _away_page(code)


@bp.post("/items/<code>/apply/phone/again")
@public
def again(code: str) -> Response:
    """Go on here after all, while nobody has at the kiosk."""
    return redirect(handoffs.take_again(services(), *_own(code)))


def draw_elsewhere(_error: Elsewhere) -> Response | tuple[str, int]:
    """Answer whoever asks for a page of a form that the other side has.

    The kiosk is led to where it can wait and take it back; a form sent from there says first that
    nothing of it was kept. A phone is told where the form is.
    """
    code = (request.view_args or {})["code"]
    if phone_of(code):
        return _away_page(code), 409
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("terminal.handoff.show", code=code))
    return render_template("terminal/phone_elsewhere.html", code=code, state="taken"), 409


def _known(code: str) -> str | None:
    """Return where this browser goes on if it has the form of that code already."""
    away = handoffs.find(services(), code)
    item = next((item for item, kept in _drafts().items() if kept == away.draft_id), None)
    if item is None:
        return None
    if phone_of(item) is None:
        return url_for("terminal.handoff.show", code=item)
    return away.page if phone_of(item) == away.phone else None


def _drafts() -> dict[str, str]:
    bound: dict[str, str] = session.get(DRAFTS, {})
    return bound


def _own(code: str) -> tuple[str, str]:
    draft_id, phone = draft_id_of(code), phone_of(code)
    if draft_id is None or phone is None:
        abort(404)
    return draft_id, phone


def _away_page(code: str) -> str:
    draft_id, phone = _own(code)
    away = handoffs.look(services(), draft_id)
    mine = away is not None and away.phone == phone
    state = away.state if away is not None and (mine or away.state == holding.ENDED) else "here"
    page = away.page if away is not None else ""
    return render_template("terminal/phone_elsewhere.html", code=code, state=state, page=page)


def _page(code: str, wrong: Text | None) -> str:
    problems = [("#code", wrong)] if wrong else []
    return render_template("terminal/phone_claim.html", typed=code, wrong=wrong, problems=problems)
