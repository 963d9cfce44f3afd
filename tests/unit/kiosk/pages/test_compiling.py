"""Compiled templates save time and change nothing that is drawn."""

from pathlib import Path

import pytest
from flask import Flask, render_template

from kiosk.pages import compiling

ROLE = "terminal"


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of templates with one page, and an empty one for what is compiled."""
    monkeypatch.setattr(compiling, "_FOLDER", tmp_path / "compiled")
    page = tmp_path / "templates" / ROLE / "page.html"
    page.parent.mkdir(parents=True)
    page.write_text("before {{ 1 + 1 }}")
    return tmp_path


def an_app(pages: Path) -> Flask:
    app = Flask("pages", root_path=str(pages))
    compiling.use(app, ROLE)
    return app


def drawn(pages: Path) -> str:
    with an_app(pages).app_context():
        return render_template("terminal/page.html")


def compiled(pages: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in (pages / "compiled").rglob("*.cache")}


def test_what_was_compiled_is_drawn(pages):
    assert compiling.compile_all(an_app(pages), ROLE) == 1
    (file,) = compiled(pages)
    file.write_bytes(file.read_bytes().replace(b"before ", b"kept   "))
    assert drawn(pages) == "kept   2"


def test_a_template_that_changed_since_is_drawn_as_it_is_now(pages):
    compiling.compile_all(an_app(pages), ROLE)
    (pages / "templates" / ROLE / "page.html").write_text("after {{ 1 + 1 }}")
    assert drawn(pages) == "after 2"


def test_whoever_draws_keeps_nothing(pages):
    assert drawn(pages) == "before 2"
    assert compiled(pages) == {}


def test_the_templates_of_the_other_role_are_left_alone(pages):
    other = pages / "templates" / "hall" / "page.html"
    other.parent.mkdir()
    other.write_text("hall")
    assert compiling.compile_all(an_app(pages), ROLE) == 1
