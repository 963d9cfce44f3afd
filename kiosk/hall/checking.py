"""The checklist's form: one mark and one note for each point. Neighbour: `kiosk.cases.checking`."""

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from kiosk.app_services import services
from kiosk.cases import checking
from kiosk.errors import Conflict, Invalid, status_of
from kiosk.hall.case import drawn
from kiosk.hall.deskwork import points_of
from kiosk.hall.dossier import open_case
from kiosk.hall.pages import DECIDERS, page_blueprint, the_operator
from kiosk.operators.access import requires

bp = page_blueprint("checking", __name__)


@bp.post("/desk/<case_id>/checklist")
@requires(*DECIDERS)
def save(case_id: str) -> Response | tuple[str, int]:
    """Keep the marks that were sent; nothing is kept when one of them is wrong."""
    points = [point for point, _ in points_of(open_case(services(), case_id))]
    found = {
        name.removeprefix("mark:"): (
            mark,
            request.form.get("note:" + name.removeprefix("mark:"), "").strip(),
        )
        for name, mark in request.form.items()
        if name.startswith("mark:") and mark
    }
    try:
        checking.save(services(), case_id, the_operator().id, found, points)
    except Invalid as refusal:
        problems = [(f"#c-{each.path}", each.message) for each in refusal.fields]
        return drawn(case_id, problems=problems, checked=found), status_of(refusal)
    except Conflict as refusal:
        return drawn(case_id, problems=[("#main", refusal.message)]), status_of(refusal)
    flash(gettext("The checklist is kept."))
    return redirect(url_for("hall.case.show", case_id=case_id) + "#checklist", 303)
