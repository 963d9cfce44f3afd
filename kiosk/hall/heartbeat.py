"""How long terminals are told to wait between two reports: the longer, the more of them there are.

Derived from the number of those that are let in, and kept for a moment where they are many.
Neighbours: `sync_api` tells it, `terminal_lights` misses nobody before, `sync.heartbeat` heeds it.
"""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk.hall.kept import kept
from sync.heartbeat import LEAST_SECONDS, MOST_SECONDS
from sync.ledger import Terminal

#: As many reports of all terminals the hall wants to take in a second.
REPORTS_A_SECOND = 70
#: Of more terminals than this the number is kept for so many seconds; with fewer it is asked anew.
FEW, KEPT_SECONDS = 500, 60.0


def seconds_for(terminals: int) -> int:
    """Return how long each of so many terminals is to wait."""
    return min(max(-(-terminals // REPORTS_A_SECOND), LEAST_SECONDS), MOST_SECONDS)


def of_fleet(session: Session) -> timedelta:
    """Return how long the terminals of this hall are told to wait."""

    def count() -> int:
        query = select(func.count()).where(Terminal.standing == "approved")
        return session.scalar(query) or 0

    terminals = kept("approved terminals", KEPT_SECONDS, count, lambda found: found > FEW)
    return timedelta(seconds=seconds_for(terminals))


def longer(session: Session) -> timedelta:
    """Return how much longer than usual a terminal of this hall may be quiet and be well."""
    return (of_fleet(session) - timedelta(seconds=LEAST_SECONDS)) * 1.5
