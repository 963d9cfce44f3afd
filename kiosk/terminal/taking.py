"""Taking a guide along: its address as a code for one's own phone, its checklist as plain text.

Neighbours: `reachable` knows under which address phones come, `guide` shows the code; that of a
poster is another one, read by the kiosk itself (`kiosk.receipts.qr`).
"""

from collections.abc import Iterator

from flask import Blueprint, Response, abort, url_for
from flask_babel import gettext as _

from forms.definition import Requirement, ServiceItem
from kiosk.app_services import services
from kiosk.operators.access import public
from kiosk.pages.presentation import duration, in_words
from kiosk.receipts import qr
from kiosk.terminal import reachable
from kiosk.terminal.wanted import item_or_404

bp = Blueprint("taking", __name__)


@bp.get("/items/<code>/take.svg")
@public
def code_to_take(code: str) -> Response:
    """Draw the code that opens this guide on one's own phone; 404 where phones cannot come."""
    item, address = item_or_404(code), reachable.for_phones()
    if address is None:
        abort(404)
    target = address + url_for("terminal.guide.show", code=item.code)
    return Response(qr.svg(target, "M"), mimetype="image/svg+xml")


@bp.get("/items/<code>/checklist.txt")
@public
def checklist_as_text(code: str) -> Response:
    """Write the checklist so that a phone can keep it or send it on."""
    item = item_or_404(code)
    return Response("\n".join(_lines(item)) + "\n", mimetype="text/plain")


def _lines(item: ServiceItem) -> Iterator[str]:
    yield in_words(item.name)
    yield f"{in_words(item.department)} · {item.code}"
    yield ""
    yield _("What you need")
    for entry in item.requirements:
        yield f"□ {in_words(entry.name)}{_remark(entry)}"
        if entry.hint:
            yield f"   {in_words(entry.hint)}"
    yield ""
    for name, words in (
        (_("Fee"), in_words(item.fee)),
        (_("Promised time"), duration(item.promised)),
        (_("Where"), in_words(item.places)),
        (_("Opening hours"), services().config.station_hours or in_words(item.hours)),
        (_("Enquiries"), services().config.station_phone or in_words(item.contact)),
    ):
        yield f"{name}: {words}"
    yield ""
    yield _("Reference data put together for this product and not confirmed by an authority.")


def _remark(entry: Requirement) -> str:
    remarks = []
    if entry.source == "form":
        remarks.append(_("Made for you from your answers"))
    if entry.source == "department":
        remarks.append(_("The departments ask each other"))
    if entry.when:
        remarks.append(_("Only in some cases"))
    if entry.deferrable:
        remarks.append(_("May follow later"))
    return f" ({'; '.join(remarks)})" if remarks else ""
