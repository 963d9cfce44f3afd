"""The receipt (受理凭证) of the case this browser has just handed in, until it is cleared.

The token lies in the signed session cookie and never in an address. Neighbours: `sign` puts it
there, `kiosk.cases.queries` says how far the case has come.
"""

from flask import Blueprint, Response, abort, redirect, render_template, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from kiosk.app_services import services
from kiosk.cases import drafts, queries
from kiosk.cases.drafts import Draft
from kiosk.cases.queries import BundleProgress, Progress
from kiosk.cases.service import Receipt
from kiosk.operators.access import public
from kiosk.printing.printer import GOOD, OUTCOMES, trouble
from kiosk.receipts import qr
from kiosk.receipts.number import grouped
from kiosk.terminal.line import line_state
from kiosk.terminal.wanted import DRAFTS

bp = Blueprint("receipt", __name__)

KEY = "receipt"
SECONDS_SHOWN = 90


def keep(made: Receipt, draft: Draft) -> None:
    """Remember in this browser what its receipt page shows, and for which draft."""
    session[KEY] = {"token": made.token, "item": draft.item, "draft": draft.id}


def is_of(draft: Draft) -> bool:
    """Say whether the receipt to show is the one of this draft: it has been handed in."""
    return bool(session.get(KEY, {}).get("draft") == draft.id)


def at_hand() -> bool:
    """Say whether this browser has a receipt to show."""
    return KEY in session


@bp.get("/receipt")
@public
def show() -> AnyResponse | str:
    """Show number, code, what comes next, by when and whom to call."""
    if not at_hand():
        return redirect(url_for("terminal.home.show"))
    progress = queries.progress_by_token(services(), session[KEY]["token"])
    return render_template(
        "terminal/receipt.html",
        progress=progress,
        together=together_with(progress),
        number=grouped(progress.number),
        line=line_state(),
        seconds=SECONDS_SHOWN,
        has_printer=bool(services().config.printer),
        printed=OUTCOMES.get(session[KEY].get("slip")),
        is_printed=session[KEY].get("slip") in GOOD,
        trouble=trouble(services().config.data_dir),
        has_phone=bool(services().config.station_url),
    )


def together_with(progress: Progress) -> BundleProgress | None:
    """Return the bundle whose receipt this case holds, if it is one."""
    if progress.bundle_id is None or not progress.holds_receipt:
        return None
    return queries.progress_of_bundle(services(), progress.bundle_id)


@bp.get("/receipt/code.svg")
@public
def code() -> Response:
    """Draw the code that leads back to this case from a phone or a slip."""
    if not at_hand():
        abort(404)
    return Response(
        qr.svg(qr.payload("receipt", session[KEY]["token"]), "Q"), mimetype="image/svg+xml"
    )


@bp.post("/receipt/finish")
@public
def finish() -> AnyResponse:
    """Forget everything of this session: receipt, drafts, looked-up cases; then home."""
    for draft_id in session.get(DRAFTS, {}).values():
        drafts.discard(services(), draft_id)
    session.clear()
    answer = redirect(url_for("terminal.home.show"))
    # Back must not bring a page with personal data up again (W3C Clear Site Data).
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer
