"""What exactly is signed, the signature or its confirmation, and handing the application in.

The page shows every answer, material and promise; a mark over them comes back with the form, and a
digest over the same is bound into the case (`kiosk.cases.statement`). The form also holds the
draft's id, the idempotency key: pressing twice makes one case. Neighbours: `check` comes before,
`receipt` after; `kiosk.cases.service` decides.
"""

import base64
import binascii
import hashlib
from dataclasses import replace
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms.definition import ServiceItem, Text
from forms.schema import is_commitment_required
from kiosk.app_services import services
from kiosk.cases import drafts, handoffs, service
from kiosk.cases.drafts import Draft
from kiosk.cases.service import Receipt
from kiosk.cases.submission import Channel
from kiosk.db import writing
from kiosk.errors import Conflict, DomainError, Invalid
from kiosk.materials import capture
from kiosk.operators.access import public
from kiosk.operators.session import operator_id
from kiosk.terminal import again, check, helped, receipt, seen
from kiosk.terminal.asking import named
from kiosk.terminal.showing import shown
from kiosk.terminal.supplying import Task, asked_only, tasks
from kiosk.terminal.wanted import at_hand, draft_id_of

bp = Blueprint("sign", __name__)

KEY = "key"
PNG_URL = "data:image/png;base64,"
PROMISE = Text("告知承诺", "Written promise")
NOT_SIGNED = Text(
    "请在框内签名；不方便签名的，勾选“我确认”。",
    "Please sign in the box, or tick that you confirm.",
)
NOT_PROMISED = Text("请选择是否作出承诺。", "Please say whether you make the promise.")
PROMISE_NEEDED = Text(
    "您前面选了用承诺代替证明，请作出承诺，或回去改那一项。",
    "You chose a promise instead of proof; make it, or go back and change that answer.",
)
NOT_READ = Text("签名没有收到，请重签一次。", "The signature did not arrive; please sign again.")
Signed = dict[str, Any]


@bp.get("/items/<code>/apply/sign")
@public
def show(code: str) -> str:
    """Show what is signed and the two ways to sign."""
    item, draft = at_hand(code)
    return _page(item, draft)


@bp.post("/items/<code>/apply/submit")
@public
def submit(code: str) -> Response | tuple[str, int]:
    """Hand the application in; the receipt follows only after the commit.

    Nobody signs what another window has changed: then the answers are shown once more.
    """
    if draft_id_of(code) is None and receipt.at_hand():
        return redirect(url_for("terminal.receipt.show"))
    item, draft = at_hand(code)
    # Perhaps a page of an application that has been handed in or cleared since.
    is_of_another = request.form.get(KEY) not in (None, draft.id)
    if is_of_another or seen.is_outdated(draft, _signed(item, draft)):
        return check.page(item, draft, [("#main", seen.CHANGED)]), 409
    if first := again.detour(draft):
        return first
    promised = request.form.get("commitment")
    promise_error = _promise_error(item, draft, promised)
    if promise_error:
        return _page(item, draft, promise_error=promise_error), 422
    signature = _signature(draft)
    if isinstance(signature, Text):
        return _page(item, draft, signature_error=signature), 422
    draft = replace(draft, signature=signature, commitment=promised == "yes")
    drafts.save(services(), draft)
    handed_in = asked_only(item, draft)
    try:
        made = _hand_in(handed_in)
    except Invalid as refusal:
        problems = check.problems_of(item, handed_in, refusal.fields)
        return check.page(item, draft, problems), 422
    except Conflict:
        # Its answer was lost, or a second tap came with a drawing of its own: one application.
        earlier = service.made_with(services(), draft.id)
        if earlier is None:
            raise
        made = earlier
    receipt.keep(made, draft)
    helped.forget()
    if draft.phone:
        handoffs.note_submitted(services(), draft)
    return redirect(url_for("terminal.receipt.show"))


def _promise_error(item: ServiceItem, draft: Draft, promised: str | None) -> Text | None:
    if item.commitment and promised not in ("yes", "no"):
        return NOT_PROMISED
    if promised != "yes" and is_commitment_required(item, draft.answers):
        return PROMISE_NEEDED
    return None


def _signed(item: ServiceItem, draft: Draft) -> list[object]:
    """Return all that the page shows to be signed; the commitment is chosen on the page itself."""
    promised = [task.promise for task in later_tasks(item, draft)]
    commitment = item.commitment.zh if item.commitment else None
    promises = [promise.zh for promise in promised if promise]
    return [draft.release, draft.answers, draft.attachments, promises, commitment]


def later_tasks(item: ServiceItem, draft: Draft) -> list[Task]:
    """Return what is handed in later."""
    return [task for task in tasks(item, draft) if task.state == "later"]


def _hand_in(draft: Draft) -> Receipt:
    told = helped.told(draft.help) if draft.help else None
    submission = drafts.to_submission(draft, channel(), operator_id(), told)
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


def channel() -> Channel:
    """Return by what sort of device this request came."""
    # Only for statistics, so the browser's own word is good enough.
    return "phone" if "Mobile" in request.user_agent.string else "kiosk"


def _page(
    item: ServiceItem,
    draft: Draft,
    promise_error: Text | None = None,
    signature_error: Text | None = None,
) -> str:
    wrong = (
        ("#commitment", PROMISE, promise_error),
        ("#signature", check.SIGNATURE, signature_error),
    )
    name = next(field for field in item.section("applicant").fields if field.id == "name")
    return render_template(
        "terminal/sign.html",
        item=item,
        applicant=shown(name, draft.answers.get("applicant", {}).get("name")),
        groups=check.groups(item, draft),
        tasks=tasks(item, draft),
        later=later_tasks(item, draft),
        key=draft.id,
        promised=request.form.get("commitment"),
        promise_error=promise_error,
        signature_error=signature_error,
        problems=[(place, named(label, error)) for place, label, error in wrong if error],
        seen=seen.mark(draft, _signed(item, draft)),
        here=url_for("terminal.sign.show", code=item.code),
        back_to=url_for("terminal.check.show", code=item.code),
    )
