"""The town's own file of holidays: asked first, and left out as a whole when it cannot be used."""

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import chinese_calendar
import pytest
from structlog.testing import capture_logs

from kiosk import holidays, workdays
from kiosk.cases import deadlines
from kiosk.holidays import BadHolidays

#: Mid-autumn falls into the National Day week; Sunday 8 October would be worked for it.
OF_2028 = {
    "days_off": ["2028-01-03", *(f"2028-10-{day:02}" for day in range(1, 7))],
    "worked_weekend_days": ["2028-10-08"],
}
NOTICE: dict[str, Any] = {"2028": OF_2028}


@pytest.fixture
def use(tmp_path: Path) -> Iterator[Callable[[Any], None]]:
    """Start with this file of holidays; afterwards none is in use."""

    def start(told: Any) -> None:
        (tmp_path / holidays.NAME).write_text(json.dumps(told))
        with capture_logs() as logged:
            workdays.use_file_in(tmp_path)
        assert [each["event"] for each in logged] == ["holidays_not_read"] * bool(
            workdays.refused()
        )

    yield start
    (tmp_path / holidays.NAME).unlink(missing_ok=True)
    workdays.use_file_in(tmp_path)


def test_a_year_that_nobody_covers_counts_by_rule_until_the_file_has_it(use) -> None:
    monday, mid_week, sunday = date(2028, 1, 3), date(2028, 10, 5), date(2028, 10, 8)
    span = (date(2028, 9, 29), sunday)
    assert not workdays.is_known(monday)
    assert workdays.is_working_day(monday)
    assert workdays.is_working_day(mid_week)
    assert not workdays.is_working_day(sunday)
    # 4, 5 and 6 October by rule: 2 and 3 are fixed.
    assert deadlines.working_days(*span) == 3
    use(NOTICE)
    assert workdays.is_known(monday)
    assert not workdays.is_working_day(monday)
    assert not workdays.is_working_day(mid_week)
    assert workdays.is_working_day(sunday)
    # What was counted before is not kept.
    assert deadlines.working_days(*span) == 1
    assert workdays.add(date(2028, 9, 29), 1) == sunday


def test_the_file_goes_before_the_package_and_the_built_in_table(use) -> None:
    wednesday, new_year = date(2026, 12, 9), date(2026, 1, 1)
    assert workdays.is_working_day(wednesday)
    use({"2026": {"days_off": ["2026-12-09"], "worked_weekend_days": []}})
    assert not workdays.is_working_day(wednesday)
    # The file's year counts as a whole.
    assert workdays.is_working_day(new_year)


def test_the_package_is_asked_for_a_new_year_that_it_covers(use, monkeypatch) -> None:
    friday, saturday = date(2028, 1, 28), date(2028, 1, 29)
    known = {**chinese_calendar.holidays, friday: "Spring Festival"}
    monkeypatch.setattr(chinese_calendar, "holidays", known)
    monkeypatch.setattr(chinese_calendar, "workdays", {saturday: "Spring Festival"})
    workdays._packaged.cache_clear()
    workdays.table_of.cache_clear()
    workdays.is_working_day.cache_clear()
    try:
        assert workdays.is_known(friday)
        assert not workdays.is_working_day(friday)
        assert workdays.is_working_day(saturday)
    finally:
        workdays._packaged.cache_clear()
        workdays.table_of.cache_clear()
        workdays.is_working_day.cache_clear()


def test_the_built_in_table_stands_where_file_and_package_are_silent(monkeypatch) -> None:
    monkeypatch.setattr(workdays, "_packaged", dict)
    workdays.table_of.cache_clear()
    workdays.is_working_day.cache_clear()
    assert not workdays.is_working_day(date(2026, 2, 16))
    assert workdays.is_working_day(date(2026, 2, 28))
    assert not workdays.is_known(date(2025, 1, 1))
    workdays.table_of.cache_clear()
    workdays.is_working_day.cache_clear()


def test_the_warning_of_the_end_follows_what_is_covered_without_a_gap(use) -> None:
    last = workdays.table_ends(date(2026, 11, 27))
    following = {str(last.year + 1): _plain(last.year + 1)}
    beyond = {str(last.year + 3): _plain(last.year + 3)}
    assert workdays.ends_soon(last) == last
    use(following | beyond)
    assert workdays.ends_soon(last) is None
    assert workdays.is_known(last + timedelta(days=1))
    end = date(last.year + 1, 12, 31)
    assert workdays.ends_soon(end) == end
    assert workdays.ends_soon(end + timedelta(days=1)) == end
    # In the year beyond the gap that year is known, and ends itself.
    assert workdays.ends_soon(date(last.year + 3, 6, 1)) is None


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ([], "holidays.json: must be an object"),
        ({"28": OF_2028}, "'28': must be a year"),
        ({"2028": []}, "2028: must have days_off and worked_weekend_days"),
        ({"2028": {"days_off": ["2028-01-01"]}}, "2028: must have days_off and worked"),
        ({"2028": {**OF_2028, "weekends": []}}, "nothing else"),
        ({"2028": {**OF_2028, "days_off": "2028-01-01"}}, "2028, days_off: must be a list"),
        ({"2028": {**OF_2028, "days_off": []}}, "2028, days_off: must have one day"),
        ({"2028": {**OF_2028, "days_off": [20280101]}}, "2028, days_off: 20280101 is no day"),
        ({"2028": {**OF_2028, "days_off": ["2028-02-30"]}}, "2028, days_off: '2028-02-30'"),
        ({"2028": {**OF_2028, "days_off": ["2028-W01-1"]}}, "2028, days_off: '2028-W01-1'"),
        ({"2028": {**OF_2028, "days_off": ["2029-01-01"]}}, "is no day of 2028"),
        ({"2028": {**OF_2028, "days_off": ["2028-01-03"] * 2}}, "2028-01-03 stands there twice"),
        (
            {"2028": {**OF_2028, "worked_weekend_days": ["2028-01-04"]}},
            "2028, worked_weekend_days: 2028-01-04 is no weekend day",
        ),
        (
            {"2028": {**OF_2028, "worked_weekend_days": ["2028-10-01"]}},
            "2028, worked_weekend_days: 2028-10-01 is in days_off too",
        ),
    ],
)
def test_what_is_wrong_is_named_by_year_and_field(tmp_path, told, named) -> None:
    (tmp_path / holidays.NAME).write_text(json.dumps(told))
    with pytest.raises(BadHolidays) as refusal:
        holidays.read(tmp_path)
    assert named in refusal.value.told.en
    assert "holidays.json" in refusal.value.told.zh


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b'{"2028": ' + b"[" * 100_000])
def test_a_file_that_is_no_json_is_named(tmp_path, content) -> None:
    (tmp_path / holidays.NAME).write_bytes(content)
    with pytest.raises(BadHolidays, match=r"holidays\.json"):
        holidays.read(tmp_path)


def test_a_bad_file_is_left_out_as_a_whole_and_counting_goes_on(use) -> None:
    use(NOTICE | {"2029": {}})
    reason = workdays.refused()
    assert reason is not None
    assert "2029" in reason.en
    assert not workdays.is_known(date(2028, 1, 3))
    assert workdays.is_working_day(date(2028, 1, 3))
    use(NOTICE)
    assert workdays.refused() is None


def test_a_folder_in_place_of_the_file_does_not_stop_the_start(tmp_path) -> None:
    (tmp_path / holidays.NAME).mkdir()
    with capture_logs():
        workdays.use_file_in(tmp_path)
    assert workdays.refused() is not None
    workdays.use_file_in(tmp_path / "without one")
    assert workdays.refused() is None


def _plain(year: int) -> dict[str, list[str]]:
    return {"days_off": [f"{year}-01-01"], "worked_weekend_days": []}
