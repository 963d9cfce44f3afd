"""Which templates a page was drawn from: what it extends, includes and imports, as it happened.

A part that a page leaves out, because nobody needs it just then, does not count. Knows no page.
Neighbour: `test_screens.py` asks whether every template is on a screen that was measured.
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, g, request, request_finished
from playwright.sync_api import Page

TEMPLATES = Path(__file__).parents[2] / "kiosk/templates"


class Drawing:
    """Notes, for the last page at each path of an application, the templates it was drawn from."""

    def __init__(self, app: Flask) -> None:
        self._of: dict[str, set[str]] = {}
        self._find = app.jinja_env.get_template
        # Asked by a page's own template, and by that for whatever it extends, includes, imports.
        app.jinja_env.get_template = self._noted  # type: ignore[method-assign]
        request_finished.connect(self._keep, app)

    def of(self, page: Page) -> set[str]:
        """The templates of the page that stands in this browser."""
        return self._of.get(urlsplit(page.url).path, set())

    def _noted(self, name: Any, *arguments: Any, **more: Any) -> Any:
        g.setdefault("templates", set()).add(name)
        return self._find(name, *arguments, **more)

    def _keep(self, _app: Flask, response: Response, **_more: object) -> None:
        if response.mimetype == "text/html" and "templates" in g:
            self._of[request.path] = g.templates


def templates_of(*folders: str) -> set[str]:
    """The names of all templates in these folders."""
    return {
        file.relative_to(TEMPLATES).as_posix()
        for folder in folders
        for file in (TEMPLATES / folder).glob("*.html")
    }
