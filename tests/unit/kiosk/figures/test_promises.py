"""The promise beside a handling time: the median over cases of what their items promise."""

from collections import Counter
from datetime import date

import pytest

from forms.definition import Duration
from kiosk.figures import words
from kiosk.figures.model import ALL, DAY, MONTH, Cell
from kiosk.figures.promises import median, promised_days
from kiosk.figures.reading import GROUPINGS, OVER_TIME, Line, Question, ask
from kiosk.figures.table import COLUMNS, NOTHING, table
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
    assert median(Counter({0.0: 5, 20.0: 4})) == 0.0
    assert median(Counter({0.0: 4, 5.0: 1, 20.0: 4})) == 5.0
    assert median(Counter({0.0: 4, 20.0: 5})) == 20.0
    assert median(Counter()) is None


def test_plain_days_count_five_for_a_week() -> None:
    assert Duration(7, "days").in_working_days == pytest.approx(5)
    assert Duration(7, "working_days").in_working_days == 7


@pytest.mark.parametrize("by", GROUPINGS)
def test_every_line_has_the_cases_of_its_items_by_promise(hall: Machine, by: str) -> None:
    promised = promised_days(hall.parts.catalogue)
    assert (promised[SLOW], promised[QUICK]) == (SLOW_DAYS, 0.0)
    with hall.writing() as session:
        for month, cases in ((JANUARY, (6, 3, 9)), (FEBRUARY, (2, 8, 0))):
            session.add_all(_cells(month, dict(zip((SLOW, QUICK, FOREIGN), cases, strict=True))))
    with hall.reading() as session:
        answer = ask(session, Question(JANUARY, FEBRUARY, by), hall.parts.catalogue)
    lines = {line.key: dict(line.promises) for line in answer.lines}
    assert dict(answer.total.promises) == {SLOW_DAYS: 8, 0.0: 11}
    assert (
        lines
        == {
            "month": {"2026-01": {SLOW_DAYS: 6, 0.0: 3}, "2026-02": {SLOW_DAYS: 2, 0.0: 8}},
            "day": {"2026-01-01": {SLOW_DAYS: 6, 0.0: 3}, "2026-02-01": {SLOW_DAYS: 2, 0.0: 8}},
            "station": {STATION: {SLOW_DAYS: 8, 0.0: 11}},
            "department": {
                hall.parts.catalogue.items[SLOW].department.zh: {SLOW_DAYS: 8},
                hall.parts.catalogue.items[QUICK].department.zh: {0.0: 11},
                "": {},
            },
            "item": {SLOW: {SLOW_DAYS: 8}, QUICK: {0.0: 11}, FOREIGN: {}},
        }[by]
    )
    shown = table(answer)
    assert shown.total.values[PLACE] == 0.0
    if by in OVER_TIME:
        assert [row.values[PLACE] for row in shown.rows] == [SLOW_DAYS, 0.0]
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
            assert dict(answer.total.promises) == {SLOW_DAYS: 6}
        nothing = Question(JANUARY, JANUARY, item=FOREIGN)
        assert not ask(session, nothing, hall.parts.catalogue).total.promises


def test_the_promise_of_fewer_than_five_cases_is_not_told() -> None:
    column = COLUMNS[PLACE]
    assert column.of(Line("", Tally(), promises=Counter({20.0: 4}))) is None
    assert column.of(Line("", Tally(), promises=Counter({20.0: 5}))) == 20.0


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
