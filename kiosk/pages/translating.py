"""Texts of pages in the reader's language, for templates and what is said many times on a page.

Flask-Babel looks its domain and locale up anew for each text, with some ten looks at the request:
on a page of six hundred texts that was more than half of all its work. Here the language is asked
for, and the catalogue is at hand. The words themselves are the same. Neighbour:
`kiosk.api.language` knows the language.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.support import NullTranslations, Translations
from flask import has_app_context
from flask.sansio.app import App

from kiosk.api.language import reading_language

_FOLDER = Path(__file__).resolve().parent.parent / "translations"


def install(app: App) -> None:
    """Let the templates of ``app`` say their texts by these functions."""
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda text: _present().gettext(text),
        ngettext=lambda one, many, count: _present().ngettext(one, many, count),
        newstyle=True,
    )


def gettext(text: str, **values: Any) -> str:
    """Return a text in the reader's language with ``values`` put in."""
    said: str = _present().gettext(text)
    return said % values if values else said


def ngettext(one: str, many: str, count: int) -> str:
    """Return the text for so many; it may name the number as ``num``."""
    said: str = _present().ngettext(one, many, count)
    return said % {"num": count}


def _present() -> NullTranslations:
    return _catalogue(reading_language()) if has_app_context() else NullTranslations()


@lru_cache
def _catalogue(language: str) -> NullTranslations:
    """Return the texts of a language; those of the sources where there are no others."""
    found: NullTranslations = Translations.load(_FOLDER, [language])
    return found
