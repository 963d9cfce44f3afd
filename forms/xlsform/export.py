"""A definition as the bytes of an XLSForm workbook (.xlsx).

Imports xlsxwriter, which is an author's tool: only the command line's module for it may import
this. Must not know rules. Neighbours: `rows` makes the tables.
"""

import datetime
import io
from collections.abc import Sequence

import xlsxwriter

from forms.xlsform.columns import CHOICES, OWN_HEADS, OWN_SHEET, SETTINGS, SURVEY, NotCarried, Row
from forms.xlsform.rows import Document, Lists, sheets_of

LONGEST_CELL = 32_767
MADE = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC).replace(tzinfo=None)


def export(document: Document, lists: Lists) -> tuple[bytes, list[NotCarried]]:
    """Return the workbook of an expanded item, and what could not be written in it.

    `lists` are the choice lists the item may name, as lists of {code, zh, en}. The same item
    gives the same bytes.
    """
    sheets = sheets_of(document, lists)
    file = io.BytesIO()
    plain = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(file, {**plain, "strings_to_numbers": False})
    book.set_properties({"created": MADE})
    head = book.add_format({"bold": True, "bg_color": "#E7F6EE"})
    tables: Sequence[tuple[str, Sequence[str], Sequence[Row]]] = (
        ("survey", SURVEY, sheets.survey),
        ("choices", CHOICES, sheets.choices),
        ("settings", SETTINGS, sheets.settings),
        (OWN_SHEET, OWN_HEADS, sheets.own),
    )
    for name, columns, rows in tables:
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(columns) - 1, 24)
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column, head)
        for number, row in enumerate(rows, start=1):
            for place, column in enumerate(columns):
                if column in row:
                    sheets.report.extend(_too_long(name, number + 1, column, row[column]))
                    sheet.write_string(number, place, row[column][:LONGEST_CELL])
    book.close()
    return file.getvalue(), sheets.report


def _too_long(sheet: str, row: int, column: str, cell: str) -> list[NotCarried]:
    if len(cell) <= LONGEST_CELL:
        return []
    return [NotCarried(sheet, row, column, f"a cell holds at most {LONGEST_CELL} characters")]
