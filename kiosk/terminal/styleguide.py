"""Every component of the pages with its states, in both languages, drawn by the very macros.

For those who build and judge pages. The page takes the look that was chosen like every other one,
so language, large text, its size, day and night are seen by choosing them. Knows no items, cases or
people: all it shows is made up here. Neighbours: `kiosk/templates/shared` has the macros,
`static/css/parts` their look.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from flask import Blueprint, Response, make_response, render_template, url_for

from forms.definition import Field, Text
from kiosk import clock
from kiosk.api.language import LANGUAGES, speaking
from kiosk.operators.access import public
from kiosk.terminal.asking import Asked

bp = Blueprint("styleguide", __name__)

#: Each with its macro's file and its part of the look.
PARTS = {
    "tile": ("controls.html", "tile.css"),
    "buttons": ("controls.html", "controls.css"),
    "tasks": ("tasks.html", "tasks.css"),
    "errors": ("controls.html", "notes.css"),
    "stepper": ("controls.html", "stepper.css"),
    "questions": ("fields.html", "form.css"),
    "receipt": ("receipt.html", "receipt.css"),
    "light": ("controls.html", "light.css"),
    "banner": ("banners.html", "banner.css"),
    "keypad": ("keypad.html", "keypad.css"),
    "timeline": ("case.html", "timeline.css"),
    "lists": ("", "lists.css"),
}
NAMES = ("wall", "plain", "ink", "ink-soft", "line", "line-firm", "tile", "tile-deep", "tile-mist")
FILLS = ("jade", "jade-fill", "jade-wash", "lamp", "lamp-ink", "lamp-wash", "seal", "seal-wash")
COLOURS = (*NAMES, *FILLS, "amber", "violet", "mark")
NUMBER = "3205 8212 6000 017"
HAPPENED = ("submitted", "received", "returned", "corrected", "approved")
NAME = Field("name", Text("姓名", "Name"), "name", hint=Text("与证件一致", "As on the card"))
CARD = Field("card", Text("公民身份号码", "Resident ID number"), "resident_id")
LIVES = Field("lives", Text("住在户籍地址吗？", "Do you live where you are registered?"), "yes_no")
BORN = Field("born", Text("出生日期", "Date of birth"), "date")
WRONG = Text("公民身份号码的最后一位不对。", "The last character of the ID number is wrong.")


class Event(NamedTuple):
    """One line of a timeline, as `kiosk.cases.queries` gives them."""

    kind: str
    at: datetime
    note: str


@bp.get("/styleguide")
@public
def show() -> Response:
    """Show all components; search engines are asked to leave the page out."""
    page = render_template(
        "terminal/styleguide.html",
        parts=PARTS,
        colours=COLOURS,
        each_language=_each_language,
        to=url_for("terminal.styleguide.show"),
        number=NUMBER,
        wrong=WRONG,
        questions=_questions,
        events=[Event(kind, clock.now(), "") for kind in HAPPENED],
    )
    answer = make_response(page)
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _each_language() -> Iterator[str]:
    """Yield each language, and let the page speak it until the next is asked for."""
    for language in LANGUAGES:
        with speaking(language):
            yield language


def _questions(language: str) -> list[Asked]:
    return [
        Asked(NAME, f"name-{language}", ""),
        Asked(CARD, f"card-{language}", "320582", error=WRONG),
        Asked(LIVES, f"lives-{language}", True),
        Asked(BORN, f"born-{language}", None, required=False),
    ]
