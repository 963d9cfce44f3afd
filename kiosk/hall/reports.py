"""The monthly reports: which there are, and each as a PDF. Neighbour: `monthly` makes them."""

import re

from flask import Response
from sqlalchemy import select

from forms.definition import Text
from kiosk.db import reading
from kiosk.errors import NotFound
from kiosk.figures.model import MonthlyReport
from kiosk.hall.pages import CASE_READERS, page_blueprint
from kiosk.operators.access import requires
from kiosk.pages.papers import paper

bp = page_blueprint("reports", __name__)

_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
#: So many months are listed.
SHOWN = 12


@bp.get("/statistics/reports/<month>.pdf")
@requires(*CASE_READERS)
def show(month: str) -> Response:
    """Send the report of a month (``2026-11``)."""
    with reading() as session:
        found = session.get(MonthlyReport, month) if _MONTH.fullmatch(month) else None
    if found is None:
        message = Text("没有这个月的报告。", "There is no report of this month.")
        raise NotFound("report_unknown", message)
    return paper(found.pdf, f"report-{month}")


def months() -> list[str]:
    """Return the months there are reports of, the newest first."""
    with reading() as session:
        query = select(MonthlyReport.month).order_by(MonthlyReport.month.desc()).limit(SHOWN)
        return list(session.scalars(query))
