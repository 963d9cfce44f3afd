"""Small drawings of terminals: the bar of 24 hours, columns of hours, points on a map.

They are numbers and paths; templates make SVG of them. Neighbours: `pulse` has the signs.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.hall.pulse import SLOTS, TROUBLED, WELL

BAR_HEIGHT = 10
CHART_HEIGHT = 60
_COLUMN, _GAP = 10, 2


@dataclass(frozen=True, slots=True)
class Bar:
    """The paths of a bar 96 wide and `BAR_HEIGHT` high, and how many quarter-hours were heard."""

    well: str
    troubled: str
    heard: int
    troubled_count: int


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a chart that is `CHART_HEIGHT` high."""

    x: int
    y: int
    width: int
    height: int
    count: int


def bar(pulse: str) -> Bar:
    """Return the drawing of a pulse of 96 signs."""
    troubled = pulse.count(TROUBLED)
    return Bar(_runs(pulse, WELL), _runs(pulse, TROUBLED), pulse.count(WELL) + troubled, troubled)


def columns(counts: Sequence[int]) -> list[Column]:
    """Return a column for each count; the largest fills the height, and one is never invisible."""
    most = max(counts, default=0) or 1
    return [
        Column(
            x=place * _COLUMN,
            y=CHART_HEIGHT - height,
            width=_COLUMN - _GAP,
            height=height,
            count=count,
        )
        for place, count in enumerate(counts)
        for height in [max(2, round(count * CHART_HEIGHT / most)) if count else 0]
    ]


def _runs(pulse: str, sign: str) -> str:
    """Return a path of boxes: neighbours are one box, so that a day like all others is short."""
    return "".join(
        f"M{run.start()} 0h{run.end() - run.start()}v{BAR_HEIGHT}h-{run.end() - run.start()}z"
        for run in re.finditer(f"{re.escape(sign)}+", pulse[-SLOTS:])
    )
