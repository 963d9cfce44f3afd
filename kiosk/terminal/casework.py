"""One case for the station's staff: what must be done now, its story, and the ways to do it.

What staff do to a case is done at the pages residents use: they are led there with the case looked
up (`progress`). Neighbours: `work` lists the cases, `kiosk.cases.queries` tells of one.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from forms.definition import ServiceItem, Text
from kiosk import clock
from kiosk.app_services import services
from kiosk.cases import assigning, duplicates, queries, work
from kiosk.cases.applicants import masked_names
from kiosk.cases.deadlines import Yellow
from kiosk.cases.history import current_body
from kiosk.cases.model import Case
from kiosk.db import reading
from kiosk.errors import Invalid, NotFound, status_of
from kiosk.operators.access import requires
from kiosk.pages.versions import versions_of
from kiosk.receipts.number import grouped
from kiosk.terminal import progress
from kiosk.terminal.line import line_state
from kiosk.terminal.on_duty import member_of_staff
from kiosk.terminal.progress import BY_STAFF, LOOKED_UP
from kiosk.terminal.showing import shown

log = structlog.get_logger(__name__)

bp = Blueprint("casework", __name__)

CORRECT, PROGRESS = "correct", "progress"


@bp.get("/staff/work/<case_id>")
@requires("staff")
def show(case_id: str) -> str:
    """Show the case with its applicant masked; who looked is logged."""
    return _page(case_id)


def _page(case_id: str, problems: Sequence[tuple[str, Text]] = (), note: str = "") -> str:
    operator, station = member_of_staff()
    case = case_here(case_id, station)
    log.info("case_opened", case=case_id, operator=operator.id)
    with reading() as database:
        names = masked_names(database, services().keyring, [case.id])
        body = current_body(database, services().keyring, case.id)
        holder = work.display_names(database, {case.holder} if case.holder else ())
    due, light = work.due_of(case, clock.today(), Yellow.of(services().config))
    found = queries.progress_of(services(), case.id)
    return render_template(
        "terminal/casework.html",
        case=case,
        progress=found,
        number=grouped(case.number),
        applicant=names.get(case.id),
        others=duplicates.beside(services(), case),
        has_versions=any(event.kind == "corrected" for event in found.events),
        holder=holder.get(case.holder or ""),
        me=operator.id,
        due=due,
        due_light=light,
        papers=_papers(found.item, body),
        people=assigning.colleagues(station),
        given=assigning.story_of(services(), case.id),
        problems=problems,
        note=note,
        line=line_state(),
    )


@bp.get("/staff/work/<case_id>/versions")
@requires("staff")
def versions(case_id: str) -> str:
    """Show every version, the newest first, and what changed; who looked is logged."""
    operator, station = member_of_staff()
    case = case_here(case_id, station)
    log.info("case_opened", case=case_id, operator=operator.id)
    return render_template(
        "terminal/versions.html",
        found=versions_of(services(), case.id, shown),
        number=grouped(case.number),
        is_wiped=case.wiped_at is not None,
        back_to=url_for("terminal.casework.show", case_id=case.id),
    )


@bp.post("/staff/work/<case_id>/holder")
@requires("staff")
def give(case_id: str) -> Response | tuple[str, int]:
    """Give the case to somebody of this station, perhaps with a note; a slip is named."""
    operator, station = member_of_staff()
    to, note = request.form.get("to", ""), request.form.get("note", "")
    try:
        assigning.assign(services(), station, [case_id], to, operator.id, note)
    except Invalid as refusal:
        problems = [(f"#{field.path}", field.message) for field in refusal.fields]
        return _page(case_id, problems, note), status_of(refusal)
    return redirect(url_for("terminal.casework.show", case_id=case_id), 303)


@bp.post("/staff/work/<case_id>")
@requires("staff")
def turn_to(case_id: str) -> Response:
    """Turn to the page where something is done to the case: correct, supply, progress.

    Nothing of its rating is shown there then.
    """
    operator, station = member_of_staff()
    case = case_here(case_id, station)
    session[LOOKED_UP], session[BY_STAFF] = case.id, True
    log.info("case_opened", case=case_id, operator=operator.id)
    to = request.form.get("to", PROGRESS)
    if to == CORRECT:
        return progress.begin_correction(progress.looked_up())
    found = queries.progress_of(services(), case.id)
    if any(entry.id == to for entry in found.to_supply):
        return redirect(url_for("terminal.supply.show", requirement_id=to))
    if to != PROGRESS:
        abort(404)
    return redirect(url_for("terminal.progress.show"))


def _papers(item: ServiceItem, body: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return what was given for each requirement, in the item's order."""
    given = {each["requirement"]: each for each in (body or {"attachments": ()})["attachments"]}
    return [
        {
            "name": entry.name,
            "mode": given[entry.id]["mode"],
            "pictures": len(given[entry.id]["materials"]),
        }
        for entry in item.requirements
        if entry.id in given
    ]


def case_here(case_id: str, station: str) -> Case:
    """Return the case of this station; NotFound for any other, as for none."""
    with reading() as database:
        case = database.get(Case, case_id)
    if case is None or case.station_code != station:
        raise NotFound("case_unknown", queries.UNKNOWN)
    return case
