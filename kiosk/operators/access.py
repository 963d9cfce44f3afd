"""Who may call a view, declared at the view and checked at every request.

A view without a declaration fails the guard over all routes, and is refused at
run time. Rights are looked up from the account, never from the cookie.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, request

from forms.definition import Text
from kiosk.devices import presence
from kiosk.errors import Refused, Unauthenticated
from kiosk.operators import session
from kiosk.operators.session import signed_in

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = frozenset({"public"})
#: A paired tablet, besides the roles; and one that may be revoked, which no role goes with.
DEVICE, ANY_DEVICE = "device", "device or revoked device"
#: WhiteNoise brings a view of its own.
_FOREIGN = frozenset({"static"})


def public(view: View) -> View:
    """Let anybody call ``view``."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def requires(*roles: str) -> Callable[[View], View]:
    """Let only operators with one of ``roles`` call the view."""

    def declare(view: View) -> View:
        view.access = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return declare


def requires_device(*roles: str) -> Callable[[View], View]:
    """Let only operators with one of ``roles`` call the view, and only from a paired tablet."""
    return requires(DEVICE, *roles)


def requires_device_even_revoked(view: View) -> View:
    """Let only a tablet call ``view`` that is or was paired, whoever holds it."""
    return requires(ANY_DEVICE)(view)


def declared(app: Flask, endpoint: str, method: str) -> frozenset[str] | None:
    """Return what the view of ``endpoint`` declares for ``method``, or None."""
    if endpoint in _FOREIGN:
        return PUBLIC
    view: Any = app.view_functions[endpoint]
    owner = getattr(view, "view_class", None)
    if owner is not None:
        view = getattr(owner, method.lower(), view)
    access: frozenset[str] | None = getattr(view, "access", None)
    return access


def check() -> None:
    """Refuse the present request unless its view lets this person in (before every request)."""
    if request.endpoint is None or request.method == "OPTIONS":
        return
    method = "GET" if request.method == "HEAD" else request.method
    access = declared(current_app, request.endpoint, method)
    if access is None:
        abort(500)
    if access is PUBLIC or "public" in access:
        return
    if access & {DEVICE, ANY_DEVICE}:
        presence.required(even_revoked=ANY_DEVICE in access)
        if ANY_DEVICE in access:
            return
        _check_bound()
    operator = signed_in()
    if operator is None:
        raise Unauthenticated("sign_in_needed", Text("请先登录。", "Please sign in first."))
    if operator.role not in access:
        raise Refused("role_lacks_right", Text("您没有这项权限。", "Your role may not do this."))


def _check_bound() -> None:
    """Refuse a request from a tablet without a session that was begun on it."""
    if signed_in() is not None and session.device_id() is not None:
        return
    if session.is_of_closed_account():
        raise Unauthenticated(
            "operator-disabled",
            Text("这个工作人员账号已停用。", "This staff account has been disabled."),
        )
    raise Unauthenticated("not-signed-in", Text("请先登录。", "Please sign in first."))
