"""The staff's page of tablets: pairing one, what each last said, shutting one out.

Neighbours: `pair` is the tablet's side, `kiosk.devices` decides.
"""

from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response as AnyResponse

from forms.definition import Text
from kiosk.app_services import services
from kiosk.db import reading
from kiosk.devices import pairing, register
from kiosk.devices import parcels as sealed
from kiosk.errors import Invalid
from kiosk.operators.access import requires
from kiosk.operators.session import operator_id
from kiosk.receipts import handoff_code, leases, qr
from kiosk.terminal import parcels, reachable, trust
from kiosk.terminal.pair import PATH

bp = Blueprint("tablets", __name__)

#: In the session of who made it, for the page that shows it.
CODE = "pairing_code"
MOST_NOTED = 50
#: What `kiosk.cases.tablets` notes of a case.
NOTES = {
    "operator-disabled": Text("填表人的账号已停用", "Filled by an account that is disabled"),
    "operator-unknown": Text("本站没有填表人的账号", "Filled by an account not known here"),
    "operator-elsewhere": Text(
        "填表人的账号不属于本站，记在送达人名下", "Filled by an account that is not of this station"
    ),
    "release-changed": Text("按新版目录收下", "Taken with the newer catalogue"),
    "after-revocation": Text("平板停用后收下", "Taken in after its tablet was revoked"),
}


@bp.get("/staff/tablets")
@requires("staff")
def show() -> str:
    """List the tablets, and the cases of theirs that somebody should look at."""
    return _page("", None)


@bp.post("/staff/tablets")
@requires("staff")
def add() -> AnyResponse | tuple[str, int]:
    """Make a place for a tablet of the name that was given, and a code for it."""
    name = request.form.get("name", "")
    try:
        _, code = pairing.invite(services(), name, operator_id() or "")
    except Invalid as refusal:
        return _page(name[:80], refusal.message), 422
    cookie[CODE] = code
    return redirect(url_for("terminal.tablets.code"), 303)


@bp.get("/staff/tablets/code")
@requires("staff")
def code() -> AnyResponse | str:
    """Show the code that was made last in this browser."""
    made = cookie.get(CODE)
    if made is None:
        return redirect(url_for("terminal.tablets.show"))
    base = reachable.base()
    return render_template(
        "terminal/tablet_code.html",
        typed=handoff_code.grouped(made),
        address=base + PATH,
        is_only_here=reachable.is_only_here(base),
        authority=trust.authority(),
    )


@bp.get("/staff/tablets/code.svg")
@requires("staff")
def code_picture() -> Response:
    """Draw that code as the address that takes it."""
    made = cookie.get(CODE) or abort(404)
    return Response(qr.svg(f"{reachable.base()}{PATH}#{made}"), mimetype="image/svg+xml")


@bp.get("/staff/tablets/<device_id>/revoke")
@requires("staff")
def ask(device_id: str) -> str:
    """Ask once more, saying what it means."""
    return render_template("terminal/tablet_revoke.html", device=register.find(device_id))


@bp.post("/staff/tablets/<device_id>/revoke")
@requires("staff")
def revoke(device_id: str) -> AnyResponse:
    """Refuse the tablet from its next request on; who did it is kept."""
    device = register.revoke(device_id, operator_id() or "")
    flash(gettext("%(name)s has been shut out.", name=device.name))
    return redirect(url_for("terminal.tablets.show"), 303)


@bp.post("/staff/tablets/<device_id>/parcels")
@requires("staff")
def take_parcels(device_id: str) -> AnyResponse:
    """Take in what a tablet that was shut out had not delivered; what cannot be stays."""
    device = register.find(device_id)
    taken, refused = parcels.take_all(services(), device, operator_id() or "")
    flash(ngettext("%(num)d case was taken in.", "%(num)d cases were taken in.", taken))
    if refused:
        flash(
            ngettext(
                "%(num)d parcel could not be taken in; it stays here.",
                "%(num)d parcels could not be taken in; they stay here.",
                refused,
            )
        )
    return redirect(url_for("terminal.tablets.show"), 303)


def _page(name: str, wrong: Text | None) -> str:
    devices = register.paired()
    names = {device.id: device.name for device in devices}
    with reading() as database:
        noted = leases.noted(database, MOST_NOTED)
    cases: list[dict[str, Any]] = [
        {
            "number": number,
            "tablet": names.get(device_id, ""),
            "at": at,
            "words": [NOTES[note] for note in notes.split(",") if note in NOTES],
        }
        for number, device_id, at, notes in noted
    ]
    return render_template(
        "terminal/tablets.html",
        devices=devices,
        parcels=sealed.counts(),
        cases=cases,
        typed=name,
        wrong=wrong,
        problems=[("#name", wrong)] if wrong else [],
    )
