"""The versions of one case at the desk, and what changed between them; numbers stay covered.

Neighbours: `case` is the page of the case, `kiosk.pages.versions` lays the versions out.
"""

import structlog
from flask import render_template, url_for

from kiosk.app_services import services
from kiosk.hall.dossier import open_case
from kiosk.hall.pages import CASE_READERS, page_blueprint, the_operator
from kiosk.hall.showing import covered
from kiosk.operators.access import requires
from kiosk.pages.versions import versions_of
from kiosk.receipts.number import grouped

log = structlog.get_logger(__name__)

bp = page_blueprint("versions", __name__)


@bp.get("/desk/<case_id>/versions")
@requires(*CASE_READERS)
def show(case_id: str) -> str:
    """Show every version, the newest first; NotFound. Who looked is logged."""
    case = open_case(services(), case_id).case
    log.info("case_opened", case=case_id, operator=the_operator().id)
    return render_template(
        "hall/versions.html",
        found=versions_of(services(), case_id, covered),
        number=grouped(case.number),
        back_to=url_for("hall.case.show", case_id=case_id),
    )
