"""Which language the person reads: chosen by cookie, otherwise asked of Accept-Language.

Chinese when nothing is known. What is for several readers, such as a printed paper, says for a
while which language it speaks. Neighbours: ``kiosk.app`` hands it to Flask-Babel.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from flask import has_request_context, request
from flask_babel import force_locale

LANGUAGES = ("zh", "en")
COOKIE = "lang"
#: Where a request keeps what was found.
_KNOWN = "kiosk.language"

_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)


def reading_language() -> str:
    """Return ``zh`` or ``en`` for the present request; ``zh`` outside one."""
    spoken = _spoken.get()
    if spoken is not None:
        return spoken
    if not has_request_context():
        return "zh"
    # A page asks hundreds of times.
    known: str | None = request.environ.get(_KNOWN)
    if known is None:
        known = request.environ[_KNOWN] = _asked_for()
    return known


def _asked_for() -> str:
    chosen = request.cookies.get(COOKIE, "")
    if chosen in LANGUAGES and not request.path.startswith("/api/"):
        return chosen
    return request.accept_languages.best_match(LANGUAGES) or "zh"


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Let everything inside speak ``language``, one of ``LANGUAGES``, whoever asks."""
    before = _spoken.set(language)
    try:
        with force_locale(language):
            yield
    finally:
        _spoken.reset(before)
