"""The table of holidays ends with a year: from sixty days before, the hall says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta

from kiosk import clock, workdays
from tests.builders.clerks import signed_in

WORDS = "节假日表到12月31日为止"
AT_THE_DESK = "节假日表"


@contextmanager
def days_before_the_end(days: int) -> Iterator[None]:
    day = workdays.TABLE_ENDS - timedelta(days=days)
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
