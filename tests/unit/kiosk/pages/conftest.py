"""A reader of pages: texts are in the language that the reader chose."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from flask_babel import Babel

from kiosk import terminal
from kiosk.api.language import COOKIE, reading_language
from kiosk.pages import presentation


@pytest.fixture
def reader() -> Callable[[str], AbstractContextManager[object]]:
    """Somebody who reads while a `with` lasts; the argument is their language, zh or en."""
    app = Flask("kiosk")
    app.config["BABEL_DEFAULT_LOCALE"] = "zh"
    Babel(app, locale_selector=reading_language)
    presentation.install(app, terminal.DATES)
    return lambda language: app.test_request_context(
        "/", headers={"Cookie": f"{COOKIE}={language}"}
    )
