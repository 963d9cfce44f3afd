"""Rating the service (五级好差评): five grades, voluntary, once, after the decision.

One tap is enough for a good one; a bad one is asked what was wrong, which may be left empty. Who
rates is not told to those who are rated. Neighbours: `progress` leads here,
`kiosk.cases.afterwards` keeps the rating.
"""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms.definition import Text
from kiosk.app_services import services
from kiosk.cases import afterwards
from kiosk.cases.queries import Progress
from kiosk.errors import Conflict, Invalid, status_of
from kiosk.operators.access import public
from kiosk.terminal.progress import looked_up

bp = Blueprint("rating", __name__)

#: In the order in which they stand; every one is as easy to reach as the others.
NAMES = {
    5: Text("非常满意", "Very satisfied"),
    4: Text("满意", "Satisfied"),
    3: Text("基本满意", "Fairly satisfied"),
    2: Text("不满意", "Dissatisfied"),
    1: Text("非常不满意", "Very dissatisfied"),
}


@bp.get("/progress/rating")
@public
def show() -> str | Response:
    """Show the five grades; who has rated is led back."""
    found = looked_up()
    if found.is_rated:
        return redirect(url_for("terminal.progress.show"))
    return _page(_ratable(found), None, [])


@bp.post("/progress/rating")
@public
def rate() -> Response | str | tuple[str, int]:
    """Keep the rating; with a bad one, ask once what was wrong before it is kept."""
    found = looked_up()
    if found.is_rated:
        # A second tap: the first has been kept.
        return redirect(url_for("terminal.progress.show"))
    text = request.form.get("grade", "")
    grade = int(text) if text in {"1", "2", "3", "4", "5"} else None
    if grade in afterwards.BAD and "say" not in request.form:
        return _page(_ratable(found), grade, [])
    tags, words = request.form.getlist("tags"), request.form.get("words", "")
    try:
        afterwards.rate(services(), _ratable(found).case_id, grade, tags, words)
    except Invalid as refusal:
        problems = [(f"#{field.path}", field.message) for field in refusal.fields]
        return _page(found, grade, problems), status_of(refusal)
    except Conflict:
        # Another window was quicker, or the state has changed: the case's page says what holds.
        pass
    return redirect(url_for("terminal.progress.show"))


def _ratable(found: Progress) -> Progress:
    return found if "rate" in found.can else abort(404)


def _page(found: Progress, grade: int | None, problems: list[tuple[str, Text]]) -> str:
    return render_template(
        "terminal/rating.html",
        progress=found,
        names=NAMES,
        grade=grade,
        tags=afterwards.TAGS,
        ticked=request.form.getlist("tags"),
        words=request.form.get("words", ""),
        most=afterwards.MAX_WORDS,
        problems=problems,
        here=url_for("terminal.rating.show"),
    )
