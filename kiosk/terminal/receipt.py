"""The receipt (受理凭证) of the case this browser has just handed in, until it is cleared.

The token lies in the signed session cookie and never in an address. Neighbours: `sign` puts it
there, `kiosk.cases.queries` says how far the case has come.
"""

from flask import Blueprint, Response, abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from kiosk.app_services import services
from kiosk.cases import queries
from kiosk.cases.drafts import Draft
from kiosk.cases.queries import BundleProgress, Progress
from kiosk.cases.service import Receipt
from kiosk.operators.access import public
from kiosk.printing.printer import GOOD, OUTCOMES, trouble
from kiosk.receipts import qr
from kiosk.receipts.number import grouped
from kiosk.terminal import basket, device, ending, reachable
from kiosk.terminal.line import line_state
from kiosk.terminal.progress import LOOKED_UP
from kiosk.terminal.wanted import clear, draft_id_of

bp = Blueprint("receipt", __name__)

KEY = "receipt"
SECONDS_SHOWN = 90


def keep(made: Receipt, draft: Draft) -> None:
    """Remember in this browser what its receipt page shows, and for which draft."""
    session[KEY] = {"token": made.token, "item": draft.item, "draft": draft.id}


def seconds_shown() -> int | None:
    """Return after how many seconds a page with the receipt clears itself, if it does here."""
    return ending.clears_after(SECONDS_SHOWN)


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
        seconds=seconds_shown(),
        has_printer=bool(services().config.printer),
        printed=OUTCOMES.get(session[KEY].get("slip")),
        is_printed=session[KEY].get("slip") in GOOD,
        trouble=trouble(services().config.data_dir),
        has_phone=reachable.for_phones() is not None,
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
    """End the visit to a kiosk; on one's own device forget the receipt alone. Then home.

    With the receipt goes what belongs to it: its draft, the case that was looked up, and the
    `item` that a phone has taken. Other forms stay open there.
    """
    if device.screen():
        ending.wipe()
    else:
        _forget(request.form.get("item", ""))
    return ending.gone_home()


def _forget(handed_off: str) -> None:
    kept = session.pop(KEY, {})
    session.pop(LOOKED_UP, None)
    basket.empty()
    if kept and kept["draft"] and draft_id_of(kept["item"]) == kept["draft"]:
        clear(kept["item"])
    clear(handed_off)
