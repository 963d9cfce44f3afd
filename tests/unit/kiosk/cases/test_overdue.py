"""Which day a report proves to be over: all that was handed in before it is at the hall."""

from datetime import UTC, date, datetime, timedelta

import pytest

from kiosk import clock
from kiosk.cases.overdue import proved_day
from sync.ledger import Terminal

#: Five to midnight in China.
LATE_IN_THE_DAY = datetime(2026, 11, 27, 15, 55, tzinfo=UTC)
TOKEN = {"contact": "what the last answer carried"}


def a_terminal(pending: int = 0) -> Terminal:
    return Terminal(cursor_epoch=1, cursor_seq=5, reported_pending=pending, contact="the last")


def day(terminal: Terminal, status: dict[str, object], since: datetime | None) -> date | None:
    with clock.use(lambda: LATE_IN_THE_DAY + timedelta(minutes=10)):
        return proved_day(terminal, status, since)


def test_a_report_proves_the_day_in_which_its_token_was_handed_out_by_the_hall():
    told = {**TOKEN, "acknowledged": [1, 5]}
    assert day(a_terminal(), told, LATE_IN_THE_DAY) == date(2026, 11, 27)
    after = LATE_IN_THE_DAY + timedelta(minutes=6)
    assert day(a_terminal(), told, after) == date(2026, 11, 28)


def test_a_token_of_before_the_halls_clock_was_set_back_proves_no_day_to_come():
    told = {**TOKEN, "acknowledged": [1, 5]}
    ahead = LATE_IN_THE_DAY + timedelta(days=365)
    assert day(a_terminal(), told, ahead) == date(2026, 11, 28)


@pytest.mark.parametrize(
    ("pending", "acknowledged"), [(1, [1, 5]), (0, [1, 4]), (0, [1, 6]), (0, [2, 0])]
)
def test_a_report_of_a_terminal_that_has_more_or_has_not_heard_all_proves_nothing(
    pending, acknowledged
):
    told = {**TOKEN, "acknowledged": acknowledged}
    assert day(a_terminal(pending), told, LATE_IN_THE_DAY) is None


@pytest.mark.parametrize("told", [{"contact": None}, {}])
def test_without_a_token_a_terminal_that_had_one_proves_nothing(told):
    assert day(a_terminal(), {**told, "acknowledged": [1, 5]}, None) is None
