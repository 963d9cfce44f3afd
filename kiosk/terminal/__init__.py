"""The pages of the terminal role: what residents and the station's staff see.

A route's endpoint is its path: `terminal.guide.show` is `kiosk/terminal/guide.py:show`. Routes hold
no rules: they read the request, call one verb and answer. Neighbours: `kiosk.app` registers
`blueprint()`; the verbs live in `kiosk.cases`, `kiosk.materials` and `kiosk.operators`.
"""

from flask import Blueprint, Response

from kiosk.cases.holding import Elsewhere
from kiosk.terminal import (
    again,
    agent,
    ahead,
    api,
    apply,
    carrier,
    casework,
    certificates,
    changed,
    check,
    counter,
    credential,
    device,
    ending,
    frame,
    gauges,
    guide,
    handoff,
    help_tally,
    helpdesk,
    helped,
    helping,
    home,
    identify,
    lists,
    materials,
    nearest,
    on_duty,
    pair,
    phone,
    pictures,
    precheck,
    preferences,
    prints,
    progress,
    questions,
    rating,
    receipt,
    scan,
    screen,
    search,
    sections,
    sign,
    slips,
    staff,
    station,
    styleguide,
    supply,
    tablet,
    tablet_api,
    tablet_sealed,
    tablet_uploads,
    tablets,
    taking,
    ticket,
    visits,
    work,
)

DATES = frame.DATES
FIGURES = gauges.put_in
#: What lies under /api/v1 beside what both roles offer there.
API = (api.bp, tablet_api.bp, tablet_uploads.bp, tablet_sealed.bp)
# Pages of work, help and counter ask in their views, which need to know who it is.
for _each in (tablets.bp, tablet_api.bp, tablet_uploads.bp):
    _each.before_request(on_duty.refuse_others)
PAGES = (
    home,
    preferences,
    device,
    ending,
    station,
    ticket,
    screen,
    nearest,
    search,
    guide,
    precheck,
    taking,
    helping,
    apply,
    changed,
    again,
    identify,
    credential,
    questions,
    lists,
    sections,
    materials,
    pictures,
    certificates,
    check,
    sign,
    handoff,
    phone,
    pair,
    tablets,
    receipt,
    slips,
    prints,
    scan,
    progress,
    supply,
    rating,
    staff,
    helpdesk,
    help_tally,
    visits,
    agent,
    ahead,
    work,
    casework,
    counter,
    carrier,
    styleguide,
    tablet,
)


def blueprint() -> Blueprint:
    """Return the blueprint of all pages, new each time so that several apps can be made."""
    terminal = Blueprint("terminal", __name__)
    for page in PAGES:
        terminal.register_blueprint(page.bp)
    terminal.app_context_processor(frame.values)
    terminal.add_app_template_filter(helped.whom, "whom")
    terminal.after_request(_keep_nothing)
    terminal.register_error_handler(Elsewhere, phone.draw_elsewhere)
    return terminal


def _keep_nothing(answer: Response) -> Response:
    # Every page may show what someone entered, so no cache keeps one; a poster says otherwise.
    if not answer.cache_control.max_age:
        answer.cache_control.no_store = True
    return answer
