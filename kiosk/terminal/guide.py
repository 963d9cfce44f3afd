"""The guide of an item (办事指南) or of a bundle (一件事), and the code of its poster.

Neighbours: `search` leads here, `apply` starts from here.
"""

from flask import Blueprint, Response, render_template

from kiosk.app_services import services
from kiosk.operators.access import public
from kiosk.receipts import qr
from kiosk.terminal.wanted import item_or_404

bp = Blueprint("guide", __name__)

SECONDS_KEPT = 24 * 3600


@bp.get("/items/<code>")
@public
def show(code: str) -> str:
    """Show who may apply, what is needed, how long it takes, and where the law is."""
    item = item_or_404(code)
    bundle = services().catalogue.bundles.get(code)
    if bundle is None:
        return render_template("terminal/guide.html", item=item)
    members = [services().catalogue.item(member.code) for member in bundle.members]
    return render_template("terminal/bundle.html", item=item, bundle=bundle, members=members)


@bp.get("/items/<code>/poster.svg")
@public
def poster(code: str) -> Response:
    """Draw the code that leads back to this guide from a poster or another screen."""
    item = item_or_404(code)
    drawing = qr.svg(qr.payload("item", item.code), "M")
    answer = Response(drawing, mimetype="image/svg+xml")
    answer.cache_control.public = True
    answer.cache_control.max_age = SECONDS_KEPT
    return answer
