"""Many terminals of a hall at once, as rows: for what looks at all of them.

Neighbour: `machines` enrols real ones, one at a time.
"""

from datetime import datetime
from typing import Any

from kiosk import clock
from sync.envelope import GENESIS
from sync.ledger import Terminal
from sync.tables import table_of
from tests.builders.machines import STATION, Machine


def a_fleet(hall: Machine, count: int, seen: datetime, **more: Any) -> list[str]:
    """Add approved terminals that were seen at an instant; return their numbers."""
    first = 200_000
    numbers = [str(first + each) for each in range(count)]
    rows = [
        {
            "terminal_id": clock.new_id(),
            "number": number,
            "station_code": STATION,
            "station_name": f"站点{number}",
            "public": f"{number:0>128}",
            "standing": "approved",
            "enrolled_at": seen,
            "last_seen": seen,
            "cursor_digest": GENESIS,
            **more,
        }
        for number in numbers
    ]
    with hall.writing() as session:
        session.execute(table_of(Terminal).insert(), rows)
    return numbers
