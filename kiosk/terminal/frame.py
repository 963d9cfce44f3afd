"""What stands around every page of a terminal: the station, large text or not, how dates look.

Knows no page. Neighbours: `kiosk.pages.presentation` has what both roles say; `preferences` knows
the reader's choices.
"""

from typing import Any

from kiosk.app_services import services
from kiosk.pages.presentation import DateStyle, in_words
from kiosk.terminal import preferences
from kiosk.terminal.wanted import phone_of

#: A receipt's days are read months later; its moments are of these days.
DATES = DateStyle(year_of_moment="never", year_of_day="always")


def values() -> dict[str, Any]:
    """Return what the templates of the terminal's frame ask for."""
    station = services().station
    return {
        "layout": "terminal/layout.html",
        "care": preferences.care(),
        "device": None,
        "station": station,
        "place": in_words(station.name) if station else "",
        "phone_of": phone_of,
    }
