"""The figures of ``/metrics`` in the Prometheus text format, of both roles.

Loaded with the first question alone: its library costs each process of a terminal memory.
Neighbour: ``health`` has the address.
"""

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select

from kiosk.app_services import services
from kiosk.backup import model
from kiosk.cases.model import Case
from kiosk.cases.queries import queue_state
from kiosk.db import reading
from sync import ledger
from sync.ledger import Terminal

CONTENT_TYPE = CONTENT_TYPE_LATEST


def text() -> bytes:
    """Return all figures of this role; no personal data, no labels from people."""
    registry = CollectorRegistry()
    _case_figures(registry)
    _backup_figure(registry)
    if services().config.role == "terminal":
        _terminal_figures(registry)
    else:
        _hall_figures(registry)
    return bytes(generate_latest(registry))


def _case_figures(registry: CollectorRegistry) -> None:
    gauge = Gauge("jishiban_cases", "Cases by state", ["state"], registry=registry)
    with reading() as session:
        for state, count in session.execute(select(Case.state, func.count()).group_by(Case.state)):
            gauge.labels(state).set(count)


def _terminal_figures(registry: CollectorRegistry) -> None:
    queue = queue_state(services())
    for name, value in (
        ("pending", queue.pending),
        ("held", queue.held),
        ("quarantined", queue.quarantined),
        ("refused", queue.refused),
        ("blobs_pending", queue.blobs_pending),
    ):
        Gauge(f"jishiban_queue_{name}", f"Entries or files {name}", registry=registry).set(value)
    if queue.oldest_at is not None:
        gauge = Gauge(
            "jishiban_queue_oldest_timestamp_seconds", "Oldest waiting entry", registry=registry
        )
        gauge.set(queue.oldest_at.timestamp())


def _hall_figures(registry: CollectorRegistry) -> None:
    entries = Gauge("jishiban_entries", "Ledger entries by verdict", ["verdict"], registry=registry)
    seen = Gauge(
        "jishiban_terminal_last_seen_timestamp_seconds",
        "Last contact",
        ["number"],
        registry=registry,
    )
    with reading() as session:
        sums: dict[str, int] = {}
        for tally in ledger.tallies(session).values():
            for verdict, count in tally.items():
                sums[verdict] = sums.get(verdict, 0) + count
        for verdict, count in sums.items():
            entries.labels(verdict).set(count)
        for terminal in session.scalars(select(Terminal)):
            if terminal.last_seen is not None:
                seen.labels(terminal.number).set(terminal.last_seen.timestamp())


def _backup_figure(registry: CollectorRegistry) -> None:
    with reading() as session:
        last_at = model.state(session).last_at
    if last_at is not None:
        name = "jishiban_backup_last_timestamp_seconds"
        Gauge(name, "Last finished backup", registry=registry).set(last_at.timestamp())
