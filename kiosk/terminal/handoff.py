"""Continue on my phone (扫码续办), the kiosk's side: the code, the waiting page, taking it back.

What the page shows follows the state of the hand-off; the form's own pages lead here while a phone
has the form. Neighbours: `phone` is the other side, `following` tells how far the form has come,
`kiosk.cases.handoffs` decides.
"""

import re
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    session,
    stream_with_context,
    url_for,
)
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from forms.definition import Text
from kiosk.app_services import services
from kiosk.cases import drafts, handoffs, holding
from kiosk.cases.handoffs import Away
from kiosk.errors import NotFound
from kiosk.operators.access import public
from kiosk.receipts import handoff_code, qr
from kiosk.terminal import ending, following, reachable
from kiosk.terminal.grouped import APPLICANT
from kiosk.terminal.progress import ID_TAIL, TAIL_WRONG
from kiosk.terminal.questions import CHECK
from kiosk.terminal.wanted import at_hand, draft_id_of, phone_of

bp = Blueprint("handoff", __name__)

CODE = "handoff_code"
#: How long the kiosk says what the phone has done before it clears itself (seconds).
SECONDS_SHOWN = 30
TAIL_DIFFERS = Text(
    "和表里填的身份证号后四位不一致，请核对。",
    "These are not the last four of the ID number in the form; please check them.",
)
_TAIL = re.compile(r"[0-9]{3}[0-9X]")
#: Pages at which the other side may go on: those of one form that anybody may ask for. Whoever
#: fills whole sections (`sections`, of the staff) is led on by the page of the answers.
PAGES = frozenset(
    f"terminal.{page}"
    for page in (
        "identify.show",
        "credential.ask",
        "questions.show",
        "lists.show",
        "lists.ask",
        "materials.show",
        "materials.one",
        "certificates.ask",
        "pictures.adjust",
        "changed.show",
        "check.show",
        "sign.show",
    )
)
#: Of a page's address: whatever is in it came from a browser, so nothing that a browser reads as
#: more than a name, such as a dot segment.
_NAME = re.compile(r"[\w-]+(\.[\w-]+)*")


@bp.post("/items/<code>/apply/phone")
@public
def offer(code: str) -> AnyResponse:
    """Make a code by which a phone goes on with this form, at the page that is open here."""
    if phone_of(code):
        abort(404)
    _, draft = at_hand(code)
    made = handoffs.offer(services(), draft, page_of_form(code, request.form.get("at", "")))
    session[CODE] = {"draft": draft.id, "code": made}
    return redirect(url_for("terminal.handoff.show", code=code))


@bp.get("/items/<code>/apply/phone")
@public
def show(code: str) -> AnyResponse | str:
    """Show the code; once a phone has the form, that; then go on by itself where it was left."""
    away = _away(code)
    if away is None:
        return redirect(url_for("terminal.check.show", code=code))
    if away.state == holding.OFFERED:
        return _code_page(code, away)
    if away.state == holding.BACK:
        return _go_on(code)
    if away.state in (holding.SUBMITTED, holding.ENDED):
        was_handed_in = away.state == holding.SUBMITTED
        return render_template(
            "terminal/phone_done.html",
            code=code,
            was_handed_in=was_handed_in,
            seconds=ending.clears_after(SECONDS_SHOWN),
        )
    return _waiting_page(code, away, None)


@bp.get("/items/<code>/apply/phone/code.svg")
@public
def code_picture(code: str) -> Response:
    """Draw the code that this browser was given last."""
    made = _code_shown(draft_id_of(code)) or abort(404)
    address = handoff_code.address(reachable.base(), made)
    return Response(qr.svg(address), mimetype="image/svg+xml")


@bp.get("/items/<code>/apply/phone/events")
@public
def events(code: str) -> Response:
    """Tell how far the form is for as long as a stream lasts."""
    draft_id = draft_id_of(code)
    if draft_id is None or phone_of(code):
        abort(404)
    told = stream_with_context(following.stream(draft_id))
    return Response(told, mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"})


@bp.post("/items/<code>/apply/phone/back")
@public
def take_back(code: str) -> AnyResponse | tuple[str, int]:
    """Go on here with everything the phone has entered.

    Whoever stands here by now must know the last four of the ID number, once it has been entered.
    """
    away = _away(code)
    if away is None:
        return redirect(url_for("terminal.check.show", code=code))
    expected = _tail_of(away)
    given = request.form.get("id_tail", "").strip().upper()
    if expected and given != expected:
        wrong = TAIL_DIFFERS if _TAIL.fullmatch(given) else TAIL_WRONG
        return _waiting_page(code, away, wrong), 422
    return _go_on(code)


def page_of_form(code: str, path: str) -> str:
    """Return where the other side goes on: at `path` if it is one of `PAGES` of this form.

    Anything else, an address of the staff's included, leads to the answers and from there to what
    is still open; from the staff's page of the applicant it leads to who applies.
    """
    page, _, query = path.partition("?")
    endpoint, values = _matched(page)
    own = values.pop("code", None) == code
    plain = all(_NAME.fullmatch(str(value)) for value in values.values())
    if own and plain and endpoint in PAGES:
        then = CHECK if query == f"then={CHECK}" else None
        return url_for(endpoint, code=code, then=then, **values)
    if own and values == {"section_id": APPLICANT}:
        return url_for("terminal.identify.show", code=code)
    return url_for("terminal.check.show", code=code)


def _matched(path: str) -> tuple[str, dict[str, Any]]:
    """Return which page of ours a path is, and what it names; "" for none."""
    adapter = current_app.create_url_adapter(request)
    try:
        endpoint, values = adapter.match(path, "GET") if adapter else ("", {})
    except HTTPException:
        return "", {}
    return endpoint, dict(values)


def _away(code: str) -> Away | None:
    draft_id = draft_id_of(code)
    if draft_id is None or phone_of(code):
        abort(404)
    return handoffs.look(services(), draft_id)


def _go_on(code: str) -> AnyResponse:
    page = handoffs.take_back(services(), draft_id_of(code) or "")
    return redirect(page or url_for("terminal.handoff.show", code=code))


def _code_shown(draft_id: str | None) -> str | None:
    given: dict[str, str] = session.get(CODE, {})
    return given.get("code") if draft_id and given.get("draft") == draft_id else None


def _tail_of(away: Away) -> str | None:
    """Return the last four of the ID number in the form, None while there is none."""
    try:
        draft = drafts.load(services(), away.draft_id, away.holder)
    except NotFound:
        return None
    number = draft.answers.get("applicant", {}).get("id_number")
    return number[-4:] if isinstance(number, str) and number else None


def _code_page(code: str, away: Away) -> str:
    made = None if away.has_expired else _code_shown(away.draft_id)
    base = reachable.base()
    return render_template(
        "terminal/phone_code.html",
        code=code,
        typed=handoff_code.grouped(made) if made else None,
        address=base + handoff_code.PATH,
        is_only_here=reachable.is_only_here(base),
        state="offered" if made else "expired",
        page=away.page,
    )


def _waiting_page(code: str, away: Away, wrong: Text | None) -> str:
    return render_template(
        "terminal/phone_has_it.html",
        code=code,
        news=following.news(away.draft_id),
        asks_tail=_tail_of(away) is not None,
        tail_label=ID_TAIL,
        wrong=wrong,
        problems=[("#id_tail", wrong)] if wrong else [],
    )
