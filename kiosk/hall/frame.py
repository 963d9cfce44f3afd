"""What stands around every page of the hall: who reads, and how dates look.

Knows no page. Neighbours: `kiosk.pages.presentation` has what both roles say.
"""

from typing import Any

from kiosk.operators.session import signed_in
from kiosk.pages.presentation import DateStyle

#: A table has little room, and nearly all it holds is of this year.
DATES = DateStyle(year_of_moment="another", year_of_day="another")


def values() -> dict[str, Any]:
    """Return what the templates of the hall's frame ask for."""
    return {"care": False, "theme": "light", "device": "desk", "operator": signed_in()}
