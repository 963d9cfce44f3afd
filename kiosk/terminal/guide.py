"""The guide of an item (办事指南) or of a bundle (一件事), and the code of its poster.

Neighbours: `search` leads here, `apply` starts from here.
"""

from flask import Blueprint, Response, render_template

from kiosk.app_services import services
from kiosk.operators.access import public
from kiosk.operators.session import signed_in
from kiosk.receipts import qr
from kiosk.terminal import reachable
from kiosk.terminal.wanted import item_or_404

bp = Blueprint("guide", __name__)

SECONDS_KEPT = 24 * 3600


@bp.get("/items/<code>")
@public
def show(code: str) -> str:
    """Show who may apply, what is needed, how long it takes, what help there is, and the law."""
    item, operator, catalogue = item_or_404(code), signed_in(), services().catalogue
    bundle = catalogue.bundles.get(code)
    if bundle is not None:
        members = [catalogue.item(member.code) for member in bundle.members]
        return render_template("terminal/bundle.html", item=item, bundle=bundle, members=members)
    return render_template(
        "terminal/guide.html",
        item=item,
        help=catalogue.help_items.linked_to(item.code),
        is_staff=operator is not None and operator.role == "staff",
        can_take=reachable.for_phones() is not None,
    )


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
