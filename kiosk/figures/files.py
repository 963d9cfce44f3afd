"""Figures as files for a spreadsheet: a table as CSV or XLSX, and all cells of a period as CSV.

No cell can be taken for a formula. What may be large goes out line by line. Neighbours: `table` has
what may be shown, `kiosk.cases.help.counting` writes cells of CSV.
"""

import io
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

import xlsxwriter
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk.cases.help.counting import as_csv
from kiosk.errors import FieldProblem, Invalid
from kiosk.figures import words
from kiosk.figures.model import ALL, Cell
from kiosk.figures.promises import Promised
from kiosk.figures.reading import Line, Question
from kiosk.figures.suppression import is_small
from kiosk.figures.table import COLUMNS, FEW, NOTHING, Column, Row, Table, Value, shown_alone
from kiosk.figures.tally import loaded

#: Cells of an export are read in portions, each by its own query from where the last one ended.
_PORTION = 2000
#: Somebody waits for an export so long at most (seconds); it then says that it is not whole.
LONGEST_SECONDS = 300.0
#: Columns that are about one station and item alone; the others need several.
_OF_A_CELL = tuple(column for column in COLUMNS if column.name not in {"coverage", "waiting"})

#: Lines of a sheet of Excel (XLSX), the head among them; of a longer CSV it shows no more either.
MOST_LINES = 1_048_576

CUT = Text(
    "导出时间太长，到此为止，内容不完整；请缩短时间段再导出。",
    "This took too long and ends here; it is not whole. Please export a shorter period.",
)

InWords = Callable[[Text | str | None], str]


def lines(
    shown: Table, first: str, name: Callable[[Row], str], say: InWords
) -> Iterator[tuple[float | str, ...]]:
    """Yield the lines of a table: its head, a line for each row, and the sum."""
    yield (first, *(say(words.head(column)) for column in COLUMNS))
    for row in shown.rows:
        yield (name(row), *_plain(COLUMNS, row.values))
    yield (say(words.TOTAL), *_plain(COLUMNS, shown.total.values))


def csv(told: Iterator[tuple[float | str, ...]]) -> str:
    """Return lines as CSV (RFC 4180) with a mark by which spreadsheets know that it is UTF-8."""
    return as_csv([tuple(line) for line in told])


def workbook(told: Iterator[tuple[float | str, ...]], title: str, most: int = MOST_LINES) -> bytes:
    """Return lines as a workbook (XLSX): numbers as numbers, texts as texts and never formulas.

    Invalid for more than `most` lines, which a sheet cannot hold: never one that is cut.
    """
    made = io.BytesIO()
    settings = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(made, settings) as book:
        sheet, bold = book.add_worksheet(title), book.add_format({"bold": True, "text_wrap": True})
        sheet.set_column(0, 0, 28)
        sheet.set_column(1, len(COLUMNS), 14)
        sheet.freeze_panes(1, 1)
        for number, line in enumerate(told):
            if number >= most:
                raise _too_long(most)
            for place, value in enumerate(line):
                shape = bold if number == 0 else None
                if isinstance(value, str):
                    sheet.write_string(number, place, value, shape)
                else:
                    sheet.write_number(number, place, value, shape)
    return made.getvalue()


def _too_long(most: int) -> Invalid:
    message = Text(
        f"一张 Excel 表最多 {most:,} 行，这里放不下；请缩短时间段，或存为 CSV。",
        f"A sheet of Excel holds {most:,} lines at most, and this is more. Please choose a shorter "
        "period, or save it as CSV.",
    )
    return Invalid("workbook_too_long", message, (FieldProblem("to", "too_long", message),))


def export(
    session: Session,
    question: Question,
    items: frozenset[str] | None,
    grain: str,
    say: InWords,
    head: Sequence[str],
    promised: Mapping[str, float],
    longest: float = LONGEST_SECONDS,
) -> Iterator[str]:
    """Yield all cells of a period by station and item as CSV, of these items or (None) of all.

    ``promised`` are the working days that the catalogue promises, by item. Small counts are hidden,
    and with them all else of the cell. Holds one portion at a time, and ends with a line that says
    so after ``longest`` seconds.
    """
    yield as_csv([(*head, *(say(words.head(column)) for column in _OF_A_CELL))])
    ends, last = time.monotonic() + longest, None
    while portion := _portion(session, question, items, grain, last):
        yield as_csv([_exported(cell, promised) for cell in portion]).removeprefix("\ufeff")
        last = (portion[-1].begins, portion[-1].station_code, portion[-1].item)
        if time.monotonic() > ends:
            yield as_csv([(say(CUT),)]).removeprefix("\ufeff")
            return


def _portion(
    session: Session,
    question: Question,
    items: frozenset[str] | None,
    grain: str,
    last: tuple[date, str, str] | None,
) -> Sequence[Cell]:
    query = select(Cell).where(
        Cell.grain == grain,
        Cell.begins >= question.first,
        Cell.begins < question.after,
        Cell.station_code == question.station if question.station else Cell.station_code != ALL,
        Cell.item != ALL if items is None else Cell.item.in_(sorted(items)),
    )
    if last is not None:
        query = query.where(tuple_(Cell.begins, Cell.station_code, Cell.item) > last)
    query = query.order_by(Cell.begins, Cell.station_code, Cell.item).limit(_PORTION)
    found = session.scalars(query).all()
    session.expunge_all()
    # No transaction stands open while a slow reader takes these.
    session.rollback()
    return found


def _exported(cell: Cell, promised: Mapping[str, float]) -> tuple[object, ...]:
    promises = _promises(cell, promised)
    line = Line("", loaded(cell.counts), promises=promises)
    place = (cell.begins.isoformat(), cell.station_code, cell.item)
    if is_small(cell.cases):
        return (*place, FEW, *(NOTHING for _ in _OF_A_CELL[1:]))
    values = [shown_alone(column, line) for column in _OF_A_CELL]
    return (*place, *_plain(_OF_A_CELL, values))


def _promises(cell: Cell, promised: Mapping[str, float]) -> Counter[Promised]:
    days = promised.get(cell.item)
    return Counter() if days is None else Counter({(days, cell.item): cell.cases})


def _plain(columns: Sequence[Column], values: Sequence[Value]) -> tuple[float | str, ...]:
    return tuple(words.plain(column, value) for column, value in zip(columns, values, strict=True))
