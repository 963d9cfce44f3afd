"""The stations of the hall: the divisions of the current release. Knows no terminals."""

from collections.abc import Mapping, Sequence

from forms.definition import Text
from kiosk.app_services import services
from kiosk.errors import FieldProblem, Invalid
from kiosk.pages.divisions import divisions


def stations() -> Mapping[str, Text]:
    """Return the stations by their 12-digit division code, in the catalogue's order."""
    return divisions(services().catalogue)


def named(words: str) -> Sequence[str]:
    """Return the codes of the stations that have these words in name or code.

    Pinyin is found with and without spaces, in capitals or not.
    """
    asked = words.casefold()
    close = asked.replace(" ", "")
    return [
        code
        for code, name in stations().items()
        if asked in f"{code} {name.zh} {name.en}".casefold()
        or close in name.en.casefold().replace(" ", "")
    ]


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
