"""Taking the receipt along: the 80 mm slip, a PDF, or one's own phone.

A phone opens an address of this station whose last part is the receipt's token, sealed with the
machine's key and good for five minutes: nobody reads a token from an address or a log. Neighbours:
`receipt` says whose receipt this browser shows; `kiosk.printing` prints.
"""

import base64
import binascii

import orjson
from flask import Blueprint, Response, abort, redirect, render_template, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from forms.definition import Text
from kiosk import clock
from kiosk.app_services import services
from kiosk.cases import queries
from kiosk.cases.help.services import ASSIST
from kiosk.cases.queries import BundleProgress, Progress
from kiosk.errors import NotFound
from kiosk.operators.access import public
from kiosk.pages.framing import allow_own
from kiosk.pages.papers import paper
from kiosk.printing import slip as slips
from kiosk.printing.press import printed
from kiosk.printing.printer import note
from kiosk.printing.printer import print_slip as send_to_printer
from kiosk.printing.slip import Slip
from kiosk.printing.words import WORDS, day, limit, moment
from kiosk.receipts import qr
from kiosk.receipts.number import grouped
from kiosk.terminal import reachable, receipt

bp = Blueprint("slips", __name__)

#: Seconds for which an address opens the receipt on a phone.
SECONDS_OPEN = 300
_CONTEXT = b"receipt on a phone"
_LONGEST = 400
LINK_OLD = Text(
    "这个码已过期，请回到终端重新出示。",
    "This code has run out; please show a new one at the kiosk.",
)


@bp.post("/receipt/slip")
@public
def print_slip() -> AnyResponse:
    """Print the slip; the receipt page then says what became of it, and the other ways."""
    address = services().config.printer
    if not receipt.at_hand() or not address:
        abort(404)
    outcome = send_to_printer(address, _slip())
    note(services().config.data_dir, outcome)
    session[receipt.KEY] = {**session[receipt.KEY], "slip": outcome}
    return redirect(url_for("terminal.receipt.show"))


@bp.get("/receipt/receipt.pdf")
@public
def paper_copy() -> Response:
    """Make the receipt as a PDF of A5."""
    if not receipt.at_hand():
        abort(404)
    slip = _slip()
    return allow_own(paper(printed(slips.html(slip)), slip.number.replace(" ", "")))


@bp.get("/receipt/paper")
@public
def show_paper() -> str:
    """Show the PDF with the way back; the page clears itself as the receipt does."""
    if not receipt.at_hand():
        abort(404)
    return render_template(
        "terminal/paper.html",
        title=WORDS["receipt"],
        source=url_for("terminal.slips.paper_copy"),
        back_to=url_for("terminal.receipt.show"),
        seconds=receipt.seconds_shown(),
    )


@bp.get("/receipt/phone")
@public
def phone() -> str:
    """Show the code that opens this receipt on a phone in the station's network."""
    if not receipt.at_hand() or reachable.for_phones() is None:
        abort(404)
    return render_template(
        "terminal/phone.html",
        minutes=SECONDS_OPEN // 60,
        seconds=receipt.seconds_shown(),
        back_to=url_for("terminal.receipt.show"),
    )


@bp.get("/receipt/phone.svg")
@public
def phone_code() -> Response:
    """Draw that code."""
    if not receipt.at_hand() or reachable.for_phones() is None:
        abort(404)
    return Response(qr.svg(phone_link(), "M"), mimetype="image/svg+xml")


@bp.get("/r/<code>")
@public
def take(code: str) -> AnyResponse:
    """Open the receipt in this browser, which is a phone's; NotFound when the code is old."""
    token, made_at = _opened(code)
    if not 0 <= clock.now().timestamp() - made_at <= SECONDS_OPEN:
        raise NotFound("receipt_link_old", LINK_OLD)
    found = queries.progress_by_token(services(), token)
    item = found.bundle.code if found.bundle and found.holds_receipt else found.item.code
    session[receipt.KEY] = {"token": token, "item": item, "draft": None}
    return redirect(url_for("terminal.receipt.show"))


def phone_link() -> str:
    """Return the address that opens the receipt of this browser on a phone, from now on."""
    told = orjson.dumps([session[receipt.KEY]["token"], int(clock.now().timestamp())])
    sealed = base64.urlsafe_b64encode(services().keyring.wrap(told, _CONTEXT))
    path = url_for("terminal.slips.take", code=sealed.decode().rstrip("="))
    return reachable.base() + path


def _opened(code: str) -> tuple[str, int]:
    try:
        padded = code[:_LONGEST] + "=" * (-len(code) % 4)
        sealed = base64.urlsafe_b64decode(padded)
        token, made_at = orjson.loads(services().keyring.unwrap(sealed, _CONTEXT))
    except (ValueError, binascii.Error) as error:
        raise NotFound("receipt_link_old", LINK_OLD) from error
    return str(token), int(made_at)


def _slip() -> Slip:
    token = session[receipt.KEY]["token"]
    found = queries.progress_by_token(services(), token)
    together = receipt.together_with(found)
    station = services().station
    whole: Progress | BundleProgress = together or found
    facts = [
        (slips.NEXT, _next(found, together)),
        (slips.BY_WHEN, _by_when(found, together)),
        (slips.WHOM, found.item.contact),
        (WORDS["handed_in"], _same(moment(found.submitted_at))),
    ]
    if station:
        facts.append((WORDS["station"], _same(station.name)))
    agent = next((each.agent for each in found.help if each.row.kind == ASSIST), None)
    if agent:
        facts.append((slips.HELPED, _same(agent)))
    return Slip(
        number=grouped(found.number),
        item=together.bundle.name if together else found.item.name,
        facts=tuple(facts),
        payload=qr.payload("receipt", token),
        notice=None if whole.at_hall else slips.NOT_YET,
    )


def _next(found: Progress, together: BundleProgress | None) -> Text:
    if together:
        return Text(
            "各部门分别审核：受理，或一次告知要补什么。",
            "Each department accepts its part, or asks once for what is missing.",
        )
    department = found.item.department
    return Text(
        f"{department.zh}审核：受理，或一次告知要补什么。",
        f"{department.en} accepts it, or asks once for what is missing.",
    )


def _by_when(found: Progress, together: BundleProgress | None) -> Text:
    promised = (together.promise if together else found.item).promised
    if found.pause:
        return Text("暂停计时", "The time stands still")
    if found.due_on:
        return _same(day(found.due_on))
    words = limit(promised)
    if not promised.value:
        return Text("中心收到后当场办结", "On the spot, once the centre has it")
    return Text(f"受理后{words.zh}内", f"Within {words.en} of acceptance")


def _same(text: str) -> Text:
    return Text(text, text)
