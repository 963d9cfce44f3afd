"""The bundles (一件事) that a department leads: a list, each with its cases, and its closing form.

Routes hold no rules. Neighbours: `leading` reads, `kiosk.cases.bundle_closing` acts; a case's own
page shows what it came with.
"""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from forms.definition import Text
from kiosk.app_services import services
from kiosk.cases import bundle_closing
from kiosk.errors import Conflict, Invalid, status_of
from kiosk.hall import leading
from kiosk.hall.pages import CASE_READERS, DECIDERS, page_blueprint, the_operator
from kiosk.operators.access import requires
from kiosk.receipts.number import grouped

bp = page_blueprint("bundles", __name__)


@bp.get("/bundles")
@requires(*CASE_READERS)
def show() -> str:
    """Show the bundles of which a result is due, or those that go on, or those that are closed."""
    asked = request.args.get("which", "")
    which = asked if asked in leading.WHICH else leading.READY
    return render_template(
        "hall/bundles.html",
        found=leading.bundles(services(), which, request.args.get("before", "")[:36]),
        which=which,
        every=leading.WHICH,
        before=request.args.get("before", ""),
        grouped=grouped,
    )


@bp.get("/bundles/<bundle_id>")
@requires(*CASE_READERS)
def each(bundle_id: str) -> str:
    """Show how all cases of a bundle stand."""
    return _page(bundle_id, [], "")


@bp.post("/bundles/<bundle_id>/close")
@requires(*DECIDERS)
def close(bundle_id: str) -> Response | tuple[str, int]:
    """State the result of the whole; the station is told."""
    leading.check_may_close(services(), bundle_id)
    result = request.form.get("result", "").strip()
    try:
        bundle_closing.close(services(), bundle_id, the_operator().id, result)
    except Invalid as refusal:
        problems = [(f"#{wrong.path}", wrong.message) for wrong in refusal.fields]
        return _page(bundle_id, problems, result), status_of(refusal)
    except Conflict as refusal:
        return _page(bundle_id, [("#main", refusal.message)], result), status_of(refusal)
    flash(gettext("Done, and on its way to the station."))
    return redirect(url_for("hall.bundles.each", bundle_id=bundle_id), 303)


def _page(bundle_id: str, problems: list[tuple[str, Text]], typed: str) -> str:
    together = leading.bundle(services(), bundle_id)
    return render_template(
        "hall/bundle.html",
        together=together,
        number=grouped(together.first.number),
        may_close=the_operator().role in DECIDERS,
        most=bundle_closing.MAX_RESULT,
        problems=problems,
        typed=typed,
    )
