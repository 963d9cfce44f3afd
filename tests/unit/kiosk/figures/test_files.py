"""An export of many cells goes out whole in portions, or says that it is not whole."""

import csv
import io
from datetime import date

import pytest

from forms.definition import Text
from kiosk.errors import Invalid
from kiosk.figures import files
from kiosk.figures.baselines import BadBaselines, read
from kiosk.figures.model import CELLS, DAY
from kiosk.figures.reading import Question
from kiosk.figures.tally import Tally
from sync import bulk
from tests.builders.machines import Machine

QUESTION = Question(date(2026, 1, 1), date(2026, 1, 1))
ROWS = 4_500
ITEM = "MZ-001"


def exported(hall: Machine, longest: float, items: frozenset[str] | None = None) -> list[list[str]]:
    head = ["day", "station", "item"]
    with hall.reading() as session:
        told = files.export(session, QUESTION, items, DAY, _english, head, {ITEM: 20.0}, longest)
        return list(csv.reader(io.StringIO("".join(told).removeprefix("\ufeff"))))


def _english(text: Text | str | None) -> str:
    return text.en if isinstance(text, Text) else str(text or "")


def test_every_cell_is_exported_once_in_portions(hall: Machine) -> None:
    _fill(hall)
    lines = exported(hall, 60.0)[1:]
    assert len(lines) == ROWS
    assert len({tuple(line[:3]) for line in lines}) == ROWS


def test_a_cell_says_what_its_item_promises(hall: Machine) -> None:
    _fill(hall)
    head, first, *_ = exported(hall, 60.0)
    assert first[head.index("Median promise, working days, 0 on the spot")] == "20.0"


def test_an_export_that_takes_too_long_ends_and_says_so(a_hall) -> None:
    hall = a_hall()
    _fill(hall)
    lines = exported(hall, -1.0)
    assert 1 < len(lines) - 2 < ROWS
    assert lines[-1] == [files.CUT.en]


def test_a_workbook_of_more_lines_than_a_sheet_holds_is_refused_and_names_the_bound() -> None:
    lines = [("day", "cases"), ("1", 2.0), ("2", 3.0)]
    assert files.workbook(iter(lines), "t", most=3)[:2] == b"PK"
    with pytest.raises(Invalid) as refusal:
        files.workbook(iter(lines), "t", most=2)
    assert "2 lines at most" in refusal.value.message.en
    assert files.MOST_LINES == 1_048_576


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("[]", "object"),
        ('{"MZ-001": 3}', "MZ-001"),
        ('{"MZ-001": {"working_days": 0, "source": {"zh": "a", "en": "b"}}}', "working_days"),
        ('{"MZ-001": {"working_days": 3, "source": {"zh": "a"}}}', "zh and en"),
        ("{", "baselines.json"),
    ],
)
def test_baselines_that_cannot_be_used_are_refused_by_name(tmp_path, written, named) -> None:
    file = tmp_path / "baselines.json"
    file.write_text(written)
    with pytest.raises(BadBaselines, match=named):
        read(file)


def _fill(hall: Machine) -> None:
    tally = Tally()
    tally.numbers["cases"] = 7
    rows = [
        {
            "grain": DAY,
            "begins": date(2026, 1, 1 + number % 30),
            "station_code": f"{number // 30:012}",
            "item": ITEM,
            "cases": 7,
            "counts": tally.dumped(),
        }
        for number in range(ROWS)
    ]
    with hall.writing() as session:
        bulk.insert(session, CELLS, rows)
