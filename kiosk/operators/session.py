"""Who is signed in: Flask-Login over the operator table, asked at every request.

The cookie holds an id and a version, never rights: a disabled or changed
account is signed out with its next request. Idle limit, residents' drafts too: 10 minutes.
A session that was begun on a paired tablet belongs to it and ends when the tablet is revoked.
"""

from datetime import datetime, timedelta
from typing import cast

from flask import Flask, Response, request
from flask import session as cookie
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_login import LoginManager, current_user, login_user, logout_user

from kiosk import clock
from kiosk.db import glancing
from kiosk.devices import presence
from kiosk.operators.model import Operator

IDLE = timedelta(minutes=10)

#: In the cookie: the tablet that the session was begun on, and when the password was shown.
_DEVICE, _BEGAN = "device", "began"
#: When the password was shown again since, before something dangerous.
_PROVED = "proved"

_manager = LoginManager()


def init_sessions(app: Flask) -> None:
    """Set up sign-in for ``app``; cookies are HttpOnly, SameSite=Lax and end when idle."""
    app.config.update(
        PERMANENT_SESSION_LIFETIME=IDLE,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    app.session_interface = _Cookies()
    app.before_request(_renew)
    _manager.init_app(app)
    _manager.session_protection = None


class _Cookies(SecureCookieSessionInterface):
    """Sets no cookie with an answer that is the same for everybody, and lets it be kept as such.

    Otherwise each new cookie would make a browser ask again for what it has.
    """

    def get_cookie_secure(self, app: Flask) -> bool:
        """Keep a session that was begun by HTTPS from ever going by plain HTTP."""
        return super().get_cookie_secure(app) or request.is_secure

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not response.cache_control.public:
            super().save_session(app, session, response)


def _renew() -> None:
    """Let a cookie that holds anything live from this request on.

    Flask renews only permanent ones, and lets the others end too when the time is over: a
    resident's draft would be gone ten minutes after it was begun, however busy he is.
    """
    if cookie:
        cookie.permanent = True


@_manager.user_loader  # type: ignore[untyped-decorator]
def _load(text: str) -> Operator | None:
    identifier, _, version = text.partition(":")
    with glancing() as session:
        operator = session.get(Operator, identifier)
    if operator is None or not operator.active or str(operator.version) != version:
        return None
    if _DEVICE in cookie and cookie[_DEVICE] != presence.bound_id():
        return None
    return operator


def begin(operator: Operator) -> None:
    """Sign ``operator`` in; whatever the cookie held before is dropped (session fixation).

    Raises Unauthenticated on a tablet that has been revoked.
    """
    presence.refuse_revoked()
    cookie.clear()
    cookie.permanent = True
    cookie[_BEGAN] = clock.now().isoformat()
    device = presence.bound_id()
    if device is not None:
        cookie[_DEVICE] = device
    login_user(operator)


def end() -> None:
    """Sign out and empty the cookie."""
    logout_user()
    cookie.clear()


def signed_in() -> Operator | None:
    """Return who is signed in, or None."""
    return cast(Operator, current_user) if current_user.is_authenticated else None


def operator_id() -> str | None:
    """Return the id of who is signed in, or None for a resident on his own."""
    operator = signed_in()
    return operator.id if operator else None


def device_id() -> str | None:
    """Return the tablet that the session was begun on, or None when it was elsewhere."""
    found: str | None = cookie.get(_DEVICE)
    return found


def was_begun_within(limit: timedelta) -> bool:
    """Tell whether somebody showed a password for this session no longer than ``limit`` ago.

    A session lives on while it is used; what only its owner may have wants the password anew. A
    clock that was set back since tells nothing, and counts as too long.
    """
    told = cookie.get(_BEGAN)
    if not told:
        return False
    return timedelta() <= clock.now() - datetime.fromisoformat(told) <= limit


def prove() -> None:
    """Note that the password was shown again now."""
    cookie[_PROVED] = clock.now().isoformat()


def was_proved_within(limit: timedelta) -> bool:
    """Tell whether the password was shown, at signing in or since, no longer than ``limit`` ago."""
    told = cookie.get(_PROVED) or cookie.get(_BEGAN)
    if not told:
        return False
    return timedelta() <= clock.now() - datetime.fromisoformat(told) <= limit


def is_of_closed_account() -> bool:
    """Tell whether the cookie names an account that has been disabled since."""
    identifier = str(cookie.get("_user_id", "")).partition(":")[0]
    with glancing() as session:
        operator = session.get(Operator, identifier)
    return operator is not None and not operator.active
