"""The stations of the hall: the divisions of the current release. Knows no terminals."""

from collections.abc import Mapping

from forms.definition import Text
from kiosk.app_services import services
from kiosk.errors import FieldProblem, Invalid
from kiosk.pages.divisions import divisions


def stations() -> Mapping[str, Text]:
    """Return the stations by their 12-digit division code, in the catalogue's order."""
    return divisions(services().catalogue)


def station_name(code: str) -> str:
    """Return the Chinese name of the station; Invalid when there is none with this code."""
    found = stations().get(code)
    if found is None:
        problem = FieldProblem(
            "station",
            "unknown",
            Text("没有这个村（社区）代码。", "There is no station with this code."),
        )
        raise Invalid("station_unknown", problem.message, (problem,))
    return found.zh
