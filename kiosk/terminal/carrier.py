"""The staff's pages for a station without a line: take the queue along by a stick or as codes.

Neighbours: `kiosk.carriers.station` loads and takes in, `kiosk.hall.carriers` is the other end.
"""

import io
from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response as AnyResponse

from forms.definition import Text
from kiosk import clock
from kiosk.api.language import reading_language
from kiosk.app_services import services
from kiosk.carriers import seeing, shown, station
from kiosk.carriers.words import BROKEN_RUN, NO_CODES, NO_FILE, NOTHING_SHOWN, TROUBLE
from kiosk.cases import awaiting
from kiosk.db import AppTransactions
from kiosk.errors import DomainError, status_of
from kiosk.operators.access import requires
from kiosk.pages.incoming import allow_carriers
from kiosk.terminal import on_duty
from sync.brought_back import News
from sync.carrier import MIME_TYPE, BadCarrier, Readable, save
from sync.outbox import NO_LIMIT, Load
from sync.qr_run import MAX_RUN_BYTES

bp = Blueprint("carrier", __name__)
bp.url_value_preprocessor(allow_carriers)
bp.before_request(on_duty.refuse_others)


@bp.get("/staff/carrier")
@requires("staff")
def show() -> str:
    """Show what waits, and both ways to take it along."""
    return _page(None)


@bp.get("/staff/carrier/queue")
@requires("staff")
def queue() -> Response:
    """Hand the queue out as a file, made while it is sent; the queue stays as it is."""
    on_duty.member_of_staff()
    name = f"{_number()}-{clock.now():%Y%m%d-%H%M}.jsc"
    pieces = station.loaded(_transactions(), services(), NO_LIMIT, Load())
    answer = Response(pieces, mimetype=MIME_TYPE)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


@bp.post("/staff/carrier")
@requires("staff")
def take() -> AnyResponse | tuple[str, int]:
    """Take in the answer of the hall that somebody has brought back."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return _page(NO_FILE), 422
    wrong = _taken(upload.stream)
    return (_page(wrong), 422) if wrong else redirect(url_for("terminal.carrier.show"), 303)


@bp.post("/staff/carrier/codes")
@requires("staff")
def make_codes() -> AnyResponse:
    """Load what fits into codes, without pictures, and show it."""
    on_duty.member_of_staff()
    tally = Load()
    _shown().parent.mkdir(exist_ok=True)
    save(station.loaded(_transactions(), services(), MAX_RUN_BYTES, tally, files=False), _shown())
    if tally.left_entries:
        flash(
            ngettext(
                "%(num)d entry has no room in the codes; it comes with the next run.",
                "%(num)d entries have no room in the codes; they come with the next run.",
                tally.left_entries,
            )
        )
    return redirect(url_for("terminal.carrier.codes"), 303)


@bp.get("/staff/carrier/codes")
@requires("staff")
def codes() -> AnyResponse | str:
    """Show the codes that were made last, one after the other."""
    total = shown.count(_shown())
    if not total:
        flash(NOTHING_SHOWN.to(reading_language()))
        return redirect(url_for("terminal.carrier.show"))
    return render_template("terminal/carrier_codes.html", total=total, made=_made())


@bp.get("/staff/carrier/codes/<int:number>.svg")
@requires("staff")
def code_picture(number: int) -> Response:
    """Draw one of them."""
    return Response(shown.picture(_shown(), number) or abort(404), mimetype="image/svg+xml")


@bp.get("/staff/carrier/camera")
@requires("staff")
def camera() -> str:
    """Show the camera that reads the hall's answer."""
    return _camera_page(None, None)


@bp.post("/staff/carrier/camera")
@requires("staff")
def collect() -> AnyResponse | str | tuple[str, int]:
    """Keep the codes of these pictures; take the answer in once all were seen."""
    on_duty.member_of_staff()
    try:
        runs, progress = seeing.collected()
    except DomainError as refusal:
        return _camera_page(None, refusal.message), status_of(refusal)
    onward, wrong = None, None
    if progress is not None and progress.is_whole:
        carrier = runs.take(progress)
        wrong = BROKEN_RUN if carrier is None else _taken(io.BytesIO(carrier))
        onward = None if wrong else url_for("terminal.carrier.show")
    elif progress is None and not seeing.is_script():
        wrong = NO_CODES
    if seeing.is_script():
        return jsonify(seeing.told(progress, onward, wrong))
    if onward:
        return redirect(onward, 303)
    page = _camera_page(progress, wrong)
    return (page, 422) if wrong else page


def _taken(stream: Readable) -> Text | None:
    """Take the answer in and say what it brought; return what is wrong with it, if anything."""
    on_duty.member_of_staff()
    try:
        news = station.take_answer(_transactions(), services(), stream)
    except BadCarrier as error:
        return TROUBLE[error.code]
    flash(_summary(news))
    return TROUBLE[news.trouble.code] if news.trouble else None


def _summary(news: News) -> str:
    if news.is_old and not news.release:
        return str(gettext("Nothing new: this answer or a newer one was taken in before."))
    told = str(
        gettext(
            "Confirmed by the centre: %(entries)d entries. News: %(items)d.",
            entries=news.entries,
            items=news.items,
        )
    )
    if news.wanted:
        told += " " + str(
            ngettext(
                "%(num)d picture is still to be brought.",
                "%(num)d pictures are still to be brought.",
                news.wanted,
            )
        )
    return told


def _page(wrong: Text | None) -> str:
    return render_template(
        "terminal/carrier.html",
        queue=awaiting.queue_state(services()),
        wrong=wrong,
        problems=[("#file", wrong)] if wrong else [],
    )


def _camera_page(progress: Any, wrong: Text | None) -> str:
    return render_template(
        "terminal/carrier_camera.html",
        progress=progress,
        wrong=wrong,
        problems=[("#image", wrong)] if wrong else [],
    )


def _transactions() -> AppTransactions:
    return AppTransactions(current_app._get_current_object())  # type: ignore[attr-defined]


def _shown() -> Path:
    return services().config.data_dir / "carriers" / "shown.jsc"


def _made() -> int:
    """When the codes were made: another run must not be mixed with what a browser has kept."""
    return _shown().stat().st_mtime_ns


def _number() -> str:
    here = services().station
    return here.number if here else "terminal"
