"""One case and one service of help of the made-up year. Pure. Neighbours: `plan` makes them."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(slots=True)
class Planned:
    """One case that will be handed in, and what becomes of it."""

    station: str
    item: str
    at: datetime
    #: approve, refuse or withdraw.
    outcome: str = "approve"
    is_returned: bool = False
    defers: bool = False
    brings_it: bool = True
    #: The last day for what it defers.
    bring_by: date | None = None
    calls: int = 0
    grade: int | None = None
    #: How long it is handled (seconds on working days).
    handling: float = 0.0
    is_helped: bool = False
    #: The code of the bundle it comes in, and which of the year's bundles that is, from 1.
    bundle: str = ""
    group: int = 0


@dataclass(frozen=True, slots=True)
class Helped:
    """One service of help beside the cases."""

    station: str
    item: str
    kind: str
    at: datetime
