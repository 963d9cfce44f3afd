"""What stands around every page of a terminal: the station, the reader's choices, how dates look.

Knows no page. Neighbours: `kiosk.pages.presentation` has what both roles say; `preferences` knows
the reader's choices.
"""

from typing import Any

from kiosk.app_services import services
from kiosk.operators.session import signed_in
from kiosk.pages.presentation import DateStyle, in_words
from kiosk.terminal import device, ending, helped, preferences
from kiosk.terminal.returned import remarks_on
from kiosk.terminal.wanted import phone_of

#: A receipt's days are read months later; its moments are of these days.
DATES = DateStyle(year_of_moment="never", year_of_day="always")


def is_staff() -> bool:
    """Tell whether a member of the station's staff is signed in at this browser."""
    operator = signed_in()
    return operator is not None and operator.role == "staff"


def values() -> dict[str, Any]:
    """Return what the templates of the terminal's frame ask for."""
    station, settings, slower = services().station, services().config, preferences.slower()
    return {
        "layout": "terminal/layout.html",
        "care": preferences.care(),
        "size": preferences.size(),
        "theme": preferences.theme(),
        "device": "kiosk" if device.screen() else None,
        "idle_seconds": settings.idle_seconds * slower,
        "warning_seconds": settings.warning_seconds * slower,
        "attract_seconds": settings.attract_seconds,
        "in_use": not ending.is_at_rest(),
        # Called where it is asked for: an error page must not need the database.
        "staff_here": is_staff,
        "helped": helped.current,
        "station": station,
        "place": in_words(station.name) if station else "",
        "phone_of": phone_of,
        "remarks_on": remarks_on,
    }
