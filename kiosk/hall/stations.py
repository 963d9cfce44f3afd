"""The villages and communities of the service area, as the catalogue release lists them.

They are the choices of its address fields, so that there is one list for forms
and for enrolment. Knows no terminals.
"""

from collections.abc import Mapping

from forms.definition import Text
from kiosk.app_services import services
from kiosk.errors import FieldProblem, Invalid


def stations() -> Mapping[str, Text]:
    """Return the stations by their 12-digit division code, in the catalogue's order."""
    for item in services().catalogue.items.values():
        for section in item.sections:
            for field in section.fields:
                if field.answer == "address" and field.choices:
                    return {choice.code: choice.label for choice in field.choices}
    return {}


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
