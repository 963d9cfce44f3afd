"""Figures in Prometheus' text form, as ``/metrics`` answers them.

Loaded with the first question alone: the library costs each process of a terminal half a megabyte,
and many a machine is never asked. Neighbour: ``metrics`` has the address and says who may read.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from importlib.metadata import version

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from kiosk.app_services import services
from kiosk.backup import model
from kiosk.db import reading

CONTENT_TYPE = CONTENT_TYPE_LATEST


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


def text(of_role: Callable[[Figures], None]) -> bytes:
    """Return the figures of both roles and those of one."""
    figures = Figures()
    _of_both(figures)
    of_role(figures)
    registry = CollectorRegistry()
    registry.register(figures)
    return bytes(generate_latest(registry))


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
