"""A share is hidden where a count that it is made of would be: one rule for all that is small."""

from datetime import date

from kiosk.figures.reading import Answer, Line, Question
from kiosk.figures.table import BESIDE, COLUMNS, NOTHING, Table, table
from kiosk.figures.tally import Tally

QUESTION = Question(date(2026, 1, 1), date(2026, 12, 1), "item")


def line(key: str, used: int, **numbers: int) -> Line:
    tally = Tally()
    tally.numbers.update(numbers)
    return Line(key, tally, used, 110)


def shown(*lines: Line) -> Table:
    whole = Line("", Tally(), sum(each.used or 0 for each in lines), 110 * len(lines))
    for each in lines:
        whole.tally.add(each.tally)
    return table(Answer(QUESTION, lines, whole))


def column(told: Table, name: str) -> list[object]:
    rows = [told.rows[place].key for place in range(len(told.rows))]
    names = [each.name for each in COLUMNS]
    assert rows
    return [row.values[names.index(name)] for row in (*told.rows, told.total)]


def test_a_rate_of_few_pairs_is_hidden_though_the_cases_are_many() -> None:
    told = shown(line("a", 1, cases=40))
    assert column(told, "coverage") == [BESIDE, BESIDE], "0.91 % would say that it is one"
    assert column(shown(line("a", 60, cases=99)), "coverage") == [60 / 110, 60 / 110]


def test_a_hidden_rate_cannot_be_had_from_the_others_and_the_sum() -> None:
    told = shown(*(line(key, used, cases=60) for key, used in (("a", 1), ("b", 30), ("c", 50))))
    assert column(told, "coverage") == [BESIDE, BESIDE, 50 / 110, 81 / 330]


def test_a_share_of_few_and_one_that_all_but_few_have_are_hidden() -> None:
    few = shown(line("a", 9, cases=50, returned=1))
    all_but_few = shown(line("a", 9, cases=50, promised=50, in_time=48))
    assert column(few, "returned") == [BESIDE, BESIDE]
    assert column(all_but_few, "in_time") == [BESIDE, BESIDE]


def test_a_share_of_none_of_all_or_of_many_is_shown() -> None:
    told = shown(line("a", 9, cases=50, returned=0, promised=40, in_time=40))
    assert (column(told, "returned")[0], column(told, "in_time")[0]) == (0.0, 1.0)
    assert column(shown(line("a", 9, cases=50, returned=10)), "returned")[0] == 0.2
    assert column(shown(line("a", 9, cases=50)), "in_time")[0] == NOTHING, "nothing was promised"
