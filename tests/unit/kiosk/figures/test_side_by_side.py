"""Two tables of the same cases on one page: what one hides is not told by the other."""

from datetime import date

from kiosk.figures.reading import Answer, Line, Question
from kiosk.figures.table import BESIDE, FEW, Table, side_by_side, table
from kiosk.figures.tally import Tally

QUESTION = Question(date(2026, 1, 1), date(2026, 12, 1))


def shown(*counts: int) -> Table:
    lines = [Line(f"{number}", cases(count)) for number, count in enumerate(counts)]
    return table(Answer(QUESTION, tuple(lines), Line("", cases(sum(counts)))))


def cases(count: int) -> Tally:
    tally = Tally()
    tally.numbers["cases"] = count
    return tally


def column(told: Table) -> list[object]:
    return [row.values[0] for row in (*told.rows, told.total)]


def test_a_sum_hidden_in_one_table_is_hidden_in_the_other_and_cannot_be_added_up() -> None:
    by_department, by_month = shown(4, 4), shown(8)
    assert column(by_month) == [8, 8], "by itself it tells what the other hides"
    months, departments = side_by_side([by_month, by_department])
    assert column(departments) == [FEW, FEW, BESIDE]
    assert column(months) == [BESIDE, BESIDE]
    assert set(months.rows[0].values[1:]) == {BESIDE}


def test_tables_that_hide_no_sum_stay_as_they_are() -> None:
    tables = [shown(8, 20), shown(3, 25)]
    assert side_by_side(tables) == tables
