"""One case at the desk: read it, take it, take a step, uncover one answer, look at a picture.

Routes hold no rules: `dossier` reads, `kiosk.cases.desk` acts. What was uncovered and by whom is
logged, without the value.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import structlog
from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from forms.definition import Text
from kiosk import workdays
from kiosk.app_services import services
from kiosk.cases import desk
from kiosk.cases.model import Case
from kiosk.cases.news import WHY
from kiosk.db import reading
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound, status_of
from kiosk.hall import witness
from kiosk.hall.deskwork import deskwork_of
from kiosk.hall.dossier import Dossier, open_case, picture_of
from kiosk.hall.kept import kept
from kiosk.hall.layout import Picture
from kiosk.hall.lost_hall import words_of
from kiosk.hall.pages import CASE_READERS, DECIDERS, page_blueprint, the_operator
from kiosk.hall.showing import covered
from kiosk.hall.sisters import family_of
from kiosk.hall.stations import stations
from kiosk.materials.certificate_calls import Count, counts
from kiosk.materials.certificates import TYPES
from kiosk.operators.access import requires
from kiosk.operators.departments import authorities
from kiosk.printing.notice import TITLES
from kiosk.receipts.number import grouped

log = structlog.get_logger(__name__)

bp = page_blueprint("case", __name__)

MAX_NOTE = 2000
MAX_REASONS = 20
MAX_REASON = 500
#: Of more calls than these, the counts are kept for so many seconds.
MANY_CALLS, COUNTED_SECONDS = 1000, 60.0


@bp.get("/desk/<case_id>")
@requires(*CASE_READERS)
def show(case_id: str) -> str:
    """Show the case with personal numbers covered; ``picture`` names the one shown large."""
    log.info("case_opened", case=case_id, operator=the_operator().id)
    return drawn(case_id)


@bp.post("/desk/<case_id>/take")
@requires(*DECIDERS)
def take(case_id: str) -> AnyResponse | tuple[str, int]:
    """Take the case to work on."""
    try:
        desk.take(services(), case_id, the_operator().id)
    except Conflict as refusal:
        return drawn(case_id, problems=[("#main", refusal.message)]), status_of(refusal)
    return redirect(url_for("hall.case.show", case_id=case_id), 303)


@bp.post("/desk/<case_id>/decisions")
@requires(*DECIDERS)
def decide(case_id: str) -> AnyResponse | tuple[str, int]:
    """Take one step: accept, return, approve, refuse or deliver; reasons one per line."""
    verb = request.form.get("action", "")
    note = request.form.get("note", "").strip()
    reasons = _lines(request.form.getlist("reasons"))
    try:
        _check_lengths(note, reasons)
        case = desk.decide(services(), case_id, verb, the_operator().id, note, reasons)
    except Invalid as refusal:
        problems = [(f"#{verb}-{field.path}", field.message) for field in refusal.fields]
        typed = {"verb": verb, "note": note, "reasons": "\n".join(reasons)}
        return drawn(case_id, problems=problems, typed=typed), status_of(refusal)
    except Conflict as refusal:
        return drawn(case_id, problems=[("#main", refusal.message)]), status_of(refusal)
    if verb == "accept" and case.holder is None:
        flash(gettext("Done, and on its way to the station; its department goes on with the case."))
    else:
        flash(gettext("Done, and on its way to the station."))
    return redirect(url_for("hall.case.show", case_id=case_id), 303)


@bp.post("/desk/<case_id>/reveal")
@requires(*CASE_READERS)
def reveal(case_id: str) -> str:
    """Show one covered answer in full, once; who looked at which field is logged."""
    field = request.form.get("field", "")
    dossier = open_case(services(), case_id)
    if all(field != answer.path for group in dossier.groups for answer in group.answers):
        raise NotFound("field_unknown", Text("没有这一项。", "There is no such field."))
    log.info("revealed", case=case_id, operator=the_operator().id, field=field)
    return drawn(case_id, revealed=field)


@bp.get("/desk/<case_id>/materials/<material_id>")
@requires(*CASE_READERS)
def material(case_id: str, material_id: str) -> Response:
    """Send one picture of the case, decrypted."""
    data = picture_of(services(), case_id, material_id)
    log.info("material_opened", case=case_id, operator=the_operator().id, material=material_id)
    answer = Response(data, mimetype="image/jpeg")
    # Shown inside our pages; opened by itself it is saved, never run (ASVS 5.0, 3.2.1).
    answer.headers["Content-Disposition"] = f'attachment; filename="{material_id}.jpg"'
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def drawn(
    case_id: str,
    revealed: str | None = None,
    problems: Sequence[tuple[str, Text]] = (),
    typed: dict[str, Any] | None = None,
    checked: Mapping[str, tuple[str, str]] | None = None,
) -> str:
    """Return the page of a case; `problems` are shown above it, `typed` in the step's form."""
    dossier = open_case(services(), case_id)
    witness.shows("case.opened", [case_id])
    operator = the_operator()
    held_by_other = dossier.case.holder not in (None, operator.id)
    may_act = operator.role in DECIDERS and not held_by_other
    return render_template(
        "hall/case.html",
        dossier=dossier,
        case=dossier.case,
        deskwork=deskwork_of(services(), dossier),
        family=family_of(services(), dossier.case),
        lost_words=words_of(services(), case_id),
        number=grouped(dossier.case.number),
        unsure=_unsure(dossier.case),
        station=stations().get(dossier.case.station_code, dossier.case.station_code),
        verbs=dossier.verbs if may_act else (),
        may_act=may_act,
        may_pass=operator.role == "admin" or may_act,
        pauses=WHY,
        departments=authorities(services().catalogue),
        may_take=may_act and dossier.case.holder is None and bool(dossier.verbs),
        held_by_other=held_by_other,
        **_viewer(dossier.pictures),
        revealed=revealed,
        call_counts=_counted(dossier),
        certificate_types=TYPES,
        titles=TITLES,
        say=covered,
        problems=problems,
        typed=typed or {},
        checked=checked or {},
    )


def _counted(dossier: Dossier) -> list[Count]:
    """Return the counts of those certificates that were called for this case."""
    if not dossier.calls:
        return []
    found = kept("certificate calls", COUNTED_SECONDS, _all_counts, _are_many)
    return [each for each in found if any(call.type == each.type for call in dossier.calls)]


def _all_counts() -> list[Count]:
    with reading() as database:
        return counts(database)


def _are_many(found: list[Count]) -> bool:
    return sum(each.calls for each in found) > MANY_CALLS


def _viewer(pictures: Sequence[Picture]) -> dict[str, Any]:
    """Return the picture that the address names, the ones around it, and its quarter turns."""
    shown = request.args.get("picture")
    place = next((at for at, each in enumerate(pictures) if each.id == shown), 0)
    return {
        "large": pictures[place] if pictures else None,
        "around": (
            pictures[place - 1] if place else None,
            pictures[place + 1] if place + 1 < len(pictures) else None,
        ),
        "turn": request.args.get("turn", 0, type=int) % 4,
    }


def _unsure(case: Case) -> date | None:
    """Return where the table of holidays ends, if a limit of this case lies after it."""
    limits = [day for day in (case.ends_on, case.legal_on) if day is not None]
    unsure = [day for day in limits if not workdays.is_known(day)]
    return workdays.table_ends(min(unsure)) if unsure else None


def _lines(texts: Sequence[str]) -> tuple[str, ...]:
    lines = (line.strip() for text in texts for line in text.splitlines())
    return tuple(line for line in lines if line)


def _check_lengths(note: str, reasons: Sequence[str]) -> None:
    if len(note) > MAX_NOTE:
        message = Text(f"说明最多 {MAX_NOTE} 字。", f"At most {MAX_NOTE} characters.")
        raise Invalid("note_too_long", message, (FieldProblem("note", "too_long", message),))
    if len(reasons) > MAX_REASONS or any(len(reason) > MAX_REASON for reason in reasons):
        message = Text(
            f"最多 {MAX_REASONS} 条，每条最多 {MAX_REASON} 字。",
            f"At most {MAX_REASONS} reasons of {MAX_REASON} characters each.",
        )
        raise Invalid("reasons_too_long", message, (FieldProblem("reasons", "too_long", message),))
