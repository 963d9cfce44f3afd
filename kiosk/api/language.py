"""Which language the person reads: chosen by cookie, otherwise asked of Accept-Language.

Chinese when nothing is known. Neighbours: ``kiosk.app`` hands it to Flask-Babel.
"""

from flask import has_request_context, request

LANGUAGES = ("zh", "en")
COOKIE = "lang"


def reading_language() -> str:
    """Return ``zh`` or ``en`` for the present request; ``zh`` outside one."""
    if not has_request_context():
        return "zh"
    chosen = request.cookies.get(COOKIE, "")
    if chosen in LANGUAGES and not request.path.startswith("/api/"):
        return chosen
    return request.accept_languages.best_match(LANGUAGES) or "zh"
