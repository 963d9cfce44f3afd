"""Leasing receipt numbers to a tablet: none that a case has, none twice, and not without end.

Neighbours: `kiosk.receipts.leases` keeps them, `tablets` takes the cases that are made under them.
"""

from collections.abc import Collection
from itertools import islice

from sqlalchemy import select

from forms.definition import Text
from kiosk import clock
from kiosk.cases.model import Case
from kiosk.cases.storing import station
from kiosk.db import writing
from kiosk.errors import Conflict
from kiosk.receipts import leases
from kiosk.receipts.leases import Label

#: Unused numbers that one tablet may have: some weeks of the busiest station.
MOST_UNUSED = 400
MOST_AT_ONCE = 200


def lease(device_id: str, count: int, holding: Collection[str] | None = None) -> list[Label]:
    """Give a tablet ``count`` numbers, or fewer up to the bound.

    ``holding`` are all numbers it has: the answer with the others was lost, and they count no
    longer. None when it does not tell.
    Conflict when it has as many as it may; Unavailable before the terminal is enrolled.
    """
    with writing() as session:
        peer = station(session)
        if holding is not None:
            leases.let_go(session, device_id, holding)
        free = min(count, MOST_AT_ONCE, MOST_UNUSED - leases.unused(session, device_id))
        if free <= 0:
            raise Conflict(
                "leases-full",
                Text(
                    "这台平板的备用编号已经够多。",
                    "This tablet has all the numbers it may have.",
                ),
            )
        candidates = {
            label.number: label
            for label in islice(leases.drawn(session, peer.terminal_number, peer.epoch), free)
        }
        taken = session.scalars(select(Case.number).where(Case.number.in_(candidates))).all()
        for number in taken:
            del candidates[number]
        labels = list(candidates.values())
        leases.keep(session, labels, device_id, clock.now())
    return labels
