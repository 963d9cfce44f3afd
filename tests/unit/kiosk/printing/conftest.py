"""A press for the tests of a module, and an application whose translations papers speak."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask_babel import Babel

from kiosk.api.language import reading_language
from kiosk.printing.press import Press


@pytest.fixture(scope="module")
def press() -> Iterator[Press]:
    with Press() as started:
        yield started


@pytest.fixture
def speaking_app() -> Iterator[None]:
    """A request to an application with the product's translations."""
    app = Flask("kiosk")
    app.config["BABEL_DEFAULT_LOCALE"] = "zh"
    Babel(app, locale_selector=reading_language)
    with app.test_request_context("/"):
        yield
