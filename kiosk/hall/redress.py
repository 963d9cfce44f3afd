"""Redress of bad ratings (差评整改): the list, one of them, its steps, and the appeal's ruling.

Routes hold no rules. Whoever worked on the case sees neither it nor the resident's own words.
Neighbours: `redress_list` finds them, `kiosk.cases.redress_steps` takes the steps.
"""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from forms.definition import Text
from kiosk.app_services import services
from kiosk.cases import redress_steps, redressing
from kiosk.cases.afterwards import TAGS
from kiosk.cases.redress_steps import Entered
from kiosk.cases.redressing import OUTCOMES, Limits, Redress
from kiosk.cases.work import display_names
from kiosk.db import reading
from kiosk.errors import Conflict, Invalid, NotFound, status_of
from kiosk.hall.pages import ADMINS, CASE_READERS, DECIDERS, page_blueprint, the_operator
from kiosk.hall.ratings import FEWEST
from kiosk.hall.redress_list import TABS, TO_DO, Filters, line_of, page_of
from kiosk.hall.worklist import terminal_stations
from kiosk.operators.access import requires

bp = page_blueprint("redress", __name__)


@bp.get("/redress")
@requires(*CASE_READERS)
def show() -> str:
    """Show one page of the list, what is overdue first; an unknown filter is no filter."""
    asked = request.args
    state = asked.get("state", TO_DO)
    filters = Filters(
        state=state if state in TABS else TO_DO,
        station=asked.get("station", "")[:12],
        item=asked.get("item", "")[:16],
        after=asked.get("after", "")[:48],
    )
    return render_template(
        "hall/redress.html",
        filters=filters,
        found=page_of(services(), filters),
        tabs=TABS,
        tags=TAGS,
        fewest=FEWEST,
        stations=terminal_stations(),
        items={code: item.name for code, item in services().catalogue.items.items()},
    )


@bp.get("/redress/<redress_id>")
@requires(*CASE_READERS)
def each(redress_id: str) -> str:
    """Show one: what was wrong, what was done, and the step that is owed."""
    return _page(redress_id)


@bp.post("/redress/<redress_id>/step")
@requires(*DECIDERS)
def take_step(redress_id: str) -> Response | tuple[str, int]:
    """Contact, reply, call back, or appeal against it."""
    step = request.form.get("step", "")
    return _take(redress_id, "" if step == redress_steps.RULE else step)


@bp.post("/redress/<redress_id>/ruling")
@requires(*ADMINS)
def rule(redress_id: str) -> Response | tuple[str, int]:
    """Decide an appeal: the rating is of another service, or it stands."""
    return _take(redress_id, redress_steps.RULE)


def _take(redress_id: str, step: str) -> Response | tuple[str, int]:
    entered = Entered(
        request.form.get("words", ""),
        request.form.get("outcome", ""),
        request.form.get("complex") == "yes",
    )
    try:
        redress_steps.take(services(), redress_id, step, the_operator().id, entered)
    except Invalid as refusal:
        problems = [(f"#{step}-{field.path}", field.message) for field in refusal.fields]
        return _page(redress_id, problems, step, entered), status_of(refusal)
    except Conflict as refusal:
        return _page(redress_id, [("#main", refusal.message)]), status_of(refusal)
    flash(gettext("Written down."))
    return redirect(url_for("hall.redress.each", redress_id=redress_id), 303)


def _page(
    redress_id: str,
    problems: Sequence[tuple[str, Text]] = (),
    step: str = "",
    entered: Entered = Entered(),  # noqa: B008 — frozen
) -> str:
    operator = the_operator()
    with reading() as session:
        found = session.get(Redress, redress_id)
        if found is None:
            raise NotFound(
                "redress_unknown", Text("没有这条差评整改。", "There is no such bad rating.")
            )
        worked = redressing.worked_on(session, found.case_id, operator.id)
        keyring = services().keyring
        acts = redressing.acts_of(session, found.id)
        told = redressing.opened_words(session, keyring, found.case_id, acts)
        said = None if worked else redressing.words_of_rater(session, keyring, found)
        steps = redress_steps.may(session, found, operator.id)
        people = display_names(session, {act.operator for act in acts})
    return render_template(
        "hall/redress_one.html",
        line=line_of(services(), found),
        found=found,
        worked=worked,
        said=said,
        # A colleague's notes may quote who rated: also not for those who worked on the case.
        acts=[(act, "" if worked else words) for act, words in zip(acts, told, strict=True)],
        people=people,
        steps=[each for each in steps if _is_for(operator.role, each)],
        limits=Limits.of(services().config),
        tags=TAGS,
        outcomes=OUTCOMES,
        rulings=redress_steps.RULINGS,
        most=redress_steps.MAX_WORDS,
        problems=problems,
        step=step,
        entered=entered,
    )


def _is_for(role: str, step: str) -> bool:
    return role in (ADMINS if step == redress_steps.RULE else DECIDERS)
