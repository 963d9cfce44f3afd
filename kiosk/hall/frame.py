"""What stands around every page of the hall: who reads, and how dates look.

Knows no page. Neighbours: `kiosk.pages.presentation` has what both roles say.
"""

from typing import Any

from flask import request

from kiosk.hall import places
from kiosk.operators.session import signed_in
from kiosk.pages.presentation import DateStyle

#: A table has little room, and nearly all it holds is of this year.
DATES = DateStyle(year_of_moment="another", year_of_day="another")


def values() -> dict[str, Any]:
    """Return what the templates of the hall's frame ask for."""
    operator = signed_in()
    groups, below = places.rows(operator.role, request.path) if operator else ([], [])
    return {
        "care": False,
        "theme": "light",
        "device": "desk",
        "operator": operator,
        "bar_groups": groups,
        "bar_places": below,
    }
