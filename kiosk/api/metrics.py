"""``/metrics`` of both roles in Prometheus' text form: figures from the database, no personal data.

Everything is asked of the database and of Redis when the page is asked for, so that it is the same
from every web process and machine, and no process keeps counts. Whoever reads it shows the token of
the settings or comes from this machine itself. Neighbours: `exposition` writes them,
each role's `gauges` has its own.
"""

import hmac
import importlib
import ipaddress
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, Response, current_app, request

from forms.definition import Text
from kiosk.app_services import services
from kiosk.errors import Refused
from kiosk.operators.access import public

if TYPE_CHECKING:
    from kiosk.api.exposition import Figures

bp = Blueprint("metrics", __name__)

_ROLE = "kiosk_figures"
#: Set by what stands between us and whoever asks.
_FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")


def install(app: Flask, of_role: "Callable[[Figures], None]") -> None:
    """Let the page of `app` show the figures of its role besides those of both."""
    app.extensions[_ROLE] = of_role
    app.register_blueprint(bp)


@bp.get("/metrics")
@public
def show() -> Response:
    """Return the figures; Refused to whoever may not read them."""
    if not _may_read():
        raise Refused(
            "metrics_closed",
            Text(
                "这些数据只供本机或持令牌的监控系统读取。",
                "These figures are for this machine, or for who has the token.",
            ),
        )
    exposition = importlib.import_module("kiosk.api.exposition")
    text = exposition.text(current_app.extensions[_ROLE])
    return Response(text, content_type=exposition.CONTENT_TYPE)


def _may_read() -> bool:
    token = services().config.metrics_token
    kind, _, shown = request.headers.get("Authorization", "").partition(" ")
    if token and kind.lower() == "bearer":
        return hmac.compare_digest(shown.strip().encode(), token.encode())
    if any(name in request.headers for name in _FORWARDED):
        # Somebody asks through a server in front, which may be on this machine.
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
