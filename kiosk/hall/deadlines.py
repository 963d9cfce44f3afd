"""How a case stands against its clock: a light, and the working days in words. Pure.

Three clocks run one after the other (Administrative Licensing Law of the PRC): five working days
to accept or to say what is missing (article 32), the promised day for the decision (articles 42
and 82), ten working days to deliver (article 44). While the applicant corrects, none runs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from forms.definition import Text
from kiosk import workdays
from kiosk.cases import lifecycle
from kiosk.clock import LOCAL

TO_ACCEPT = 5
TO_DELIVER = 10
#: Working days left from which a clerk should see yellow.
SOON = 2

RED, YELLOW, GREEN, GREY = "red", "yellow", "green", "grey"


@dataclass(frozen=True, slots=True)
class Light:
    """A colour (red, yellow, green, grey) and the words that say the same."""

    colour: str
    words: Text


def light_of(state: str, changed_at: datetime, due_on: date | None, today: date) -> Light | None:
    """Return the light of a case, None when nobody owes anything any more.

    `changed_at` is when the case came into its state; `due_on` the promised day, None for an item
    that is done on the spot.
    """
    since = changed_at.astimezone(LOCAL).date()
    if state == lifecycle.SUBMITTED:
        return _against(workdays.add(since, TO_ACCEPT), today, _ACCEPT)
    if state == lifecycle.ACCEPTED:
        return _against(due_on or since, today, _DECIDE)
    if state == lifecycle.APPROVED:
        return _against(workdays.add(since, TO_DELIVER), today, _DELIVER)
    if state == lifecycle.RETURNED:
        return Light(GREY, Text("等申请人补正", "Waiting for the applicant"))
    return None


def first_calm_day(today: date) -> date:
    """Return the first day on which a limit may end and the light still be green."""
    return workdays.add(today, SOON + 1)


def latest_start(limit: int, day: date) -> date:
    """Return the last day from which `limit` working days are over before `day`."""
    start = day
    while workdays.add(start, limit) >= day:
        start -= timedelta(days=1)
    return start


def working_days(start: date, end: date) -> int:
    """Return the working days after `start` up to and with `end`; 0 when `end` is not later."""
    days = range(1, (end - start).days + 1)
    return sum(workdays.is_working_day(start + timedelta(days=n)) for n in days)


_Words = tuple[Callable[[int], Text], Text, Callable[[int], Text]]

_ACCEPT: _Words = (
    lambda n: Text(f"受理期限已过 {n} 个工作日", f"{n} working days late to accept"),
    Text("今天须决定是否受理", "To be accepted today"),
    lambda n: Text(f"还有 {n} 个工作日决定受理", f"{n} working days to accept"),
)
_DECIDE: _Words = (
    lambda n: Text(f"已逾期 {n} 个工作日", f"{n} working days overdue"),
    Text("今天到期", "Due today"),
    lambda n: Text(f"还剩 {n} 个工作日", f"{n} working days left"),
)
_DELIVER: _Words = (
    lambda n: Text(f"送达期限已过 {n} 个工作日", f"{n} working days late to deliver"),
    Text("今天须送达", "To be delivered today"),
    lambda n: Text(f"还有 {n} 个工作日送达", f"{n} working days to deliver"),
)


def _against(limit: date, today: date, words: _Words) -> Light:
    late, last_day, left = words
    if today > limit:
        # A limit missed over a weekend is missed, although no working day has passed since.
        return Light(RED, late(max(1, working_days(limit, today))))
    remaining = working_days(today, limit)
    if remaining == 0:
        return Light(YELLOW, last_day)
    return Light(YELLOW if remaining <= SOON else GREEN, left(remaining))
