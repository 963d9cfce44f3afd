"""The lights of the desk as SQL asks for them: the twin of `kiosk.cases.deadlines.colour_of`.

A test holds both to the same. Neighbours: `worklist` filters and `tabs` counts by them.
"""

from collections.abc import Callable, Mapping
from datetime import date

from sqlalchemy import ColumnElement, and_, or_

from kiosk.cases import deadlines, lifecycle
from kiosk.cases.model import Case


def is_of(colour: str, today: date) -> ColumnElement[bool]:
    """Return whether a case has this light today; KeyError for an unknown one."""
    return _LIGHTS[colour](today)


def _purple(today: date) -> ColumnElement[bool]:
    return and_(_runs(), Case.ends_on.is_not(None), Case.legal_on < today)


def _red(today: date) -> ColumnElement[bool]:
    # Of a clock that stands, `ends_on` is the last day of the pause.
    return and_(Case.ends_on < today, or_(_stands(), _within_law(today)))


def _yellow(today: date) -> ColumnElement[bool]:
    return and_(Case.ends_on >= today, Case.soon_on <= today, _within_law(today))


def _green(today: date) -> ColumnElement[bool]:
    return and_(Case.soon_on > today, _within_law(today))


def _grey(today: date) -> ColumnElement[bool]:
    return or_(
        and_(_stands(), or_(Case.ends_on.is_(None), Case.ends_on >= today)),
        and_(_runs(), Case.state == lifecycle.ACCEPTED, Case.ends_on.is_(None)),
        Case.state == lifecycle.RETURNED,
    )


def _stands() -> ColumnElement[bool]:
    return Case.paused_at.is_not(None)


def _runs() -> ColumnElement[bool]:
    return Case.paused_at.is_(None)


def _within_law(today: date) -> ColumnElement[bool]:
    return or_(Case.legal_on.is_(None), Case.legal_on >= today)


_LIGHTS: Mapping[str, Callable[[date], ColumnElement[bool]]] = {
    deadlines.PURPLE: _purple,
    deadlines.RED: _red,
    deadlines.YELLOW: _yellow,
    deadlines.GREEN: _green,
    deadlines.GREY: _grey,
}
#: The ones to choose from, the gravest first; grey is who waits for somebody else.
COLOURS = tuple(_LIGHTS)
