"""Workbooks as other people make them: sheets of rows, and files that mean harm."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl
import xlsxwriter

Table = Sequence[Sequence[object]]


def a_workbook(**sheets: Table) -> bytes:
    """A workbook with these sheets; the first row of each holds the heads."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return file.getvalue()


def a_survey(*rows: Mapping[str, str], **sheets: Table) -> bytes:
    """A workbook whose sheet `survey` has these rows."""
    heads = list(dict.fromkeys(head for row in rows for head in row))
    table = [heads, *([row.get(head, "") for head in heads] for row in rows)]
    return a_workbook(survey=table, **sheets)


def changed(content: bytes, name: str, column: str, cell: str, sheet: str = "survey") -> bytes:
    """The workbook with one cell changed: the row called `name`, the column headed `column`."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    rows: Any = book[sheet]
    heads = [cell.value for cell in rows[1]]
    named = heads.index("name" if sheet != "jishiban" else "key") + 1
    for number in range(2, rows.max_row + 1):
        if rows.cell(number, named).value == name:
            rows.cell(number, heads.index(column) + 1).value = cell or None
            break
    else:
        raise KeyError(name)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    """The workbook with one part put in or replaced."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", 8) as new:
        for each in old.namelist():
            if each != name:
                new.writestr(each, old.read(each))
        new.writestr(name, part)
    return file.getvalue()


def part_of(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name)
