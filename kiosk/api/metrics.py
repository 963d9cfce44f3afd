"""``/metrics`` of both roles in Prometheus' text form: figures from the database, no personal data.

Everything is asked of the database and of Redis when the page is asked for, so that it is the same
from every web process and machine, and no process keeps counts. Whoever reads it shows the token of
the settings or comes from this machine itself. Neighbours: each role's `gauges` has its figures.
"""

import hmac
import ipaddress
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from importlib.metadata import version

from flask import Blueprint, Flask, Response, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from forms.definition import Text
from kiosk.app_services import services
from kiosk.backup import model
from kiosk.db import reading
from kiosk.errors import Refused
from kiosk.operators.access import public

bp = Blueprint("metrics", __name__)

_ROLE = "kiosk_figures"
#: Set by what stands between us and whoever asks.
_FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")


class Figures(Collector):
    """The figures of one answer, as they are put in."""

    def __init__(self) -> None:
        """Begin with none."""
        self._found: list[Metric] = []

    def gauge(self, name: str, meaning: str, value: float | None) -> None:
        """Put in a number that goes up and down; None is left out."""
        if value is not None:
            self._found.append(GaugeMetricFamily(f"jishiban_{name}", meaning, value))

    def moment(self, name: str, meaning: str, at: datetime | None) -> None:
        """Put in an instant as seconds since 1970; None is left out."""
        self.gauge(f"{name}_timestamp_seconds", meaning, at.timestamp() if at else None)

    def gauges(self, name: str, meaning: str, label: str, values: Mapping[str, float]) -> None:
        """Put in one number for each value of a label."""
        family = GaugeMetricFamily(f"jishiban_{name}", meaning, labels=[label])
        for of, value in sorted(values.items()):
            family.add_metric([of], value)
        self._found.append(family)

    def counter(self, name: str, meaning: str, value: float) -> None:
        """Put in a number that only grows; its name ends in ``_total``."""
        self._found.append(CounterMetricFamily(f"jishiban_{name}", meaning, value))

    def counters(self, name: str, meaning: str, label: str, values: Mapping[str, float]) -> None:
        """Put in numbers that only grow, one for each value of a label."""
        family = CounterMetricFamily(f"jishiban_{name}", meaning, labels=[label])
        for of, value in sorted(values.items()):
            family.add_metric([of], value)
        self._found.append(family)

    def add(self, family: Metric) -> None:
        """Put in a family that was made elsewhere."""
        self._found.append(family)

    def collect(self) -> Iterable[Metric]:
        """Return what was put in (``prometheus_client``)."""
        return self._found


def install(app: Flask, of_role: Callable[[Figures], None]) -> None:
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
    figures = Figures()
    _of_both(figures)
    current_app.extensions[_ROLE](figures)
    registry = CollectorRegistry()
    registry.register(figures)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


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


def _of_both(figures: Figures) -> None:
    parts = services()
    build = GaugeMetricFamily(
        "jishiban_build_info", "What runs here", labels=["version", "release", "role"]
    )
    build.add_metric(
        [version("jishiban"), parts.releases.current.release[:12], parts.config.role], 1
    )
    figures.add(build)
    with reading() as session:
        last_at = model.state(session).last_at
    figures.moment("backup_last", "Last finished backup", last_at)
