"""Home visits (上门服务): booked for a household, a day's list, a form for each member.

Each member of the household has consent and help of their own; address and household go from one
form to the next (`household`). Neighbours: `helpdesk` shows a visit and its steps, `agent` begins.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from kiosk import clock
from kiosk.app_services import services
from kiosk.cases.help import records, wanted
from kiosk.cases.help import services as table
from kiosk.cases.help.reading import Record, on_day
from kiosk.cases.help.records import Opening
from kiosk.errors import Invalid, status_of
from kiosk.operators.access import requires
from kiosk.operators.session import operator_id
from kiosk.pages.showing import in_full
from kiosk.pages.tallies import matter
from kiosk.terminal import entering, help_rules, helped
from kiosk.terminal.help_shown import members_of

bp = Blueprint("visits", __name__)


@bp.get("/staff/help/visits")
@requires("staff")
def show() -> str:
    """Show a day's visits by time: of whoever is signed in, or with `all` of the whole station."""
    day = _day(request.args.get("day"))
    everybody = request.args.get("all") is not None
    agent = None if everybody else operator_id()
    found = on_day(services(), helped.station_code(), day, agent)
    return render_template(
        "terminal/visits.html",
        day=day,
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
        everybody=everybody,
        visits=sorted(found, key=_time),
        members=members_of,
        name=lambda code: matter(services().catalogue, code),
        address=address_of,
    )


@bp.get("/staff/help/visits/new")
@requires("staff")
def ask() -> str:
    """Ask when, where and for whom."""
    helped.station_code()
    return _page({"day": clock.today().isoformat()}, None)


@bp.post("/staff/help/visits/new")
@requires("staff")
def book() -> Response | tuple[str, int]:
    """Book the visit for the agent who is signed in."""
    helped.station_code()
    fields = _fields()
    try:
        said = entering.checked_all(fields)
        said["at"] = help_rules.moment(said["at"], wanted.AT).isoformat("minutes")
    except Invalid as refusal:
        return _page(entering.posted(fields), refusal), status_of(refusal)
    day = date.fromisoformat(said["day"])
    opening = Opening(table.VISIT, said["item_1"], operator_id(), said, day)
    record_id = records.open_record(services(), opening)
    return redirect(url_for("terminal.helpdesk.look", record_id=record_id))


def address_of(record: Record) -> str:
    """Return where the visit is, in words and in full: the agent has to find it."""
    field = next(field for field in _fields() if field.id == "address")
    return in_full(field, (record.details or {}).get("address"), lambda _: "")


def _fields() -> tuple[Any, ...]:
    return entering.fields_for(wanted.VISITING)


def _time(record: Record) -> str:
    return str((record.details or {}).get("at", ""))


def _day(text: str | None) -> date:
    try:
        return date.fromisoformat(text) if text else clock.today()
    except ValueError:
        return clock.today()


def _page(given: Mapping[str, Any], refusal: Invalid | None) -> str:
    questions = entering.asked(_fields(), given, refusal)
    return render_template(
        "terminal/visit_new.html",
        questions=questions[:4],
        members=[questions[place : place + 2] for place in range(4, len(questions), 2)],
        problems=entering.problems_of(questions, refusal),
        here=url_for("terminal.visits.ask"),
    )
