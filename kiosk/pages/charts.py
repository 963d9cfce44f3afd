"""Charts as plain geometry, drawn by a template as SVG: no script, no style of their own.

A chart is a picture of the numbers beside it, for the eye alone. Knows no figures and no words.
Neighbour: `hall/charts.html` draws what is reckoned here.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

#: The drawing's own units; the page scales it.
WIDTH, HEIGHT = 1000.0, 200.0
#: Share of a place that its bar leaves free.
_FREE = 0.28


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; `height` 0 and `is_known` False where there is no value."""

    x: float
    y: float
    width: float
    height: float
    label: str
    is_known: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars from left to right, and the lines behind them with the value of each."""

    bars: tuple[Bar, ...]
    lines: tuple[tuple[float, float], ...]
    width: float = WIDTH
    height: float = HEIGHT


def columns(values: Sequence[float | None], labels: Sequence[str]) -> Chart:
    """Return a chart with a bar for each value, from 0 up to a round number above the largest."""
    top = ceiling(max((value for value in values if value is not None), default=0.0))
    place = WIDTH / max(1, len(values))
    bars = []
    for number, (value, label) in enumerate(zip(values, labels, strict=True)):
        height = HEIGHT * (value or 0.0) / top
        bars.append(
            Bar(
                round(place * (number + _FREE / 2), 2),
                round(HEIGHT - height, 2),
                round(place * (1 - _FREE), 2),
                round(height, 2),
                label,
                value is not None,
            )
        )
    return Chart(tuple(bars), tuple((HEIGHT * (1 - part), top * part) for part in (1.0, 0.5)))


def ceiling(value: float) -> float:
    """Return the first of 1, 2, 4, 5, 10 times a power of ten that is no less than a value."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 5, 10) if step * power >= value * (1 - 1e-9))


@dataclass(frozen=True, slots=True)
class LyingBar:
    """A bar from the left, with a mark across it; each None where there is no value."""

    length: float | None
    mark: float | None
    width: float = WIDTH


def lying(values: Sequence[float | None], marks: Sequence[float | None]) -> list[LyingBar]:
    """Return a bar and its mark for each value; the largest of both reaches the end."""
    top = max((each for each in (*values, *marks) if each is not None), default=0.0) or 1.0
    return [
        LyingBar(_length(value, top), _length(mark, top))
        for value, mark in zip(values, marks, strict=True)
    ]


def _length(value: float | None, top: float) -> float | None:
    return None if value is None else round(WIDTH * value / top, 2)
