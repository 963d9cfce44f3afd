"""The day by which a deferred material is due."""

from dataclasses import replace
from datetime import date

import pytest

from forms.definition import Duration, ServiceItem
from kiosk.cases.deferral import due_on, promise
from tests.http.terminal.resident import ITEMS

MONDAY = date(2026, 3, 2)


def an_item(deferral: tuple[int, str] | None, promised: int) -> ServiceItem:
    return replace(
        ITEMS["MZ-006"],
        deferral=Duration(*deferral) if deferral else None,
        promised=Duration(promised, "working_days"),
    )


@pytest.mark.parametrize(
    ("deferral", "promised", "due"),
    [
        ((5, "working_days"), 10, date(2026, 3, 9)),
        ((5, "days"), 10, date(2026, 3, 7)),
        ((10, "working_days"), 10, date(2026, 3, 12)),
        ((30, "working_days"), 60, date(2026, 3, 30)),
        ((3, "working_days"), 1, date(2026, 3, 3)),
        (None, 10, None),
    ],
    ids=[
        "as the item says",
        "plain days",
        "two working days before the promise ends",
        "twenty working days at most",
        "one working day at least",
        "nothing deferred",
    ],
)
def test_the_day_follows_the_item_and_its_promise(
    deferral: tuple[int, str] | None, promised: int, due: date | None
) -> None:
    assert due_on(an_item(deferral, promised), MONDAY) == due


def test_days_over_the_spring_festival_do_not_count() -> None:
    # State Council notice: 15 to 23 February 2026 are free, 14 and 28 February are worked.
    assert due_on(an_item((5, "working_days"), 20), date(2026, 2, 12)) == date(2026, 2, 26)


def test_the_promise_names_paper_and_day() -> None:
    words = promise(ITEMS["MZ-006"].requirements[-1].name, date(2026, 3, 9))
    assert "2026年3月9日" in words.zh and "2026-03-09" in words.en


def test_every_item_that_defers_has_a_day_before_its_promise_ends_or_the_next_working_day() -> None:
    for item in ITEMS.values():
        due = due_on(item, MONDAY)
        assert (due is None) == (item.deferral is None), item.code
        assert due is None or due > MONDAY, item.code
