"""Papers at the hall: a case's application, covered for who reads it, in full for who decides it.

The full copy shows every number at once, so it is asked for by a form of its own and logged as an
uncovered answer is, before it is made. Neither has the receipt's code, which opens the applicant's
progress page to whoever holds the paper. Neighbours: `case` is the page, `kiosk.printing` prints.
"""

import structlog
from flask import Response

from kiosk.app_services import services
from kiosk.hall import scope, witness
from kiosk.hall.pages import CASE_READERS, DECIDERS, page_blueprint, the_operator
from kiosk.hall.showing import covered, in_full
from kiosk.hall.stations import stations
from kiosk.operators.access import asks_password, requires
from kiosk.pages.papers import paper
from kiosk.printing import bundle as bundles
from kiosk.printing import form
from kiosk.printing.handed_in import HandedIn, handed_in
from kiosk.printing.press import printed
from kiosk.printing.together import Together, handed_in_together

log = structlog.get_logger(__name__)

bp = page_blueprint("prints", __name__)


@bp.get("/desk/<case_id>/application.pdf")
@requires(*CASE_READERS)
def application(case_id: str) -> Response:
    """Make the application with personal numbers covered."""
    log.info("application_printed", case=case_id, operator=the_operator().id)
    return _copy(handed_in(services(), case_id), covered, is_covered=True)


@bp.post("/desk/<case_id>/signed-copy.pdf")
@requires(*DECIDERS)
@asks_password
def signed_copy(case_id: str) -> Response:
    """Make the application with everything in full and the signature; who asked is logged."""
    case = handed_in(services(), case_id)
    log.info("revealed", case=case_id, operator=the_operator().id, field="*")
    return _copy(case, in_full, is_covered=False)


@bp.get("/desk/<case_id>/bundle.pdf")
@requires(*CASE_READERS)
def bundle(case_id: str) -> Response:
    """Make the applications of all cases it was handed in with, with personal numbers covered."""
    whole = handed_in_together(services(), case_id)
    scope.check_cases(whole.case_ids)
    witness.shows("case.printed", whole.case_ids)
    for each in whole.case_ids:
        log.info("application_printed", case=each, operator=the_operator().id)
    return _copies(whole, covered, is_covered=True)


@bp.post("/desk/<case_id>/signed-bundle.pdf")
@requires(*DECIDERS)
@asks_password
def signed_bundle(case_id: str) -> Response:
    """Make them all with everything in full and the signature; who asked is logged for each."""
    whole = handed_in_together(services(), case_id)
    scope.check_cases(whole.case_ids)
    witness.shows("case.printed_in_full", whole.case_ids)
    for each in whole.case_ids:
        log.info("revealed", case=each, operator=the_operator().id, field="*")
    return _copies(whole, in_full, is_covered=False)


def _copy(case: HandedIn, show: form.Show, is_covered: bool) -> Response:
    html = form.copy(
        case,
        show,
        is_covered=is_covered,
        station=_station(case),
        printed_by=the_operator().display_name,
    )
    return paper(printed(html), case.number)


def _copies(whole: Together, show: form.Show, is_covered: bool) -> Response:
    html = bundles.copies(
        whole,
        show,
        is_covered=is_covered,
        station=_station(whole.cases[0]),
        printed_by=the_operator().display_name,
    )
    return paper(printed(html), f"{whole.bundle.code}-{whole.number or whole.cases[0].number}")


def _station(case: HandedIn) -> str:
    station = stations().get(case.station_code)
    return station.zh if station else case.station_code
