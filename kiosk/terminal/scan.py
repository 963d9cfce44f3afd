"""Scanning: a picture, a hand scanner that types, or a keyboard; shown as text, then confirmed.

A code never leads anywhere by itself, and what is not one of ours is only ever shown. Neighbours:
`kiosk.materials.scan` reads and interprets; `leads` says where a code may lead.
"""

from collections.abc import Mapping

from flask import Blueprint, render_template, request, session

from forms.definition import Bundle, ServiceItem, Text
from kiosk.app_services import services
from kiosk.errors import DomainError, status_of
from kiosk.materials import scan
from kiosk.materials.scan import Scan
from kiosk.operators.access import public
from kiosk.terminal.credential import applications_for
from kiosk.terminal.leads import lead_of

bp = Blueprint("scan", __name__)

SCANNED = "scanned"
MOST_CODES = 8
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
    """Say what was scanned; a token is remembered for the next page, nothing is followed.

    Several codes, from a picture or as several `text`, are listed, and a person chooses.
    """
    texts = [text for text in request.form.getlist("text") if text.strip()][:MOST_CODES]
    if not texts:
        upload = request.files.get("image")
        if upload is None or not upload.filename:
            return _page({"text": NOTHING_GIVEN}), 422
        try:
            texts = scan.read_codes(upload.read())
        except DomainError as refusal:
            return _page({"image": refusal.message}), status_of(refusal)
        if not texts:
            return _page({"image": NO_CODE}), 422
    found = list({found.text: found for found in map(scan.interpret, texts)}.values())
    return _result(found[0]) if len(found) == 1 else _choice(found)


def _result(found: Scan) -> str:
    session.pop(SCANNED, None)
    lead = lead_of(found.kind)
    item: ServiceItem | Bundle | None = None
    if lead.carried == "cookie":
        session[SCANNED] = found.target
    if found.kind == "item" and found.target:
        catalogue = services().catalogue
        item = catalogue.items.get(found.target) or catalogue.bundles.get(found.target)
        lead = lead if item else lead_of("text")
    begun = applications_for(found.kind) if lead.carried == "posted" else ()
    return render_template("terminal/scanned.html", found=found, lead=lead, item=item, begun=begun)


def _choice(found: list[Scan]) -> str:
    """Ask which of several; ours come first."""
    found.sort(key=lambda each: each.kind == "text")
    return render_template(
        "terminal/scanned_several.html",
        found=[(each, lead_of(each.kind)) for each in found[:MOST_CODES]],
    )


def _page(wrong: Mapping[str, Text]) -> str:
    problems = [(f"#{box}", message) for box, message in wrong.items()]
    return render_template("terminal/scan.html", wrong=wrong, problems=problems)
