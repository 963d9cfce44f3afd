"""What all pages of the hall have in common: they ask people to sign in, and no cache keeps them.

Knows no page. Neighbours: every page module makes its blueprint here, so that the exchange's
endpoints, which share the hall's blueprint, are left alone.
"""

from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, redirect, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from kiosk.errors import Unauthenticated, Unproved
from kiosk.operators.model import Operator
from kiosk.operators.session import signed_in

#: Who may read cases and terminals, and who may change them.
DECIDERS = ("clerk", "admin")
CASE_READERS = ("clerk", "admin", "auditor")
TERMINAL_READERS = ("admin", "auditor")
ADMINS = ("admin",)


def page_blueprint(name: str, import_name: str) -> Blueprint:
    """Return a blueprint whose strangers go to the sign-in page and whose pages nobody keeps."""
    blueprint = Blueprint(name, import_name)
    blueprint.register_error_handler(Unauthenticated, _to_sign_in)
    blueprint.register_error_handler(Unproved, _to_password)
    blueprint.after_request(_keep_nothing)
    return blueprint


def the_operator() -> Operator:
    """Return who asks; only for views that `requires` guards."""
    operator = signed_in()
    assert operator is not None  # noqa: S101 — ``requires`` let nobody else in
    return operator


def _to_sign_in(refusal: Unauthenticated) -> AnyResponse:
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("hall.sign_in.show", next=wanted), 303)


def _to_password(_: Unproved) -> AnyResponse:
    """Ask for the password, and lead back to the page that the act begins on."""
    came_from = _own_referrer()
    if request.method == "GET" or _has_page(request.path):
        onward = request.full_path.rstrip("?")
    else:
        onward = came_from
    return redirect(url_for("hall.step_up.show", next=onward, back=came_from), 303)


def _own_referrer() -> str:
    parts = urlsplit(request.referrer or "")
    if parts.netloc != request.host:
        return url_for("hall.home.show")
    return f"{parts.path}?{parts.query}".rstrip("?")


def _has_page(path: str) -> bool:
    """Tell whether an address that was sent to is a page as well, which asks first."""
    adapter = current_app.create_url_adapter(request)
    try:
        return adapter is not None and bool(adapter.match(path, method="GET"))
    except HTTPException:
        return False


def _keep_nothing(answer: Response) -> Response:
    # A page may show what somebody entered, so neither browser nor proxy keeps one.
    answer.cache_control.no_store = True
    return answer
