"""Dates, time limits and texts as a reader of either language sees them."""

from datetime import UTC, date, datetime

import pytest

from forms.definition import Duration, Text
from kiosk import clock, hall, terminal
from kiosk.pages.presentation import duration, in_words, options

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
#: In China it is the next day, and the next year, already.
THIS_YEAR, NEXT_YEAR = (datetime(year, 12, 31, 17, 5, tzinfo=UTC) for year in (2025, 2026))


@pytest.mark.parametrize(
    ("dates", "language", "this_year", "next_year"),
    [
        (terminal.DATES, "zh", "1月1日 01:05", "1月1日 01:05"),
        (terminal.DATES, "en", "1 Jan, 01:05", "1 Jan, 01:05"),
        (hall.DATES, "zh", "1月1日 01:05", "2027年1月1日 01:05"),
        (hall.DATES, "en", "1 Jan, 01:05", "1 Jan 2027, 01:05"),
    ],
)
def test_only_the_hall_tells_moments_of_another_year_apart(
    reader, dates, language, this_year, next_year
):
    with reader(language), clock.use(lambda: NOW):
        assert (dates.moment(THIS_YEAR), dates.moment(NEXT_YEAR)) == (this_year, next_year)


@pytest.mark.parametrize(
    ("dates", "language", "this_year", "next_year"),
    [
        (terminal.DATES, "zh", "2026年12月21日", "2027年12月21日"),
        (terminal.DATES, "en", "21 December 2026", "21 December 2027"),
        (hall.DATES, "zh", "12月21日", "2027年12月21日"),
        (hall.DATES, "en", "21 Dec", "21 Dec 2027"),
    ],
)
def test_a_resident_reads_days_in_full_and_a_clerk_in_short(
    reader, dates, language, this_year, next_year
):
    with reader(language), clock.use(lambda: NOW):
        days = dates.day(date(2026, 12, 21)), dates.day(date(2027, 12, 21))
    assert days == (this_year, next_year)


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (None, "None is set by law"),
        (Duration(0, "working_days"), "On the spot"),
        (Duration(1, "working_days"), "1 working day"),
        (Duration(7, "days"), "7 days"),
    ],
)
def test_a_time_limit_is_said_in_words(reader, limit, words):
    with reader("en"):
        assert duration(limit) == words


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("zh", Text("老年", "Old age"), "老年"),
        ("en", Text("老年", "Old age"), "Old age"),
        ("en", "张家港", "张家港"),
        ("en", None, ""),
    ],
)
def test_a_text_is_in_the_language_of_the_reader(reader, language, text, words):
    with reader(language):
        assert in_words(text) == words


def test_options_are_in_the_readers_language_with_the_chosen_one_selected(reader):
    names = {"a": Text("一", "One"), "b": "村"}
    with reader("en"):
        assert options(names, "b") == (
            '<option value="a">One</option><option value="b" selected>村</option>'
        )
        assert options(names, "a").startswith('<option value="a" selected>')
    with reader("zh"):
        assert options(names, "") == '<option value="a">一</option><option value="b">村</option>'


def test_options_that_were_drawn_before_say_what_has_changed_since(reader):
    with reader("zh"):
        assert "老名" in options({"a": "老名"})
        assert options({"a": "新名"}) == '<option value="a">新名</option>'


def test_what_a_station_or_its_code_says_is_no_markup(reader):
    with reader("zh"):
        made = options({'"><b>': "<i>&"}, None)
    assert made == '<option value="&#34;&gt;&lt;b&gt;">&lt;i&gt;&amp;</option>'
