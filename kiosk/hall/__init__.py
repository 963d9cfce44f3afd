"""The hall role: the exchange's server side, enrolment, the desk and the monitor.

A route's endpoint is its path: `hall.desk.show` is `kiosk/hall/desk.py:show`. Routes hold no rules:
they read the request, call one verb and answer. Neighbours: `kiosk.app` registers `blueprint()`;
the verbs live in `kiosk.cases`, `kiosk.operators` and `enrolment`.
"""

from flask import Blueprint

from kiosk.hall import (
    accounts,
    api,
    carriers,
    case,
    checking,
    counters,
    desk,
    follow_ups,
    frame,
    help_service,
    home,
    invitations,
    measures,
    notices,
    passing,
    prints,
    quarantine,
    ratings,
    rejoining,
    releases,
    sign_in,
    sync_api,
    sync_recovery,
    tablets,
    terminals,
    versions,
)

DATES = frame.DATES
#: What lies under /api/v1 beside what both roles offer there.
API = (api.bp,)
PAGES = (
    home,
    sign_in,
    desk,
    case,
    checking,
    passing,
    versions,
    prints,
    notices,
    terminals,
    tablets,
    quarantine,
    invitations,
    carriers,
    releases,
    ratings,
    help_service,
    follow_ups,
    counters,
    accounts,
    rejoining,
)


def blueprint() -> Blueprint:
    """Return the blueprint of the hall, new each time so that several apps can be made."""
    hall = Blueprint("hall", __name__)
    hall.register_blueprint(sync_api.bp)
    hall.register_blueprint(sync_recovery.bp)
    for page in PAGES:
        hall.register_blueprint(page.bp)
    hall.app_context_processor(frame.values)
    for name, words in measures.FILTERS.items():
        hall.add_app_template_filter(words, name)
    return hall
