"""The admins' pages for stations without a line: take a carrier in, hand the answer out.

Neighbours: `carried` takes in, `answers` keeps; `kiosk.terminal.carrier` is the station's side.
"""

import io
from typing import Any

import structlog
from flask import (
    Response,
    abort,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from forms.definition import Text
from kiosk.carriers import seeing, shown
from kiosk.carriers.words import BROKEN_RUN, NO_CODES, NO_FILE, TROUBLE
from kiosk.errors import DomainError, status_of
from kiosk.hall import answers
from kiosk.hall.answers import Kept
from kiosk.hall.carried import take_in
from kiosk.hall.pages import ADMINS, page_blueprint, the_operator
from kiosk.operators import audit
from kiosk.operators.access import requires
from kiosk.pages.incoming import allow_carriers
from sync.carrier import MIME_TYPE, BadCarrier, Readable

log = structlog.get_logger(__name__)

bp = page_blueprint("carriers", __name__)
bp.url_value_preprocessor(allow_carriers)


@bp.get("/carriers")
@requires(*ADMINS)
def show() -> str:
    """Show what came by stick or by codes, and the answers that go back."""
    return _page(None)


@bp.post("/carriers")
@requires(*ADMINS)
def take() -> AnyResponse | tuple[str, int]:
    """Take in the file that somebody has brought from a station."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return _page(NO_FILE), 422
    _, wrong = _taken(upload.stream, small=False)
    return (_page(wrong), 422) if wrong else redirect(url_for("hall.carriers.show"), 303)


@bp.get("/carriers/<number>/answer")
@requires(*ADMINS)
def answer(number: str) -> Response:
    """Hand out the answer for a terminal."""
    found = _kept(number)
    name = f"{number}-answer-{found.at:%Y%m%d-%H%M}.jsc"
    return send_file(found.file, MIME_TYPE, as_attachment=True, download_name=name)


@bp.get("/carriers/<number>/codes")
@requires(*ADMINS)
def codes(number: str) -> str:
    """Show the answer as codes, one after the other, for the station's camera."""
    found = _kept(number)
    total = shown.count(found.file) or abort(404)
    made = found.file.stat().st_mtime_ns
    return render_template("hall/carrier_codes.html", kept=found, total=total, made=made)


@bp.get("/carriers/<number>/codes/<int:code>.svg")
@requires(*ADMINS)
def code_picture(number: str, code: int) -> Response:
    """Draw one of them."""
    picture = shown.picture(_kept(number).file, code) or abort(404)
    return Response(picture, mimetype="image/svg+xml")


@bp.get("/carriers/camera")
@requires(*ADMINS)
def camera() -> str:
    """Show the camera that reads a station's codes."""
    return _camera_page(None, None)


@bp.post("/carriers/camera")
@requires(*ADMINS)
def collect() -> AnyResponse | str | tuple[str, int]:
    """Keep the codes of these pictures; take the carrier in once all were seen."""
    try:
        runs, progress = seeing.collected()
    except DomainError as refusal:
        return _camera_page(None, refusal.message), status_of(refusal)
    onward, wrong = None, None
    if progress is not None and progress.is_whole:
        carrier = runs.take(progress)
        kept, wrong = (
            (None, BROKEN_RUN) if carrier is None else _taken(io.BytesIO(carrier), small=True)
        )
        onward = None if kept is None else _way_back(kept)
    elif progress is None and not seeing.is_script():
        wrong = NO_CODES
    if seeing.is_script():
        return jsonify(seeing.told(progress, onward, wrong))
    if onward:
        return redirect(onward, 303)
    page = _camera_page(progress, wrong)
    return (page, 422) if wrong else page


def _way_back(kept: Kept) -> str:
    if shown.fits(kept.file):
        return url_for("hall.carriers.codes", number=kept.number)
    return url_for("hall.carriers.show")


def _taken(stream: Readable, *, small: bool) -> tuple[Kept | None, Text | None]:
    """Take the carrier in and say what it brought; and what is wrong with it, if anything."""
    try:
        intake = take_in(stream, small=small)
    except BadCarrier as error:
        return None, TROUBLE[error.code]
    kept = answers.keep(intake)
    tally = intake.tally
    detail = {"new": tally.new, "entries": tally.entries, "files": tally.files}
    audit.note("carrier.taken_in", tally.number, the_operator().id, detail)
    log.info("carrier_brought", terminal=tally.number, operator=the_operator().id)
    flash(
        gettext(
            "%(station)s: %(new)d new of %(entries)d entries, %(files)d pictures taken in. "
            "The answer is ready.",
            station=tally.station_name,
            new=tally.new,
            entries=tally.entries,
            files=tally.files,
        )
    )
    return kept, TROUBLE[tally.trouble.code] if tally.trouble else None


def _kept(number: str) -> Kept:
    try:
        return answers.kept(number)
    except LookupError:
        abort(404)


def _page(wrong: Text | None) -> str:
    rows = [(each, shown.fits(each.file)) for each in answers.all_kept()]
    return render_template(
        "hall/carriers.html",
        rows=rows,
        trouble=TROUBLE,
        wrong=wrong,
        problems=[("#file", wrong)] if wrong else [],
    )


def _camera_page(progress: Any, wrong: Text | None) -> str:
    return render_template(
        "hall/carrier_camera.html",
        progress=progress,
        wrong=wrong,
        problems=[("#image", wrong)] if wrong else [],
    )
