"""What exactly is signed, the signature or its confirmation, and handing the application in.

The draft's id is the idempotency key: pressing twice makes one case. Neighbours: `check` comes
before, `receipt` after; `kiosk.cases.service` decides.
"""

import base64
import binascii
import hashlib
from dataclasses import replace
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms.definition import ServiceItem, Text
from kiosk.app_services import services
from kiosk.cases import drafts, service
from kiosk.cases.drafts import Draft
from kiosk.cases.service import Receipt
from kiosk.cases.submission import Channel
from kiosk.db import writing
from kiosk.errors import DomainError, Invalid
from kiosk.materials import capture
from kiosk.operators.access import public
from kiosk.terminal import check, receipt
from kiosk.terminal.showing import shown
from kiosk.terminal.wanted import at_hand, draft_id_of

bp = Blueprint("sign", __name__)

PNG_URL = "data:image/png;base64,"
NOT_SIGNED = Text(
    "请在框内签名；不方便签名的，勾选“我确认”。",
    "Please sign in the box, or tick that you confirm.",
)
NOT_PROMISED = Text("请选择是否作出承诺。", "Please say whether you make the promise.")
NOT_READ = Text("签名没有收到，请重签一次。", "The signature did not arrive; please sign again.")
Signed = dict[str, Any]


@bp.get("/items/<code>/apply/sign")
@public
def show(code: str) -> str:
    """Show what is signed and the two ways to sign."""
    item, draft = at_hand(code)
    return _page(item, draft, [])


@bp.post("/items/<code>/apply/submit")
@public
def submit(code: str) -> Response | tuple[str, int]:
    """Hand the application in; the receipt follows only after the commit."""
    if draft_id_of(code) is None and receipt.at_hand():
        return redirect(url_for("terminal.receipt.show"))
    item, draft = at_hand(code)
    promised = request.form.get("commitment")
    if item.commitment and promised not in ("yes", "no"):
        return _page(item, draft, [("#commitment", NOT_PROMISED)]), 422
    signature = _signature(draft)
    if isinstance(signature, Text):
        return _page(item, draft, [("#signature", signature)]), 422
    draft = replace(draft, signature=signature, commitment=promised == "yes")
    drafts.save(services(), draft)
    try:
        made = _hand_in(draft)
    except Invalid as refusal:
        return check.page(item, draft, refusal.fields), 422
    receipt.keep(made, code)
    return redirect(url_for("terminal.receipt.show"))


def _hand_in(draft: Draft) -> Receipt:
    submission = drafts.to_submission(draft, _channel())
    if draft.corrects:
        return service.correct(services(), draft.corrects, submission, draft.id)
    return service.submit(services(), submission, draft.id)


def _signature(draft: Draft) -> Signed | Text:
    """Return how it was signed, or what is wrong with it.

    The same drawing sent twice is the same material, or a second tap would look like another
    application under the same key.
    """
    drawn = request.form.get("drawing", "")
    if not drawn:
        confirmed = request.form.get("confirm") == "yes"
        return {"method": "confirmed", "material": None} if confirmed else NOT_SIGNED
    digest = hashlib.sha256(drawn.encode()).hexdigest()
    if draft.signature and draft.signature.get("drawing") == digest:
        return draft.signature
    try:
        picture = capture.develop(base64.b64decode(drawn.removeprefix(PNG_URL), validate=True))
    except (binascii.Error, DomainError):
        return NOT_READ
    known = services()
    with writing() as database:
        material = capture.keep(database, known.keyring, known.blobs, picture)
    return {"method": "drawn", "material": material.id, "drawing": digest}


def _channel() -> Channel:
    # Only for statistics, so the browser's own word is good enough.
    return "phone" if "Mobile" in request.user_agent.string else "kiosk"


def _page(item: ServiceItem, draft: Draft, problems: list[tuple[str, Text]]) -> str:
    name = next(field for field in item.section("applicant").fields if field.id == "name")
    return render_template(
        "terminal/sign.html",
        item=item,
        applicant=shown(name, draft.answers.get("applicant", {}).get("name")),
        pictures=sum(len(given["materials"]) for given in draft.attachments.values()),
        promised=request.form.get("commitment"),
        problems=problems,
        back_to=url_for("terminal.check.show", code=item.code),
    )
