"""The charts of a table of figures: columns over time, and bars lying down for all other lines.

They draw what the table may show and nothing else; what is hidden has no bar and says so.
Neighbours: `statistics` and `figures` are the pages, `kiosk.pages.charts` reckons the geometry.
"""

from collections.abc import Callable
from dataclasses import dataclass

from forms.definition import Text
from kiosk.figures import words
from kiosk.figures.reading import OVER_TIME
from kiosk.figures.suppression import FEWEST
from kiosk.figures.table import BESIDE, COLUMNS, FEW, NOTHING, Row, Table, Value
from kiosk.pages import charts
from kiosk.pages.presentation import in_words

#: As many lines are drawn lying down; the others are in the table.
MOST_LYING = 20

_LARGEST = Text("由多到少。", "Largest first.")
_LONGEST = Text(
    "由长到短；竖线是中位承诺时限。", "Longest first; the upright mark is the median promise."
)
#: What is read in place of a bar.
_UNTOLD = {
    FEW: Text(f"少于 {FEWEST}，不显示", f"fewer than {FEWEST}, not shown"),
    BESIDE: Text("不显示", "not shown"),
    NOTHING: Text("没有，或太少", "none, or too few"),
}


@dataclass(frozen=True, slots=True)
class Lying:
    """One line of a chart that lies: its value in words, what was promised, and where it leads."""

    name: str
    way: str | None
    told: Text
    promised: Text | None
    bar: charts.LyingBar


@dataclass(frozen=True, slots=True)
class LyingChart:
    """Lines, the largest first and the hidden ones last; how they lie, and what is left out."""

    name: Text
    order: Text
    lines: tuple[Lying, ...]
    rest: Text | None


Standing = tuple[Text, charts.Chart, list[str]]


def over_time(shown: Table, by: str, name: Callable[[Row], str]) -> list[Standing]:
    """Return charts of cases and of handling time over time; none of one bar alone."""
    if by not in OVER_TIME or len(shown.rows) < 2:
        return []
    found = []
    for place, column in enumerate(COLUMNS):
        if column.name not in {"cases", "median"}:
            continue
        values = [row.values[place] for row in shown.rows]
        labels = [
            f"{name(row)}: {in_words(words.written(column, row.values[place]))}"
            for row in shown.rows
        ]
        chart = charts.columns([_number(value) for value in values], labels)
        axis = [in_words(words.written(column, value)) for _, value in chart.lines]
        found.append((words.COLUMN_NAMES[column.name], chart, axis))
    return found


def lying(
    shown: Table,
    by: str,
    name: Callable[[Row], str],
    into: Callable[[Row], str | None],
) -> list[LyingChart]:
    """Return charts of cases and of handling time, a bar for each station, department or item.

    There is none over time, of one line alone, and of a column that is hidden as a whole.
    """
    if by in OVER_TIME or len(shown.rows) < 2:
        return []
    found = [_lying(shown, each, name, into) for each in ("cases", "median")]
    return [chart for chart in found if chart is not None]


def _lying(
    shown: Table, of: str, name: Callable[[Row], str], into: Callable[[Row], str | None]
) -> LyingChart | None:
    columns = {column.name: (place, column) for place, column in enumerate(COLUMNS)}
    place, column = columns[of]
    rows = _largest_first(shown, place)[:MOST_LYING]
    numbers = [_number(row.values[place]) for row in rows]
    if not any(numbers):
        return None
    promises = [row.values[columns["promise"][0]] if of == "median" else NOTHING for row in rows]
    marks = [
        _number(promise) if number is not None else None
        for promise, number in zip(promises, numbers, strict=True)
    ]
    lines = tuple(
        Lying(
            name(row),
            into(row),
            _UNTOLD.get(str(row.values[place])) or words.written(column, row.values[place]),
            words.promised(mark) if mark is not None else None,
            bar,
        )
        for row, mark, bar in zip(rows, marks, charts.lying(numbers, marks), strict=True)
    )
    order = _LONGEST if of == "median" else _LARGEST
    return LyingChart(words.COLUMN_NAMES[of], order, lines, _rest(len(shown.rows) - len(rows)))


def _largest_first(shown: Table, place: int) -> list[Row]:
    """Return the rows, the hidden ones last in the table's order, which tells nothing of them."""

    def rank(row: Row) -> float:
        number = _number(row.values[place])
        return 1.0 if number is None else -number

    return sorted(shown.rows, key=rank)


def _rest(count: int) -> Text | None:
    return Text(f"表格里还有 {count} 行。", f"And {count} more in the table.") if count else None


def _number(value: Value) -> float | None:
    return None if isinstance(value, str) else float(value)
