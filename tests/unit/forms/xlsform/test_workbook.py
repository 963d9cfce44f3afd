"""A workbook that means harm is refused in one clear line, before it costs anything."""

import io
import re
import zipfile

import pytest

from forms.xlsform.importing import import_form
from forms.xlsform.workbook import Unreadable, read_workbook
from tests.builders.workbooks import a_survey, a_workbook, part_of, with_part

ROW = {"type": "text", "name": "who", "label": "Who?"}
SHEET = "xl/worksheets/sheet1.xml"


def refused(content):
    with pytest.raises(Unreadable) as caught:
        import_form(content, {})
    return str(caught.value)


@pytest.mark.parametrize("content", [b"", b"PK", b"no workbook", b"PK\x03\x04" + b"\0" * 99])
def test_a_file_that_is_no_workbook(content):
    assert "no workbook" in refused(content)


def test_an_archive_that_is_no_workbook():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", "a")
    assert "not a workbook" in refused(file.getvalue())


def test_an_archive_that_unpacks_to_far_more():
    bomb = with_part(a_survey(ROW), "xl/media/bomb.xml", b"0" * 60_000_000)
    assert len(bomb) < 200_000
    assert "unpacks to more" in refused(bomb)


def test_an_archive_that_lies_about_its_size():
    bomb = with_part(a_survey(ROW), "xl/media/bomb.xml", b"0" * 60_000_000)
    told = (60_000_000).to_bytes(4, "little")
    assert "workbook" in refused(bomb.replace(told, (9).to_bytes(4, "little")))


def test_a_file_that_is_too_large():
    assert "larger than" in refused(b"0" * 5_000_001)


def test_a_hundred_thousand_rows():
    content = a_survey(ROW)
    head, row = part_of(content, SHEET).split(b'<row r="2"')
    row = b"<row" + row[row.index(b">") : row.index(b"</row>")] + b"</row>"
    rows = re.sub(rb' r="[A-Z0-9]+"', b"", row) * 100_000
    sheet = head + rows + b"</sheetData></worksheet>"
    assert "more than 10,000 rows" in refused(with_part(content, SHEET, sheet))


def test_a_last_row_far_below():
    content = a_survey(ROW)
    sheet = re.sub(rb'r="([A-C]?)2"', rb'r="\g<1>1000000"', part_of(content, SHEET))
    assert "more than 10,000 rows" in refused(with_part(content, SHEET, sheet))


@pytest.mark.parametrize("declared", [b'<!DOCTYPE x [<!ENTITY a "b">]>', b'<!ENTITY a "b">'])
def test_entities(declared):
    content = a_survey(ROW)
    sheet = part_of(content, SHEET).replace(b"<worksheet", declared + b"<worksheet", 1)
    assert "declares entities" in refused(with_part(content, SHEET, sheet))


def test_entities_in_another_encoding():
    content = a_survey(ROW)
    sheet = part_of(content, SHEET).decode().replace("UTF-8", "UTF-16").encode("utf-16")
    assert "declares entities" in refused(with_part(content, SHEET, sheet))


def test_links_to_other_workbooks():
    part = with_part(a_survey(ROW), "xl/externalLinks/externalLink1.xml", b"<externalLink/>")
    assert "linked to other workbooks" in refused(part)


def test_a_formula_is_the_text_that_was_typed():
    content = a_survey({**ROW, "label": "=1+1", "hint": "@SUM(A1)"})
    (line,) = read_workbook(content)["survey"]
    assert (line.cells["label"], line.cells["hint"]) == ("=1+1", "@SUM(A1)")


def test_a_computed_formula_is_not_computed():
    content = a_survey({**ROW, "label": "LABEL"})
    sheet = part_of(content, SHEET)
    cell = sheet[sheet.rindex(b"<c r=") : sheet.rindex(b"</c>") + 4]
    formula = b'<c r="C2"><f>WEBSERVICE("http://example.org")</f><v>7</v></c>'
    (line,) = read_workbook(with_part(content, SHEET, sheet.replace(cell, formula)))["survey"]
    assert line.cells["label"] == '=WEBSERVICE("http://example.org")'


def test_numbers_and_truths_are_texts():
    content = a_workbook(survey=[["type", "name", "label", "x"], ["text", "a", 18.0, True]])
    (line,) = read_workbook(content)["survey"]
    assert (line.cells["label"], line.cells["x"]) == ("18", "true")


def test_a_workbook_without_a_survey():
    assert "no sheet 'survey'" in refused(a_workbook(other=[["a"], ["b"]]))


def test_a_survey_without_types():
    assert "no sheet 'survey'" in refused(a_workbook(survey=[["name"], ["b"]]))
