"""The figures of this year for everybody, in both languages: nothing personal, small ones hidden.

The address alone decides what is sent, so that any cache on the way may keep it for a while.
Neighbours: `statistics` is the page for people of the hall.
"""

from dataclasses import replace
from datetime import timedelta
from functools import partial

from flask import Blueprint, Response, make_response, render_template

from kiosk import clock
from kiosk.api.language import speaking
from kiosk.app_services import services
from kiosk.figures import words
from kiosk.figures.table import COLUMNS, Row, side_by_side
from kiosk.hall import drawn_figures
from kiosk.hall.statistics import answered, default_question, headlines, line_name, row_name
from kiosk.operators.access import public

bp = Blueprint("figures", __name__)

#: For so long (seconds) browsers and proxies may keep the page.
SECONDS_KEPT = 600
#: Columns of the tables: no shares by line, for what a share is of could be reckoned from it. Above
#: them are shares of all, and bars with each department's median handling time and median promise.
_SHOWN = ("cases", "calls", "help")


@bp.get("/figures")
@public
def show() -> Response:
    """Show the figures in Chinese."""
    return _page("zh")


@bp.get("/figures/en")
@public
def show_in_english() -> Response:
    """Show the figures in English."""
    return _page("en")


def _page(language: str) -> Response:
    answer = make_response(_kept(language))
    answer.cache_control.public = True
    answer.cache_control.max_age = SECONDS_KEPT
    answer.add_etag()
    return answer


def _kept(language: str) -> str:
    """Return the page as this process made it a while ago: anybody may ask, as often as he likes.

    One for each language.
    """
    pages, now = services().public_pages, clock.now()
    made = pages.get(language)
    if made is None or not timedelta(0) <= now - made[0] < timedelta(seconds=SECONDS_KEPT):
        made = pages[language] = (now, _made(language))
    return made[1]


def _made(language: str) -> str:
    question = default_question()
    by_department = replace(question, by="department")
    columns = [(place, each) for place, each in enumerate(COLUMNS) if each.name in _SHOWN]
    with speaking(language):
        _, months = answered(question)
        _, departments = answered(by_department)
        months, departments = side_by_side([months, departments])
        named = partial(row_name, by_department)
        return render_template(
            "hall/figures.html",
            question=question,
            headlines=headlines(months),
            standing=drawn_figures.over_time(months, question.by, partial(row_name, question)),
            lying=drawn_figures.lying(departments, "department", named, _nowhere),
            tables=[(question, months), (by_department, departments)],
            columns=columns,
            heads=words,
            written=words.written,
            name=line_name,
        )


def _nowhere(_: Row) -> None:
    """Lead nowhere: nobody but people of the hall may ask further."""
