"""Reading a workbook that anybody may have made, as rows of texts.

Nothing is unpacked before its size is known, no entity is resolved, no link followed and no
formula computed: a formula is the text that was typed. Must not know XLSForm. Imports openpyxl,
an author's tool. Neighbours: `importing` understands the rows.
"""

import datetime
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl

from forms.xlsform.columns import Row

LARGEST_FILE = 5_000_000
LARGEST_UNPACKED = 40_000_000
MOST_PARTS, MOST_SHEETS = 200, 30
MOST_ROWS, MOST_COLUMNS = 10_000, 200


class Unreadable(Exception):
    """A file that is no workbook, or not one that may be opened; the message says why."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a sheet that is not empty: its number (from 1) and its cells by head."""

    number: int
    cells: Row


def read_workbook(content: bytes) -> dict[str, list[Line]]:
    """Return the rows of every sheet by its name in lower case; raises Unreadable."""
    _look_inside(content)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        if len(book.worksheets) > MOST_SHEETS:
            raise Unreadable(f"the workbook has more than {MOST_SHEETS} sheets")
        return {sheet.title.strip().lower(): list(_lines(sheet)) for sheet in book.worksheets}
    except (ParseError, LookupError, TypeError, ValueError, AttributeError, OSError) as error:
        raise Unreadable(f"not a workbook that can be read ({type(error).__name__})") from error
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise Unreadable("the file is damaged") from error


def _look_inside(content: bytes) -> None:
    if len(content) > LARGEST_FILE:
        raise Unreadable(f"the file is larger than {LARGEST_FILE:,} bytes")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        parts = archive.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
            raise Unreadable("the file unpacks to more than a form needs")
        for part in parts:
            if part.filename.startswith("xl/externalLinks/"):
                raise Unreadable("the workbook is linked to other workbooks; remove the links")
            # No more comes out than the size that was just added up.
            if part.filename.endswith((".xml", ".rels")):
                _refuse_entities(archive.read(part))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise Unreadable("the file is no workbook (.xlsx), damaged or locked") from error


def _refuse_entities(part: bytes) -> None:
    # Office writes UTF-8; another encoding could hide a declaration from this search.
    if b"\0" in part[:64] or b"<!DOCTYPE" in part or b"<!ENTITY" in part:
        raise Unreadable("the workbook declares entities, which Office never does")


def _lines(sheet: Any) -> Iterator[Line]:
    # What a sheet says of its own size is not to be trusted.
    sheet.reset_dimensions()
    heads: list[str] = []
    for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS), start=1):
        if number > MOST_ROWS:
            raise Unreadable(f"the sheet '{sheet.title}' has more than {MOST_ROWS:,} rows")
        cells = [_text(cell.value) for cell in row]
        if not heads:
            heads = cells
            continue
        found = {head: cell for head, cell in zip(heads, cells, strict=False) if head and cell}
        if found:
            yield Line(number, found)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, str):
        return value.strip().replace("_x000D_", "")
    return str(value)
