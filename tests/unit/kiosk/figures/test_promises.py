"""The promise beside a handling time: the median over cases of what their items promise."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from itertools import product

import pytest

from forms.definition import Duration
from kiosk.figures import words
from kiosk.figures.model import ALL, DAY, MONTH, Cell
from kiosk.figures.promises import median, promised_days
from kiosk.figures.reading import GROUPINGS, Answer, Line, Question, ask
from kiosk.figures.table import BESIDE, COLUMNS, NOTHING, Value, table
from kiosk.figures.tally import Tally
from tests.builders.machines import STATION, Machine

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)
#: One with a time, and one that is done on the spot.
SLOW, QUICK = "MZ-001", "RS-001"
SLOW_DAYS = 20.0
#: Of no release that the hall has.
FOREIGN = "XX-999"
PLACE = [column.name for column in COLUMNS].index("promise")


def test_the_median_is_the_promise_that_half_of_the_cases_have_at_most() -> None:
    quick, middling, slow = (0.0, "A"), (5.0, "B"), (20.0, "C")
    assert median(Counter({quick: 5, slow: 4})) == 0.0
    assert median(Counter({quick: 4, middling: 1, slow: 4})) == 5.0
    assert median(Counter({quick: 4, slow: 5})) == 20.0
    assert median(Counter()) is None


def test_plain_days_count_five_for_a_week() -> None:
    assert Duration(7, "days").in_working_days == pytest.approx(5)
    assert Duration(7, "working_days").in_working_days == 7


@pytest.mark.parametrize("by", GROUPINGS)
def test_lines_of_items_have_their_cases_with_what_they_promise_and_the_sum_always_has(
    hall: Machine, by: str
) -> None:
    promised = promised_days(hall.parts.catalogue)
    assert (promised[SLOW], promised[QUICK]) == (SLOW_DAYS, 0.0)
    with hall.writing() as session:
        for month, cases in ((JANUARY, (6, 3, 9)), (FEBRUARY, (2, 8, 0))):
            session.add_all(_cells(month, dict(zip((SLOW, QUICK, FOREIGN), cases, strict=True))))
    with hall.reading() as session:
        answer = ask(session, Question(JANUARY, FEBRUARY, by), hall.parts.catalogue)
    lines = {line.key: dict(line.promises) for line in answer.lines}
    slow, quick = {(SLOW_DAYS, SLOW): 8}, {(0.0, QUICK): 11}
    assert dict(answer.total.promises) == slow | quick
    departments = {
        hall.parts.catalogue.items[SLOW].department.zh: slow,
        hall.parts.catalogue.items[QUICK].department.zh: quick,
        "": {},
    }
    expected = {"department": departments, "item": {SLOW: slow, QUICK: quick, FOREIGN: {}}}
    assert lines == expected.get(by, {key: {} for key in lines})
    shown = table(answer)
    assert shown.total.values[PLACE] == 0.0
    if by == "item":
        assert {row.key: row.values[PLACE] for row in shown.rows}[FOREIGN] == NOTHING


def test_a_question_of_one_item_has_its_promise_alone(hall: Machine) -> None:
    with hall.writing() as session:
        session.add_all(_cells(JANUARY, {SLOW: 6, QUICK: 30}))
        elsewhere = {"grain": MONTH, "begins": JANUARY, "station_code": "320582999999"}
        session.add(Cell(**elsewhere, item=SLOW, cases=9, counts=_counts(9)))
    with hall.reading() as session:
        for question in (
            Question(JANUARY, JANUARY, item=SLOW),
            Question(JANUARY, JANUARY, "station", item=SLOW, station=STATION),
        ):
            answer = ask(session, question, hall.parts.catalogue)
            assert dict(answer.total.promises) == {(SLOW_DAYS, SLOW): 6}
            shown = table(answer)
            assert [row.values[PLACE] for row in shown.rows] == [SLOW_DAYS]
        nothing = Question(JANUARY, JANUARY, item=FOREIGN)
        assert not ask(session, nothing, hall.parts.catalogue).total.promises


def test_the_promise_of_fewer_than_five_cases_is_not_told() -> None:
    column = COLUMNS[PLACE]
    assert column.of(Line("", Tally(), promises=Counter({(20.0, SLOW): 4}))) is None
    assert column.of(Line("", Tally(), promises=Counter({(20.0, SLOW): 5}))) == 20.0


def test_promises_tell_no_more_of_small_counts_than_the_counts_that_are_shown() -> None:
    seen = defaultdict[tuple[Value, ...], dict[Value, tuple[int, int]]](dict)
    for slow, quick in product(range(1, 12), repeat=2):
        lines = (_of_item(SLOW, slow, SLOW_DAYS), _of_item(QUICK, quick, 0.0))
        shown = table(_answer("item", lines))
        counts = tuple(row.values[0] for row in (*shown.rows, shown.total))
        seen[counts][shown.total.values[PLACE]] = (slow, quick)
    for told in seen.values():
        assert len(told) == 1, "the promise of the sum tells these from each other"


def test_a_department_hides_its_promise_where_one_of_its_items_is_rare() -> None:
    few, many, other = Line("few"), Line("many"), Line("other")
    for line, slow, quick in ((few, 40, 4), (many, 40, 5), (other, 0, 30)):
        for code, cases, days in ((SLOW, slow, SLOW_DAYS), (QUICK, quick, 0.0)):
            if cases:
                _add(line, _of_item(line.key + code, cases, days))
    shown = table(_answer("department", (few, many, other)))
    assert [row.values[PLACE] for row in shown.rows] == [BESIDE, SLOW_DAYS, 0.0]
    assert shown.total.values[PLACE] == BESIDE
    assert table(_answer("department", (many, other))).total.values[PLACE] == SLOW_DAYS


def test_of_one_item_the_promise_is_told_beside_stations_that_have_few_of_it() -> None:
    lines = [
        Line(key, _of_item(SLOW, cases, 0.0).tally)
        for key, cases in (("a", 2), ("b", 9), ("c", 30))
    ]
    whole = Line("")
    for line in lines:
        line.promises[SLOW_DAYS, SLOW] = line.tally["cases"]
        _add(whole, line)
    shown = table(Answer(Question(JANUARY, JANUARY, "station", item=SLOW), tuple(lines), whole))
    assert [row.values[PLACE] for row in (*shown.rows, shown.total)] == [
        NOTHING,
        BESIDE,
        20.0,
        20.0,
    ]


def _of_item(code: str, cases: int, days: float) -> Line:
    tally = Tally()
    tally.numbers["cases"] = cases
    return Line(code, tally, promises=Counter({(days, code): cases}))


def _answer(by: str, lines: Sequence[Line]) -> Answer:
    whole = Line("")
    for line in lines:
        _add(whole, line)
    return Answer(Question(JANUARY, JANUARY, by), tuple(lines), whole)


def _add(line: Line, other: Line) -> None:
    line.tally.add(other.tally)
    line.promises.update(other.promises)


def test_a_promise_is_written_as_guides_say_it_and_as_a_number_in_files() -> None:
    column = COLUMNS[PLACE]
    assert [words.written(column, days).en for days in (0.0, 20.0, 15 / 7)] == [
        "On the spot",
        "20 d",
        "2.1 d",
    ]
    assert [words.plain(column, days) for days in (0.0, 20.0, 15 / 7)] == [0.0, 20.0, 2.14]
    assert words.promised(0.0).en == "promised on the spot"


def _cells(month: date, cases: dict[str, int]) -> list[Cell]:
    """The cells of a month, and of its first day, of one station and of all together."""
    return [
        Cell(
            **{"grain": grain, "begins": month, "station_code": station, "item": item},
            **{"cases": count, "counts": _counts(count)},
        )
        for grain in (DAY, MONTH)
        for station in (STATION, ALL)
        for item, count in {**cases, ALL: sum(cases.values())}.items()
    ]


def _counts(cases: int) -> str:
    tally = Tally()
    tally.numbers["cases"] = cases
    return tally.dumped()
