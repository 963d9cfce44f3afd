"""Lying bars draw what the table shows: the largest first, hidden ones without a bar, the rest told."""

from collections.abc import Sequence
from datetime import date

import pytest

from kiosk.figures.handling import DAY
from kiosk.figures.reading import Answer, Line, Question
from kiosk.figures.table import Row, table
from kiosk.figures.tally import Tally, bucket_of
from kiosk.hall import drawn_figures
from kiosk.hall.drawn_figures import MOST_LYING, LyingChart
from kiosk.pages import charts

QUESTION = Question(date(2026, 1, 1), date(2026, 12, 1), "item")


def line(key: str, cases: int, handled: int = 0, days: float = 1.0, promised: float = 0.0) -> Line:
    """A line of so many cases, of which some were handled in so many days."""
    tally = Tally()
    tally.numbers.update(cases=cases, handled=handled)
    tally.handling[bucket_of(days * DAY)] += handled
    found = Line(key, tally)
    found.promises[promised, key] = cases
    return found


def drawn(lines: Sequence[Line], by: str = "item") -> list[LyingChart]:
    whole = Line("")
    for each in lines:
        whole.tally.add(each.tally)
    shown = table(Answer(QUESTION, tuple(lines), whole))
    return drawn_figures.lying(shown, by, name=lambda row: row.key.upper(), into=_into)


def _into(row: Row) -> str | None:
    return f"/{row.key}" if row.key else None


def test_the_largest_comes_first_and_its_bar_is_whole() -> None:
    chart = drawn([line("a", 50), line("b", 200), line("c", 0)])[0]
    assert [(each.name, each.way, each.told.en) for each in chart.lines] == [
        ("B", "/b", "200"),
        ("A", "/a", "50"),
        ("C", "/c", "0"),
    ]
    assert [each.bar.length for each in chart.lines] == [charts.WIDTH, charts.WIDTH / 4, 0.0]
    assert chart.rest is None


def test_what_is_hidden_has_no_bar_says_so_and_stands_where_its_size_does_not_show() -> None:
    chart = drawn([line("a", 9), line("b", 1), line("c", 4), line("d", 80), line("e", 50)])[0]
    assert [(each.name, each.bar.length is None) for each in chart.lines] == [
        ("D", False),
        ("E", False),
        ("A", False),
        ("B", True),
        ("C", True),
    ]
    assert [each.told.en for each in chart.lines[3:]] == ["fewer than 5, not shown"] * 2
    beside = drawn([line("a", 9), line("b", 3), line("d", 80)])[0]
    assert [(each.name, each.told.en) for each in beside.lines] == [
        ("D", "80"),
        ("A", "not shown"),
        ("B", "fewer than 5, not shown"),
    ]


def test_handling_times_have_a_mark_at_their_promise_and_both_share_one_scale() -> None:
    lines = [line("a", 20, 10, 2.0, 20.0), line("b", 30, 10, 5.0), line("c", 9, 2, 9.0, 5.0)]
    chart = drawn(lines)[1]
    assert [each.name for each in chart.lines] == ["B", "A", "C"]
    slow, quick, few = chart.lines
    assert (slow.bar.mark, quick.bar.mark, few.bar.mark) == (0.0, charts.WIDTH, None)
    assert slow.bar.length == pytest.approx(charts.WIDTH * 5 / 20, rel=0.06)
    told = [each.promised.en if each.promised else None for each in chart.lines]
    assert told == ["promised on the spot", "promised 20 d", None]
    assert (few.bar.length, few.told.en) == (None, "none, or too few")


def test_times_of_cases_hidden_beside_few_are_not_said_to_be_too_few() -> None:
    chart = drawn([line("a", 9, 9), line("b", 3), line("d", 80, 80)])[1]
    assert [(each.name, each.told.en) for each in chart.lines[1:]] == [
        ("A", "not shown"),
        ("B", "none, or too few"),
    ]


def test_no_more_are_drawn_than_can_be_looked_at_and_the_rest_is_told_in_words() -> None:
    chart = drawn([line(f"{number:02}", 100 + number) for number in range(MOST_LYING + 37)])[0]
    assert len(chart.lines) == MOST_LYING
    assert chart.lines[-1].told.en == "137"
    assert chart.rest is not None
    assert chart.rest.en == "And 37 more in the table."


def test_nothing_is_drawn_of_one_line_of_hidden_ones_alone_and_over_time() -> None:
    assert drawn([line("a", 50)]) == []
    assert drawn([line("a", 1), line("b", 2)]) == []
    assert drawn([line("2026-01", 50), line("2026-02", 60)], by="month") == []
