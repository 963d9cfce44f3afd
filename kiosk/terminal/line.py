"""Is the line to the centre there, and what waits for it? In the words pages need.

Reads the queue's state; never talks to the centre. Neighbours: `kiosk.cases.queries`.
"""

from dataclasses import dataclass
from datetime import timedelta

from forms.definition import Text
from kiosk import clock
from kiosk.app_services import services
from kiosk.cases import awaiting, standing

#: A worker asks the centre several times a minute; after so long without an answer it is late.
LATE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Line:
    """`cut` when the last attempt failed; `waiting` counts entries not yet at the centre.

    `late` when the centre was reached before, and has not answered for a while.
    """

    cut: bool
    waiting: int
    late: bool = False
    #: What people are told while the terminal takes nothing new; None when it works as usual.
    standing: Text | None = None
    #: The code by which an admin tells this machine from another with its identity.
    machine: str | None = None


def line_state() -> Line:
    """Return the state of the line as of the last attempt."""
    queue = awaiting.queue_state(services())
    heard = queue.last_contact
    return Line(
        cut=queue.last_error is not None,
        waiting=queue.pending,
        late=heard is not None and clock.now() - heard > LATE,
        standing=standing.words(queue.recovery),
        machine=queue.machine,
    )
