"""The hall role: the exchange's server side, enrolment, the desk and the monitor.

A route's endpoint is its path: `hall.desk.show` is `kiosk/hall/desk.py:show`. Routes hold no rules:
they read the request, call one verb and answer. Neighbours: `kiosk.app` registers `blueprint()`;
the verbs live in `kiosk.cases`, `kiosk.operators` and `enrolment`.
"""

from flask import Blueprint

from kiosk.hall import (
    account,
    accounts,
    alert_channels,
    alerts,
    api,
    bundles,
    carriers,
    case,
    checking,
    comparing,
    counters,
    departments,
    desk,
    figures,
    follow_ups,
    frame,
    gauges,
    help_service,
    home,
    invitations,
    measures,
    notices,
    passing,
    premises,
    prints,
    quarantine,
    queues,
    ratings,
    records,
    redress,
    rejoining,
    releases,
    replacing,
    reports,
    rolling,
    scope,
    sign_in,
    single_items,
    statistics,
    step_up,
    sync_api,
    sync_recovery,
    tablets,
    tabulating,
    tending,
    terminal,
    terminals,
    versions,
    watching,
    witness,
)

DATES = frame.DATES
FIGURES = gauges.put_in
#: What lies under /api/v1 beside what both roles offer there.
API = (api.bp,)
PAGES = (
    home,
    sign_in,
    step_up,
    desk,
    case,
    checking,
    passing,
    versions,
    prints,
    notices,
    terminals,
    terminal,
    tending,
    watching,
    tabulating,
    tablets,
    quarantine,
    alerts,
    alert_channels,
    queues,
    invitations,
    carriers,
    releases,
    comparing,
    rolling,
    ratings,
    redress,
    help_service,
    bundles,
    follow_ups,
    counters,
    statistics,
    reports,
    figures,
    accounts,
    account,
    departments,
    single_items,
    premises,
    records,
    rejoining,
    replacing,
)


def blueprint() -> Blueprint:
    """Return the blueprint of the hall, new each time so that several apps can be made."""
    hall = Blueprint("hall", __name__)
    hall.register_blueprint(sync_api.bp)
    hall.register_blueprint(sync_recovery.bp)
    for page in PAGES:
        hall.register_blueprint(page.bp)
    hall.before_app_request(scope.check)
    hall.after_app_request(witness.note)
    hall.app_context_processor(frame.values)
    for name, words in measures.FILTERS.items():
        hall.add_app_template_filter(words, name)
    return hall
