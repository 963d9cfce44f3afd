"""The help service at the hall: pre-checks that wait, promises that fall due, and the counts.

What was said of a case stands on the case's own page. Neighbours: `kiosk.cases.help` reads, counts
and gives verdicts; `dossier` lays an application out.
"""

from collections.abc import Sequence
from datetime import date

import structlog
from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from forms.definition import Field, Text
from kiosk import clock, workdays
from kiosk.app_services import services
from kiosk.cases import deadlines, lifecycle
from kiosk.cases.help import counting, verdicts, wanted
from kiosk.cases.help import services as table
from kiosk.cases.help.model import HelpRecord
from kiosk.cases.help.reading import Record, record_of
from kiosk.cases.help.services import SERVICES
from kiosk.cases.model import Case
from kiosk.crypto import decrypt
from kiosk.db import reading
from kiosk.errors import (
    Conflict,
    DomainError,
    FieldProblem,
    Invalid,
    NotFound,
    Unavailable,
    status_of,
)
from kiosk.figures.suppression import FEWEST
from kiosk.hall import help_counted, scope, sent_ahead, witness
from kiosk.hall.pages import CASE_READERS, DECIDERS, page_blueprint, the_operator
from kiosk.hall.showing import covered
from kiosk.hall.stations import stations
from kiosk.operators.access import requires
from kiosk.pages.presentation import in_words
from kiosk.pages.tallies import file_of, matter

log = structlog.get_logger(__name__)

bp = page_blueprint("help_service", __name__)

MOST = 200


@bp.get("/help-service")
@requires(*CASE_READERS)
def show() -> str:
    """Show the pre-checks that wait and the documents that fall due."""
    with reading() as session:
        waiting = session.scalars(
            select(HelpRecord)
            .where(HelpRecord.kind == table.PRE_CHECK, HelpRecord.state == table.SENT)
            .where(*scope.help_records())
            .order_by(HelpRecord.id)
            .limit(MOST + 1)
        ).all()
        due = session.execute(
            select(HelpRecord.due_on, Case)
            .join(Case, Case.id == HelpRecord.id)
            .where(
                HelpRecord.kind == table.DEFERRAL,
                HelpRecord.state == table.OPEN,
                HelpRecord.due_on <= workdays.add(clock.today(), deadlines.REMIND),
                Case.state.in_(lifecycle.STEPS["supply"].sources),
                *scope.cases(),
            )
            .order_by(HelpRecord.due_on, HelpRecord.id)
            .limit(MOST + 1)
        ).all()
    return render_template(
        "hall/help_service.html",
        waiting=waiting[:MOST],
        more_wait=len(waiting) > MOST,
        due=[(day, case, _light(day)) for day, case in due[:MOST]],
        more_due=len(due) > MOST,
        most=MOST,
        stations=stations(),
        name=_name,
    )


@bp.get("/help-service/pre-checks/<record_id>")
@requires(*CASE_READERS)
def look(record_id: str) -> str:
    """Show an application that was sent ahead, personal numbers covered."""
    log.info("pre_check_opened", record=record_id, operator=the_operator().id)
    return _page(_record(record_id), [])


@bp.post("/help-service/pre-checks/<record_id>/<code>")
@requires(*DECIDERS)
def judge(record_id: str, code: str) -> AnyResponse | tuple[str, int]:
    """Say that it is ready, or what is missing; the station is told."""
    record = _record(record_id)
    step = record.service.steps.get(code)
    if step is None or not step.offered:
        raise _unknown()
    try:
        said = wanted.judged(step.fields, request.form)
        verdicts.give(services(), record_id, code, the_operator().id, said)
    except Invalid as refusal:
        problems = [
            (f"#{code}-{field.path}", _named(step.fields, field)) for field in refusal.fields
        ]
        return _page(record, problems), status_of(refusal)
    except Conflict as refusal:
        return _page(record, [("#main", refusal.message)]), status_of(refusal)
    flash(gettext("Done, and on its way to the station."))
    return redirect(url_for("hall.help_service.show"), 303)


@bp.get("/help-service/records/<record_id>/pictures/<material_id>")
@requires(*CASE_READERS)
def picture(record_id: str, material_id: str) -> Response:
    """Send one picture of a record, decrypted."""
    found = record_of(services(), record_id)
    file = found.files.get(material_id) if found else None
    if file is None:
        raise _unknown()
    blobs = services().blobs
    if not blobs.has(file["sha256"]):
        message = Text("中心还没有收到这份文件。", "The file is not here.")
        raise Unavailable("material_on_its_way", message)
    sealed, key = blobs.read(file["sha256"]), bytes.fromhex(file["key"])
    try:
        data = decrypt(key, sealed, b"material:" + material_id.encode())
    except ValueError as error:
        raise _unknown() from error
    log.info("help_picture_opened", record=record_id, operator=the_operator().id)
    answer = Response(data, mimetype="image/jpeg")
    answer.headers["Content-Disposition"] = f'attachment; filename="{material_id}.jpg"'
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@bp.get("/help-service/tally")
@requires(*CASE_READERS)
def count() -> str:
    """Show how much help was given in a month, by station, agent, item and kind."""
    return render_template(
        "hall/help_tally.html",
        tally=_tally(),
        fewest=FEWEST,
        services=SERVICES,
        name=lambda code: in_words(_name(code)),
        place=lambda code: stations().get(code, code),
    )


@bp.get("/help-service/tally.csv")
@requires(*CASE_READERS)
def download() -> Response:
    """Send the same as CSV."""
    return file_of(_tally(), services().catalogue)


def _tally() -> counting.Tally:
    """Return the counts of the month that is asked for, of what is within the clerk's reach."""
    month = counting.month_of(request.args.get("month"))
    return help_counted.tally(month, scope.help_records())


def _record(record_id: str) -> Record:
    found = record_of(services(), record_id)
    if found is None or found.row.kind != table.PRE_CHECK:
        raise _unknown()
    return found


def _page(record: Record, problems: Sequence[tuple[str, Text]]) -> str:
    witness.shows("pre_check.opened", [record.row.id])
    return render_template(
        "hall/pre_check.html",
        record=record,
        name=_name(record.row.item),
        station=stations().get(record.row.station_code, record.row.station_code),
        sent=sent_ahead.laid_out(services(), record),
        steps=record.possible if the_operator().role in DECIDERS else (),
        say=covered,
        problems=problems,
        typed=request.form,
    )


def _named(fields: Sequence[Field], problem: FieldProblem) -> Text:
    label = next(field.label for field in fields if field.id == problem.path)
    said = problem.message
    return Text(f"{label.zh}：{said.zh}", f"{label.en}: {said.en}")


def _light(day: date | None) -> str:
    return (
        "red" if day is None or day <= workdays.add(clock.today(), deadlines.URGENT) else "yellow"
    )


def _name(code: str) -> Text:
    return matter(services().catalogue, code)


def _unknown() -> DomainError:
    return NotFound("help_unknown", Text("没有这条记录。", "There is no such record."))
