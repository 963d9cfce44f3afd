"""The terminals that a page shows as a file for a spreadsheet: all that were found, not one page.

Neighbours: `looking_for` narrows as the page does, `kiosk.cases.help.counting` writes safe cells.
"""

from collections.abc import Iterator
from datetime import datetime

from flask import Response, request
from flask_babel import gettext

from kiosk import clock
from kiosk.cases.help.counting import as_csv
from kiosk.db import reading
from kiosk.hall import exporting
from kiosk.hall.fleet import fleet
from kiosk.hall.looking_for import all_found, wanted
from kiosk.hall.monitor import TerminalState, states
from kiosk.hall.pages import TERMINAL_READERS, page_blueprint
from kiosk.operators.access import requires
from kiosk.pages.presentation import in_words

bp = page_blueprint("tabulating", __name__)

#: So many are read at a time.
STEP = 500


@bp.get("/terminals/export.csv")
@requires(*TERMINAL_READERS)
def export() -> Response:
    """Send the terminals that the address asks for; an empty list is a file with its head."""
    found = all_found(fleet(), wanted(request.args))
    ids = [each.terminal_id for each in found]
    name = f"terminals-{clock.now().astimezone(clock.LOCAL):%Y%m%d-%H%M}.csv"
    return exporting.sent(_lines(ids), name, "text/csv; charset=utf-8")


def _lines(ids: list[str]) -> Iterator[str]:
    yield as_csv([_head()])
    for start in range(0, len(ids), STEP):
        with reading() as session:
            rows = states(session, ids[start : start + STEP])
        # The mark of UTF-8 stands at the beginning of the file only.
        yield as_csv([_cells(row) for row in rows]).removeprefix("\ufeff")


def _head() -> tuple[str, ...]:
    return (
        gettext("Number"),
        gettext("Station"),
        gettext("Station code"),
        gettext("Light"),
        gettext("Reason"),
        gettext("Last seen"),
        gettext("Last entry"),
        gettext("Backlog"),
        gettext("Oldest"),
        gettext("Pictures"),
        gettext("Quarantined"),
        gettext("Held"),
        gettext("Clock off by (seconds)"),
        gettext("Disk free (bytes)"),
        gettext("Version"),
        gettext("Release"),
        gettext("Last error"),
    )


def _cells(row: TerminalState) -> tuple[object, ...]:
    return (
        row.number,
        row.station_name,
        row.station_code,
        row.light,
        in_words(row.words),
        _at(row.last_seen),
        _at(row.last_entry_at),
        row.pending,
        _at(row.oldest_at),
        row.blobs_outstanding,
        row.quarantined,
        row.held,
        "" if row.skew_ms is None else row.skew_ms // 1000,
        "" if row.disk_free is None else row.disk_free,
        row.version or "",
        row.release or "",
        row.last_error or "",
    )


def _at(at: datetime | None) -> str:
    return f"{at.astimezone(clock.LOCAL):%Y-%m-%d %H:%M:%S}" if at else ""
