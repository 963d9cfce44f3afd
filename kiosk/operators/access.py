"""Who may call a view, declared at the view and checked at every request.

A view without a declaration fails the guard over all routes, and is refused at
run time. Rights are looked up from the account, never from the cookie.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, request

from forms.definition import Text
from kiosk.errors import Refused, Unauthenticated
from kiosk.operators.session import signed_in

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = frozenset({"public"})
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
    operator = signed_in()
    if operator is None:
        raise Unauthenticated("sign_in_needed", Text("请先登录。", "Please sign in first."))
    if operator.role not in access:
        raise Refused("role_lacks_right", Text("您没有这项权限。", "Your role may not do this."))
