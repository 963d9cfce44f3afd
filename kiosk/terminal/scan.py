"""Scanning: a picture, a hand scanner that types, or a keyboard; shown as text, then confirmed.

A code never leads anywhere by itself, and what is not one of ours is only ever shown. Neighbours:
`kiosk.materials.scan` reads and interprets; `progress` and `guide` are where a code may lead.
"""

from collections.abc import Mapping

from flask import Blueprint, render_template, request, session

from forms.definition import Bundle, ServiceItem, Text
from kiosk.app_services import services
from kiosk.errors import DomainError
from kiosk.materials import scan
from kiosk.materials.scan import Scan
from kiosk.operators.access import public

bp = Blueprint("scan", __name__)

SCANNED = "scanned"
NOTHING_GIVEN = Text(
    "请先扫码、选图片或输入编码。", "Please scan, choose a picture or type a code first."
)
NO_CODE = Text(
    "图片里没有找到二维码。请靠近一些、放平、避开反光，再拍一次。",
    "No QR code was found. Hold it flat and closer, without glare, and try again.",
)


@bp.get("/scan")
@public
def show() -> str:
    """Show the ways to scan."""
    return _page({})


@bp.post("/scan")
@public
def read() -> str | tuple[str, int]:
    """Say what was scanned; a receipt is remembered for the next page, nothing is followed."""
    text = request.form.get("text", "").strip()
    upload = request.files.get("image")
    if not text and (upload is None or not upload.filename):
        return _page({"text": NOTHING_GIVEN}), 422
    if not text and upload is not None:
        try:
            texts = scan.read_codes(upload.read())
        except DomainError as refusal:
            return _page({"image": refusal.message}), 422
        if not texts:
            return _page({"image": NO_CODE}), 422
        # Our own code wins over others in the same picture; which of several is asked later.
        found = [scan.interpret(entry) for entry in texts]
        return _result(next((entry for entry in found if entry.kind != "text"), found[0]))
    return _result(scan.interpret(text))


def _result(found: Scan) -> str:
    session.pop(SCANNED, None)
    item: ServiceItem | Bundle | None = None
    if found.kind == "receipt":
        session[SCANNED] = found.target
    if found.kind == "item" and found.target:
        catalogue = services().catalogue
        item = catalogue.items.get(found.target) or catalogue.bundles.get(found.target)
    return render_template("terminal/scanned.html", found=found, item=item)


def _page(wrong: Mapping[str, Text]) -> str:
    problems = [(f"#{box}", message) for box, message in wrong.items()]
    return render_template("terminal/scan.html", wrong=wrong, problems=problems)
