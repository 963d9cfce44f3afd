"""Who of the station's staff asks, for all pages and calls of their work: of this station only.

Neighbours: pages of work, help and counter ask; `kiosk.operators.access` has let only staff in.
"""

from flask import abort

from forms.definition import Text
from kiosk.app_services import services
from kiosk.errors import Refused
from kiosk.operators.model import Operator
from kiosk.operators.session import signed_in


def member_of_staff() -> tuple[Operator, str]:
    """Return who asks and the code of this station; Refused for staff of another station.

    Before the terminal is enrolled there is no station and nothing to work on: 404.
    """
    refuse_others()
    operator, station = signed_in(), services().station
    if operator is None or station is None:
        abort(404)
    return operator, station.code


def refuse_others() -> None:
    """Raise Refused for somebody who is signed in and not of this station's staff.

    As a hook before requests: what nobody has to be signed in for, and what is refused before the
    terminal is enrolled, is left to the view.
    """
    if signed_in() is not None and services().station is not None and not is_here():
        raise Refused(
            "other_station",
            Text("您的账号不属于本站。", "Your account is not of this station."),
        )


def is_here() -> bool:
    """Tell whether a member of this station's staff is signed in."""
    operator, station = signed_in(), services().station
    return operator is not None and station is not None and operator.is_staff_of(station.code)
