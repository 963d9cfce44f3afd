"""Wires a role: the only place that knows both.

``create_app`` takes the parts from ``kiosk.core`` and registers what the role
offers. It holds no rules and starts nothing.
"""

import secrets
from importlib import import_module
from pathlib import Path

from flask import Flask, Response, request
from flask_babel import Babel
from flask_compress import Compress
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from kiosk import crypto
from kiosk.api import (
    description,
    health,
    help_items,
    items,
    json_body,
    metrics,
    query,
    search_index,
)
from kiosk.api import session as session_api
from kiosk.api.language import reading_language
from kiosk.api.problem import ProblemApi, init_problems
from kiosk.config import Config
from kiosk.core import create_core
from kiosk.operators import access
from kiosk.operators.session import init_sessions, signed_in
from kiosk.pages import compiling, framing, presentation
from kiosk.pages.incoming import RoomyRequest
from kiosk.rate_store import PREFIX
from kiosk.turns import Turns

#: The front end's built files, beside the package in a checkout and in a wheel.
STATIC = Path(__file__).resolve().parent.parent / "static" / "build"

#: Names with a content hash never change; others, as a service worker's, are asked for again.
HASHED = r"^.+[.-][0-9A-Za-z]{8,}\.[a-z0-9]+$"

#: A page's request may carry pictures of phones; nothing comes near this (bytes).
MAX_REQUEST_BYTES = 16 * 1024 * 1024

#: What a stranger at a terminal may ask for 20 times in a minute: guessing a receipt (the page that
#: takes a number and a second fact), somebody's code, that of a hand-off or a pairing, whether a
#: name and an ID number belong together (which a certificate tells), papers, which cost a second of
#: processor time each, and numbers at the counter.
LIMITED = (
    "terminal.progress.find",
    "terminal.ahead.find",
    "terminal.credential.read",
    "terminal.certificates.fetch",
    "terminal.phone.claim",
    "terminal.pair.claim",
    "terminal.handoff.take_back",
    "terminal.prints.checklist",
    "terminal.prints.blank",
    "terminal.prints.application",
    "terminal.slips.paper_copy",
    "terminal.slips.print_slip",
    "terminal.ticket.draw",
)

csrf = CSRFProtect()


def create_app(config: Config) -> Flask:
    """Return the WSGI application of ``config.role``; BadConfig when it cannot work."""
    app = create_core(config)
    app.request_class = RoomyRequest
    compiling.use(app, config.role)
    app.config.update(
        SECRET_KEY=_secret(config),
        SESSION_COOKIE_NAME=f"{config.role}_session",
        SESSION_COOKIE_SECURE=config.secure_cookies,
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_REQUEST_BYTES,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        BABEL_DEFAULT_LOCALE="zh",
        BABEL_TRANSLATION_DIRECTORIES="translations",
        COMPRESS_MIMETYPES=["text/html", "application/json", "image/svg+xml"],
        API_TITLE="Jishiban",
        API_VERSION="v1",
        OPENAPI_VERSION="3.0.3",
        RATELIMIT_STORAGE_URI=f"{PREFIX}{config.redis}",
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
        RATELIMIT_STORAGE_OPTIONS={},
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    # In the order they are written: sections and fields in the order they are asked.
    app.json.sort_keys = False  # type: ignore[attr-defined]
    Babel(app, locale_selector=reading_language)
    Compress(app)
    csrf.init_app(app)
    init_sessions(app)
    init_problems(app)
    for check in (json_body.check, access.check, _check_csrf, query.check):
        app.before_request(check)
    app.after_request(_protect)
    _register(app, config)
    _serve_static(app, config)
    return app


def _register(app: Flask, config: Config) -> None:
    # One role's pages are never served by the other: they are not loaded either, for the memory.
    own = import_module(f"kiosk.{config.role}")
    presentation.install(app, own.DATES)
    app.teardown_request(_close_uploads)
    api = ProblemApi(app)
    for blueprint in (items.bp, search_index.bp, help_items.bp, session_api.bp, *own.API):
        api.register_blueprint(blueprint, url_prefix="/api/v1")
    app.register_blueprint(description.bp, url_prefix="/api/v1")
    app.register_blueprint(health.bp)
    metrics.install(app, own.FIGURES)
    limiter = Limiter(get_remote_address, app=app)
    app.register_blueprint(own.blueprint())
    if config.role == "terminal":
        for endpoint in LIMITED:
            limited = limiter.limit("20 per minute")(app.view_functions[endpoint])
            app.view_functions[endpoint] = limited  # type: ignore[assignment]


def _secret(config: Config) -> bytes:
    return crypto.secret_file(config.data_dir / "keys" / "session.key", secrets.token_bytes(32))


def _serve_static(app: Flask, config: Config) -> None:
    app.config["STATIC_FOLDER"] = str(STATIC)
    files = WhiteNoise(Turns(app.wsgi_app), max_age=60, immutable_file_test=HASHED)
    if STATIC.is_dir():
        files.add_files(str(STATIC), prefix="static/")
    app.wsgi_app = files  # type: ignore[method-assign]
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


def _check_csrf() -> None:
    """Ask for the token wherever a cookie could speak for somebody.

    Requests signed by a terminal carry no cookie; an anonymous request to the API
    has nothing that another site could borrow.
    """
    if request.path.startswith("/sync/"):
        return
    if request.path.startswith("/api/") and signed_in() is None:
        return
    csrf.protect()


def _close_uploads(_: BaseException | None) -> None:
    """Let go of the files that came in: a large one lies on disk until it is closed."""
    request.close()


def _protect(answer: Response) -> Response:
    """Set the headers that keep a browser from doing more than the page needs."""
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    answer.headers.setdefault("Referrer-Policy", "same-origin")
    framing.forbid(answer)
    answer.headers.setdefault("Permissions-Policy", "camera=(self), microphone=(), geolocation=()")
    if request.path.startswith("/api/"):
        answer.headers.setdefault("Cache-Control", "no-store")
    return answer
