"""An answer as it may be shown: every value a text or nothing, small counts hidden.

A line whose cases are hidden shows nothing else, for all of it would be of these few. The words of
columns are the pages'. Neighbours: `reading` answers, `suppression` says what is hidden.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kiosk.cases.afterwards import BAD, GRADES
from kiosk.cases.help.services import SERVICES
from kiosk.figures.handling import DAY
from kiosk.figures.promises import median, tells_of_few
from kiosk.figures.reading import Answer, Line
from kiosk.figures.suppression import FEWEST, hidden, is_small, must_hide_sum
from kiosk.figures.tally import Tally, quantile

#: Stands for a count that is hidden because it is small, and for one beside such.
FEW, BESIDE = f"<{FEWEST}", "…"
NOTHING = "–"

Value = float | str


#: The two counts that a share is made of: those it is the share of, and the rest. The rest is None
#: where it is no count of anything that happened.
Parts = tuple[int, int | None]


@dataclass(frozen=True, slots=True)
class Column:
    """One measure: a count, a share of one, a time in working days or in minutes, a promise.

    A share has `parts`, None where there is nothing to share.
    """

    name: str
    kind: str
    of: Callable[[Line], float | None]
    parts: Callable[[Line], Parts | None] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A line with what may be shown of it: numbers, or `FEW`, `BESIDE`, `NOTHING`."""

    key: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of an answer and the sum of all."""

    rows: tuple[Row, ...]
    total: Row

    def of_total(self, name: str) -> Value:
        """Return one value of the sum by its column's name."""
        return self.total.values[[column.name for column in COLUMNS].index(name)]


def helped(tally: Tally) -> int:
    """Return how many help services were given, of all kinds."""
    return sum(count for name, count in tally.numbers.items() if name.startswith("help_"))


def rated(tally: Tally) -> int:
    """Return how many ratings were given."""
    return sum(tally[f"rated_{grade}"] for grade in GRADES)


def _coverage(line: Line) -> float | None:
    return line.used / line.offered if line.offered and line.used is not None else None


def _covered(line: Line) -> Parts | None:
    """Return the pairs that are used; that one is not used tells of nobody."""
    return (line.used, None) if line.offered and line.used is not None else None


def _share(name: str, part: Callable[[Tally], int], whole: Callable[[Tally], int]) -> Column:
    """Return the column of a share, of which there is none of too few to say."""

    def of(line: Line) -> float | None:
        count = whole(line.tally)
        return part(line.tally) / count if count >= FEWEST else None

    def parts(line: Line) -> Parts:
        return part(line.tally), whole(line.tally) - part(line.tally)

    return Column(name, "share", of, parts)


def _time(share_of: float) -> Callable[[Line], float | None]:
    def of(line: Line) -> float | None:
        seconds = quantile(line.tally.handling, share_of)
        return seconds / DAY if seconds is not None and line.tally["handled"] >= FEWEST else None

    return of


def _promise(line: Line) -> float | None:
    """Return the median promise, of no fewer cases than a time is of."""
    return median(line.promises) if line.promises.total() >= FEWEST else None


def _waiting(line: Line) -> float | None:
    seconds = quantile(line.tally.waiting, 0.5)
    return seconds / 60 if seconds is not None and line.tally["served"] >= FEWEST else None


def _compressed(line: Line) -> float | None:
    """By how much the average handling time is below the average baseline of the same cases."""
    tally = line.tally
    if tally["compared"] < FEWEST or not tally["baseline_seconds"]:
        return None
    return 1 - tally["compared_seconds"] / tally["baseline_seconds"]


def _good(tally: Tally) -> int:
    return rated(tally) - sum(tally[f"rated_{grade}"] for grade in BAD)


COLUMNS: Sequence[Column] = (
    Column("cases", "count", lambda line: line.tally["cases"]),
    Column("coverage", "share", _coverage, _covered),
    Column("calls", "count", lambda line: line.tally["calls"]),
    Column("promise", "promise", _promise),
    Column("median", "days", _time(0.5)),
    Column("p90", "days", _time(0.9)),
    _share("in_time", lambda tally: tally["in_time"], lambda tally: tally["promised"]),
    Column("compressed", "share", _compressed),
    _share("returned", lambda tally: tally["returned"], lambda tally: tally["cases"]),
    _share("kept", lambda tally: tally["kept"], lambda tally: tally["kept"] + tally["lapsed"]),
    Column("help", "count", lambda line: helped(line.tally)),
    _share("satisfied", _good, rated),
    Column("waiting", "minutes", _waiting),
)


def table(answer: Answer) -> Table:
    """Return what may be shown of an answer."""
    columns = [_shown(column, answer.lines, answer.total) for column in COLUMNS]
    cases = columns[0]
    rows = tuple(
        Row(line.key, _of_line([column[place] for column in columns], cases[place]))
        for place, line in enumerate(answer.lines)
    )
    last = len(answer.lines)
    return Table(rows, Row("", tuple(column[last] for column in columns)))


def help_by_kind(answer: Answer) -> list[tuple[str, Value]]:
    """Return how much help of each kind was given, and the sum of all as the last (no kind)."""
    numbers = answer.total.tally
    told = counts_shown([numbers[f"help_{kind}"] for kind in SERVICES])
    return list(zip([*SERVICES, ""], told, strict=True))


def counts_shown(counts: Sequence[int]) -> list[Value]:
    """Return what may be shown of a column of counts, with its sum as the last."""
    gone = hidden(counts)
    told: list[Value] = [
        (FEW if is_small(count) else BESIDE) if is_gone else count
        for count, is_gone in zip(counts, gone, strict=True)
    ]
    whole = sum(counts)
    few = FEW if is_small(whole) else BESIDE
    return [*told, few if must_hide_sum(counts, gone) else whole]


def side_by_side(tables: Sequence[Table]) -> list[Table]:
    """Return tables of the same cases so that no sum hidden in one can be had from another."""
    for place, column in enumerate(COLUMNS):
        if column.kind == "count" and any(_is_hidden(each.total, place) for each in tables):
            tables = [_without_sum(each, place) for each in tables]
    return list(tables)


def _is_hidden(row: Row, place: int) -> bool:
    return row.values[place] in (FEW, BESIDE)


def _without_sum(shown: Table, place: int) -> Table:
    """Return a table whose sum of one column is hidden, and a count that it could be had from."""
    total = shown.total
    if not _is_hidden(total, place):
        total = Row(total.key, _put(total.values, place))
    rows = list(shown.rows)
    told = [
        (count, number)
        for number, row in enumerate(rows)
        if not isinstance(count := row.values[place], str) and count
    ]
    if told and not any(_is_hidden(row, place) for row in rows):
        row = rows[min(told)[1]]
        values = _put(row.values, place)
        rows[min(told)[1]] = Row(row.key, values if place else _of_line(values, BESIDE))
    return Table(tuple(rows), total)


def _put(values: Sequence[Value], place: int) -> tuple[Value, ...]:
    return (*values[:place], BESIDE, *values[place + 1 :])


def shown_alone(column: Column, line: Line) -> Value:
    """Return what may be shown of a line that stands beside no sum."""
    return _shown(column, (line,), line)[0]


def _shown(column: Column, lines: Sequence[Line], total: Line) -> list[Value]:
    """Return what may be shown of a column: of each line, and of the sum as the last."""
    if column.kind == "count":
        return counts_shown([int(column.of(line) or 0) for line in lines])
    every = (*lines, total)
    values = [column.of(line) for line in every]
    told: list[Value] = [NOTHING if value is None else value for value in values]
    if column.kind == "promise":
        return [
            BESIDE if tells_of_few(line.promises) and value != NOTHING else value
            for line, value in zip(every, told, strict=True)
        ]
    for counts in _made_of(column, every):
        gone = hidden(counts[:-1])
        of_sum = is_small(counts[-1]) or must_hide_sum(counts[:-1], gone)
        told = [
            BESIDE if is_gone and value != NOTHING else value
            for value, is_gone in zip(told, (*gone, of_sum), strict=True)
        ]
    return told


def _made_of(column: Column, lines: Sequence[Line]) -> list[list[int]]:
    """Return the counts that a column's shares are made of: the list of parts, and that of rests.

    A share is as good as these: it is hidden where one of them were, each in a column of its own.
    """
    if column.parts is None:
        return []
    found = [column.parts(line) or (0, 0) for line in lines]
    return [[part for part, _ in found], [rest or 0 for _, rest in found]]


def _of_line(values: Sequence[Value], cases: Value) -> tuple[Value, ...]:
    if isinstance(cases, str):
        # Many cases may be hidden beside few: of those it is not said that they are too few.
        return (cases, *(BESIDE if cases == BESIDE else NOTHING for _ in values[1:]))
    return tuple(values)
