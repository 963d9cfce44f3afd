"""The figures of a terminal for `/metrics`: its cases and its queue.

Neighbour: `kiosk.api.metrics` has the page and what both roles tell.
"""

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from kiosk.app_services import services
from kiosk.cases.awaiting import queue_state
from kiosk.cases.model import Case
from kiosk.db import reading

if TYPE_CHECKING:
    from kiosk.api.exposition import Figures


def put_in(figures: "Figures") -> None:
    """Put in the figures of this terminal."""
    with reading() as session:
        states = dict(session.execute(select(Case.state, func.count()).group_by(Case.state)).all())
    figures.gauges("cases", "Cases by state", "state", states)
    queue = queue_state(services())
    for name, value in (
        ("pending", queue.pending),
        ("held", queue.held),
        ("quarantined", queue.quarantined),
        ("refused", queue.refused),
        ("blobs_pending", queue.blobs_pending),
    ):
        figures.gauge(f"queue_{name}", f"Entries or files {name}", value)
    figures.moment("queue_oldest", "Oldest waiting entry", queue.oldest_at)
