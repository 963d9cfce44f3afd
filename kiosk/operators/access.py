"""Who may call a view, declared at the view and checked at every request.

A view without a declaration fails the guard over all routes, and is refused at
run time. Rights are looked up from the account, never from the cookie.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import structlog
from flask import Flask, abort, current_app, request

from forms.definition import Text
from kiosk.devices import presence
from kiosk.errors import Refused, Unauthenticated, Unproved
from kiosk.operators import session
from kiosk.operators.session import signed_in

log = structlog.get_logger(__name__)

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = frozenset({"public"})
#: A paired tablet, besides the roles; and one that may be revoked, which no role goes with.
DEVICE, ANY_DEVICE = "device", "device or revoked device"
#: How long a password that was shown stands for a dangerous act (revoking, roles, exports).
PROOF = timedelta(minutes=5)
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


def asks_password(view: View) -> View:
    """Let ``view`` be called only by who showed the password in the last ``PROOF``."""
    view.asks_password = True  # type: ignore[attr-defined]
    return view


def declared(app: Flask, endpoint: str, method: str) -> frozenset[str] | None:
    """Return what the view of ``endpoint`` declares for ``method``, or None."""
    if endpoint in _FOREIGN:
        return PUBLIC
    access: frozenset[str] | None = getattr(_view(app, endpoint, method), "access", None)
    return access


def _view(app: Flask, endpoint: str, method: str) -> Any:
    view: Any = app.view_functions[endpoint]
    owner = getattr(view, "view_class", None)
    return getattr(owner, method.lower(), view) if owner is not None else view


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
        log.info("stranger_refused", endpoint=request.endpoint)
        raise Unauthenticated("sign_in_needed", Text("请先登录。", "Please sign in first."))
    if operator.role not in access:
        log.warning(
            "access_refused",
            endpoint=request.endpoint,
            operator=operator.id,
            role=operator.role,
        )
        raise Refused("role_lacks_right", Text("您没有这项权限。", "Your role may not do this."))
    asked = getattr(_view(current_app, request.endpoint, method), "asks_password", False)
    if asked and not session.was_proved_within(PROOF):
        log.info("password_asked", endpoint=request.endpoint, operator=operator.id)
        raise Unproved(
            "password_needed",
            Text("请先再次输入密码。", "Please enter your password again first."),
        )


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
