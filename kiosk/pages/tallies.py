"""The counts of the help service as a file for a spreadsheet, at both roles.

Knows no requests. Neighbours: `kiosk.cases.help.counting` counts and writes cells.
"""

from flask import Response
from flask_babel import gettext

from forms.definition import Text
from forms.release import Catalogue
from kiosk.cases.help.counting import Tally, as_csv
from kiosk.cases.help.services import SERVICES
from kiosk.pages.presentation import in_words


def matter(catalogue: Catalogue, code: str) -> Text:
    """Return the name of a service item, or of the approval of an investment matter."""
    item = catalogue.items.get(code)
    if item is not None:
        return item.name
    found = catalogue.help_items.linked_to(code)
    return found.name if found else Text(code, code)


def file_of(tally: Tally, catalogue: Catalogue) -> Response:
    """Return the counts as a CSV file to keep; each line is station, agent, item, kind, number."""
    head = (
        gettext("Month shown"),
        gettext("Station"),
        gettext("Agent"),
        gettext("Service"),
        gettext("Kind of help"),
        gettext("How many"),
    )
    lines: list[tuple[object, ...]] = [head]
    for each in tally.counts:
        name, kind = in_words(matter(catalogue, each.item)), in_words(SERVICES[each.kind].name)
        lines.append((tally.month, each.station, each.agent, name, kind, each.number))
    answer = Response(as_csv(lines), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="help-{tally.month}.csv"'
    answer.cache_control.no_store = True
    return answer
