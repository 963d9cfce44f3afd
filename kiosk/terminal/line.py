"""Is the line to the centre there, and what waits for it? In the words pages need.

Reads the queue's state; never talks to the centre. Neighbours: `kiosk.cases.queries`.
"""

from dataclasses import dataclass

from kiosk.app_services import services
from kiosk.cases import queries


@dataclass(frozen=True, slots=True)
class Line:
    """`cut` when the last attempt failed; `waiting` counts entries not yet at the centre."""

    cut: bool
    waiting: int


def line_state() -> Line:
    """Return the state of the line as of the last attempt."""
    queue = queries.queue_state(services())
    return Line(cut=queue.last_error is not None, waiting=queue.pending)
