"""How long a terminal waits between two reports: as the hall of a large fleet told, within bounds.

Kept in the worker's memory alone: a worker that starts reports at once, and is told anew.
Neighbours: ``pull`` hears, ``jobs`` waits, ``kiosk.hall.heartbeat`` tells.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Seconds between two reports where nothing else was told; and what may be told.
LEAST_SECONDS, MOST_SECONDS = 15, 300


@dataclass(slots=True)
class Heartbeat:
    """What one terminal was told last."""

    seconds: int = LEAST_SECONDS

    def hurry(self) -> None:
        """Report again as soon as ever: what was told is over, or more is to be done than is."""
        self.seconds = LEAST_SECONDS

    def hear(self, answer: Mapping[str, Any]) -> None:
        """Heed an answer of the hall; of an older one, or with what cannot be, wait as usual."""
        told = answer.get("next_report_s")
        self.seconds = LEAST_SECONDS
        if type(told) is int and LEAST_SECONDS <= told <= MOST_SECONDS:
            self.seconds = told
