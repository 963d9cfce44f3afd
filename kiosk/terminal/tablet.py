"""The tablets' app: its shell, its service worker, and every form of the release without a person.

What is served here is the same for everybody and may be kept; whatever is a person's stays on the
tablet, encrypted, until the tablets' own API takes it. Neighbours: `portable` draws the forms,
`static/js/tablet` is the app, `static/service-worker.js` keeps it all for a day without a line.
"""

import hashlib
from pathlib import Path
from typing import Any

import orjson
from flask import Blueprint, Response, abort, current_app, render_template, request

from kiosk import clock
from kiosk.api.caching import digest_of, for_ever
from kiosk.api.language import LANGUAGES, reading_language, speaking
from kiosk.api.search_index import content_of
from kiosk.app_services import services
from kiosk.materials import faults
from kiosk.operators.access import public
from kiosk.terminal import conditional, portable
from kiosk.workdays import FIXED, table_of

bp = Blueprint("tablet", __name__)

WORKER = "service-worker.js"
PACKED = "application/octet-stream"
"""Not told as compressed, so that a browser keeps a form in the few kilobytes it came in."""


@bp.get("/tablet/")
@public
def show() -> str:
    """Show the app's shell in the language of `lang`, or in the reader's."""
    asked = request.args.get("lang")
    return _shell(asked if asked in LANGUAGES else reading_language())


@bp.get("/tablet/sw.js")
@public
def worker() -> Response:
    """Return the service worker of this build for the release on offer.

    The browser compares its bytes; another release or another app makes another worker.
    """
    catalogue = services().catalogue
    told = {
        "release": catalogue.release,
        "shell": hashlib.sha256("".join(map(_shell, LANGUAGES)).encode()).hexdigest()[:16],
        "index": digest_of(content_of(catalogue)),
        "codes": [*catalogue.items, *catalogue.bundles],
        "languages": LANGUAGES,
    }
    script = Path(current_app.config["STATIC_FOLDER"]) / WORKER
    content = b"self.TABLET=" + orjson.dumps(told) + b";\n" + script.read_bytes()
    answer = Response(content, mimetype="text/javascript")
    answer.headers["Service-Worker-Allowed"] = "/tablet/"
    answer.cache_control.no_cache = True
    return answer


@bp.get("/tablet/forms/<release>/<language>/<code>")
@public
def form(release: str, language: str, code: str) -> Response:
    """Return one form of the release on offer, packed; 404 for any other."""
    _check(release, language)
    catalogue = services().catalogue
    if code not in catalogue.items and code not in catalogue.bundles:
        abort(404)
    answer = for_ever(portable.document(catalogue, code, language))
    answer.mimetype = PACKED
    return answer


@bp.get("/tablet/names/<release>/<language>")
@public
def names(release: str, language: str) -> Response:
    """Return what the app's lists show of every item and bundle of the release on offer."""
    _check(release, language)
    return for_ever(portable.names(services().catalogue, language))


@bp.get("/tablet/places/<release>/<code>/<wanted>")
@public
def places(release: str, code: str, wanted: str) -> Response:
    """Return where the form of a bundle asks things when only these members are wanted.

    `wanted` are their codes with commas between; any release that is kept here will do.
    """
    try:
        found = conditional.places(services().releases.of(release), code, wanted.split(","))
    except LookupError:
        abort(404)
    return for_ever(orjson.dumps(found))


def _shell(language: str) -> str:
    catalogue = services().catalogue
    with speaking(language):
        return render_template(
            "terminal/tablet.html",
            release=catalogue.release,
            index=digest_of(content_of(catalogue)),
            days=calendar(),
            fault_names=faults.NAMES,
            fault_advice=faults.ADVICE,
        )


def calendar() -> dict[str, Any]:
    """Return free days and days worked by decree, as `static/js/forms/workdays.js` takes them."""
    this = clock.today().year
    # The years that a case on a tablet can reach: handed in last year at the earliest.
    known = {year: table for year in range(this - 1, this + 3) if (table := table_of(year))}
    return {
        "holidays": {
            str(year): sorted(day.isoformat() for day in table.off) for year, table in known.items()
        },
        "worked": sorted(day.isoformat() for table in known.values() for day in table.worked),
        "fixed": sorted(f"{month:02}-{day:02}" for month, day in FIXED),
    }


def _check(release: str, language: str) -> None:
    if release != services().catalogue.release or language not in LANGUAGES:
        abort(404)
