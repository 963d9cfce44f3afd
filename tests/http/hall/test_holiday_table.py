"""The table of holidays ends with a year: from sixty days before, the hall says so.

The town's own file moves the end; one that cannot be used is told to the admin.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta

from kiosk import clock, holidays, workdays
from kiosk.config import Config
from kiosk.core import create_core
from tests.builders.clerks import signed_in

#: The table that is known without a file.
TABLE_ENDS = workdays.table_ends(date(2026, 1, 1))
WORDS = "节假日表到12月31日为止"
AT_THE_DESK = "节假日表"


@contextmanager
def days_before_the_end(days: int) -> Iterator[None]:
    day = TABLE_ENDS - timedelta(days=days)
    with clock.use(lambda: datetime.combine(day, time(10), clock.LOCAL)):
        yield


def test_the_admin_and_the_desk_are_told_before_the_table_ends(a_hall) -> None:
    hall = a_hall()
    with days_before_the_end(59):
        assert WORDS in signed_in(hall, "admin").page("/terminals")
        assert AT_THE_DESK in signed_in(hall, "clerk").page("/desk")


def test_nothing_is_said_while_the_table_reaches_far_enough(a_hall) -> None:
    hall = a_hall()
    with days_before_the_end(61):
        assert WORDS not in signed_in(hall, "admin").page("/terminals")
        assert AT_THE_DESK not in signed_in(hall, "clerk").page("/desk")


def test_it_is_still_said_when_the_table_is_over(a_hall) -> None:
    hall = a_hall()
    with days_before_the_end(-3):
        assert AT_THE_DESK in signed_in(hall, "admin").page("/terminals")


def test_a_file_of_holidays_ends_the_warning_and_a_bad_one_is_told_to_the_admin(
    a_hall, tmp_path
) -> None:
    hall = a_hall()
    clerk, admin = signed_in(hall, "clerk"), signed_in(hall, "admin")
    file = tmp_path / holidays.NAME
    year = TABLE_ENDS.year + 1
    try:
        file.write_text(f'{{"{year}": {{"days_off": ["{year}-01-01"]}}}}')
        workdays.use_file_in(tmp_path)
        with days_before_the_end(1):
            page = admin.page("/terminals")
            assert WORDS in page
            assert "holidays.json, " + str(year) in page
            assert "worked_weekend_days" in page
            assert AT_THE_DESK in clerk.page("/desk")
        file.write_text(
            f'{{"{year}": {{"days_off": ["{year}-01-01"], "worked_weekend_days": []}}}}'
        )
        workdays.use_file_in(tmp_path)
        with days_before_the_end(1):
            assert "节假日" not in admin.page("/terminals")
            assert AT_THE_DESK not in clerk.page("/desk")
    finally:
        workdays.use_file_in(tmp_path / "without one")


def test_a_hall_starts_with_the_file_in_its_data_folder(tmp_path) -> None:
    (tmp_path / holidays.NAME).write_text("{")
    try:
        create_core(Config("hall", tmp_path))
        assert workdays.refused() is not None
    finally:
        workdays.use_file_in(tmp_path / "without one")
