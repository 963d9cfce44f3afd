"""The roll-out of one release: how far it is, to which stations next, and for all.

Both acts have a page that says what they mean, and ask for the password. Routes hold no rules.
Neighbours: `rollout` reads, `staging` and `releasing` act, `releases` has the list.
"""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from forms.definition import Text
from forms.release import ReleaseDamaged
from kiosk.app_services import services
from kiosk.db import reading
from kiosk.errors import Conflict, Invalid, status_of
from kiosk.hall import releasing, rollout, staging
from kiosk.hall.pages import ADMINS, TERMINAL_READERS, page_blueprint, the_operator
from kiosk.operators.access import asks_password, requires
from kiosk.releases import ReleaseMissing

bp = page_blueprint("rolling", __name__)

Answer = Response | tuple[str, int]


@bp.get("/releases/<release>")
@requires(*TERMINAL_READERS)
def show(release: str) -> str:
    """Show how far the release is at each terminal; an unknown filter is no filter."""
    state = request.args.get("state", rollout.ALL)
    state = state if state in rollout.STATES else rollout.ALL
    return render_template(
        "hall/rollout.html",
        found=rollout.of(release, state, request.args.get("after", "")[:6]),
        state=state,
        states=(rollout.ALL, *rollout.STATES),
        current=services().releases.current.release,
    )


@bp.get("/releases/<release>/stations")
@requires(*ADMINS)
@asks_password
def choose(release: str) -> str:
    """Ask which stations have it next."""
    return _choice(release)


@bp.post("/releases/<release>/stations")
@requires(*ADMINS)
@asks_password
def stage(release: str) -> Answer:
    """Tell the terminals of the chosen stations."""
    chosen = request.form.getlist("stations")
    try:
        told = staging.stage(release, chosen, the_operator().id)
    except Invalid as refusal:
        problems = [(f"#{field.path}", field.message) for field in refusal.fields]
        return _choice(release, problems, chosen), status_of(refusal)
    except Conflict as refusal:
        return _choice(release, [("#main", refusal.message)], chosen), status_of(refusal)
    flash(ngettext("%(num)d terminal is told.", "%(num)d terminals are told.", told))
    return redirect(url_for("hall.rolling.show", release=release), 303)


@bp.get("/releases/<release>/current")
@requires(*ADMINS)
@asks_password
def confirm(release: str) -> str:
    """Ask once more before it is made current for all."""
    return _confirmation(release)


@bp.post("/releases/<release>/current")
@requires(*ADMINS)
@asks_password
def make_current(release: str) -> Answer:
    """Make it the current release and tell every terminal that has not got it."""
    try:
        releasing.make_current_for_all(services(), release, the_operator().id)
    except Conflict as refusal:
        return _confirmation(release, [("#main", refusal.message)]), status_of(refusal)
    except (ReleaseMissing, ReleaseDamaged):
        damaged = Text("它的文件在这里读不出来。", "Its file cannot be read here.")
        return _confirmation(release, [("#main", damaged)]), 409
    flash(gettext("It is current now, and every terminal is told."))
    return redirect(url_for("hall.rolling.show", release=release), 303)


def _choice(
    release: str, problems: Sequence[tuple[str, Text]] = (), chosen: Sequence[str] = ()
) -> str:
    with reading() as session:
        row = staging.found(session, release)
        candidates = rollout.candidates(session, release)
    return render_template(
        "hall/rollout_stations.html",
        row=row,
        candidates=candidates,
        chosen=chosen,
        problems=problems,
    )


def _confirmation(release: str, problems: Sequence[tuple[str, Text]] = ()) -> str:
    return render_template(
        "hall/rollout_current.html", found=rollout.of(release), problems=problems
    )
