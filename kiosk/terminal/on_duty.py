"""Who of the station's staff asks, for the pages of their work: of this station only.

Neighbours: `work`, `casework` and `counter` ask; `kiosk.operators.access` has let only staff in.
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
    operator, station = signed_in(), services().station
    if operator is None or station is None:
        abort(404)
    if station.code not in operator.station_codes:
        raise Refused(
            "other_station",
            Text("您的账号不属于本站。", "Your account is not of this station."),
        )
    return operator, station.code
