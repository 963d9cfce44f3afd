"""A tablet's first way in: why to trust this station, and the code that pairs it.

The certificate of the town's own authority is had here by plain HTTP, which is why its fingerprint
is compared by eye with the staff's page. Neighbours: `tablets` is the staff's side,
`kiosk.devices.pairing` decides, `presence` knows the cookie.
"""

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from forms.definition import Text
from kiosk.devices import pairing, presence
from kiosk.errors import DomainError, status_of
from kiosk.operators import session
from kiosk.operators.access import public
from kiosk.terminal import device, trust

bp = Blueprint("pair", __name__)

PATH = "/pair"
#: The app of the tablets, which is served there.
TABLET = "/tablet/"
IS_KIOSK = Text(
    "这块屏幕是大厅的一体机，不能配对成平板。",
    "This screen is the kiosk in the hallway and cannot be paired as a tablet.",
)


@bp.get(PATH)
@public
def show() -> str:
    """Explain how a tablet comes to trust this station, and ask for the code."""
    return _page("", None)


@bp.get(f"{PATH}/ca.crt")
@public
def authority() -> Response:
    """Hand out the certificate of the authority that tablets are to trust."""
    certificate = trust.authority() or abort(404)
    answer = make_response(certificate.pem)
    answer.content_type = "application/x-x509-ca-cert"
    answer.headers["Content-Disposition"] = 'attachment; filename="jishiban-ca.crt"'
    return answer


@bp.post(PATH)
@public
def claim() -> AnyResponse | tuple[str, int]:
    """Pair this browser if it brings the code in time; its cookie is set here, and never again."""
    code = request.form.get("code", "").strip()
    if device.screen():
        return _page(code, IS_KIOSK), 409
    try:
        # The cookie that is replaced proves which tablet this was, and what it sealed is its own.
        _, secret = pairing.pair(code, presence.present())
    except DomainError as refusal:
        return _page(code, refusal.message), status_of(refusal)
    # A session belongs to the tablet it was begun on, and this one was begun before.
    session.end()
    answer = redirect(TABLET, 303)
    answer.set_cookie(
        presence.COOKIE,
        secret,
        max_age=presence.SECONDS_KEPT,
        httponly=True,
        samesite="Strict",
        secure=request.is_secure,
    )
    return answer


def _page(typed: str, wrong: Text | None) -> str:
    return render_template(
        "terminal/pair.html",
        typed=typed,
        wrong=wrong,
        problems=[("#code", wrong)] if wrong else [],
        authority=trust.authority(),
        secure_address=None if request.is_secure else trust.address(PATH),
    )
