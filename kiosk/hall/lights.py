"""The lights of the desk as SQL asks for them: the twin of `kiosk.cases.deadlines.colour_of`.

A test holds both to the same. Neighbours: `worklist` filters and `tabs` counts by them.
"""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import ColumnElement, and_, or_

from kiosk.cases import deadlines, lifecycle
from kiosk.cases.model import Case

#: The ones to choose from, the gravest first; grey is who waits for somebody else.
COLOURS = (
    deadlines.PURPLE,
    deadlines.RED,
    deadlines.YELLOW,
    deadlines.GREEN,
    deadlines.GREY,
)


def is_of(colour: str, today: date) -> ColumnElement[bool]:
    """Return whether a case has this light today; KeyError for an unknown one."""
    stands, runs = Case.paused_at.is_not(None), Case.paused_at.is_(None)
    past_law = and_(runs, Case.ends_on.is_not(None), Case.legal_on < today)
    within_law = or_(Case.legal_on.is_(None), Case.legal_on >= today)
    found: Mapping[str, ColumnElement[bool]] = {
        deadlines.PURPLE: past_law,
        # Of a clock that stands, `ends_on` is the last day of the pause.
        deadlines.RED: and_(Case.ends_on < today, or_(stands, within_law)),
        deadlines.YELLOW: and_(Case.ends_on >= today, Case.soon_on <= today, within_law),
        deadlines.GREEN: and_(Case.soon_on > today, within_law),
        deadlines.GREY: or_(
            and_(stands, or_(Case.ends_on.is_(None), Case.ends_on >= today)),
            and_(runs, Case.state == lifecycle.ACCEPTED, Case.ends_on.is_(None)),
            Case.state == lifecycle.RETURNED,
        ),
    }
    return found[colour]
