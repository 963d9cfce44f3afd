"""How a case stands against its clock: a light, and the working days in words. Pure.

Three clocks run one after the other (Administrative Licensing Law of the PRC): five working days
to accept or to say what is missing (article 32), the promised day for the decision (articles 42
and 82), ten working days to deliver (article 44). While the applicant corrects, none runs.
What was promised for later (`deferral`) has a day of its own, which the station watches.
Neighbours: the desk's list at the hall and the work list of a station (`work`).
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

#: Working days before a promised material is due, from which station and hall remind of it, and
#: from which they do so in red.
REMIND, URGENT = 3, 1

#: States in which something promised can still come (`lifecycle`, the step *supply*).
SUPPLIED_IN = lifecycle.STEPS["supply"].sources

RED, YELLOW, GREEN, GREY = "red", "yellow", "green", "grey"


@dataclass(frozen=True, slots=True)
class Light:
    """A colour (red, yellow, green, grey) and the words that say the same."""

    colour: str
    words: Text


def ends_on(state: str, changed_at: datetime, due_on: date | None) -> date | None:
    """Return the last day of the clock that runs in this state, None when none does.

    `changed_at` and `due_on` as for `light_of`.
    """
    since = changed_at.astimezone(LOCAL).date()
    if state == lifecycle.SUBMITTED:
        return workdays.add(since, TO_ACCEPT)
    if state == lifecycle.ACCEPTED:
        return due_on or since
    return workdays.add(since, TO_DELIVER) if state == lifecycle.APPROVED else None


def next_due(
    state: str, changed_at: datetime, due_on: date | None, supply_by: date | None
) -> date | None:
    """Return the next day that matters to the station that handed the case in; None once closed.

    Of a returned case it is the day of its return: whoever corrects it should do so at once.
    """
    if state == lifecycle.RETURNED:
        return changed_at.astimezone(LOCAL).date()
    own = ends_on(state, changed_at, due_on)
    if own is None or state not in SUPPLIED_IN or supply_by is None:
        return own
    return min(own, supply_by)


def supply_light(supply_by: date, today: date) -> Light:
    """Return how a promised material stands against its day."""
    if today > supply_by:
        late = max(1, working_days(supply_by, today))
        return Light(
            RED,
            Text(f"承诺补交的材料已过期 {late} 个工作日", f"Promised material {late} days late"),
        )
    left = working_days(today, supply_by)
    words = Text(f"承诺补交的材料还有 {left} 个工作日", f"Promised material: {left} days left")
    if left == 0:
        words = Text("承诺补交的材料今天到期", "Promised material due today")
    return Light(YELLOW if left <= REMIND else GREEN, words)


def light_of(state: str, changed_at: datetime, due_on: date | None, today: date) -> Light | None:
    """Return the light of a case, None when nobody owes anything any more.

    `changed_at` is when the case came into its state; `due_on` the promised day, None for an item
    that is done on the spot.
    """
    limit = ends_on(state, changed_at, due_on)
    if limit is not None:
        return _against(limit, today, _WORDS[state])
    if state == lifecycle.RETURNED:
        return Light(GREY, Text("等申请人补正", "Waiting for the applicant"))
    return None


def redress_light(state: str, due_on: date, today: date) -> Light:
    """Return how the redress of a bad rating stands; `due_on` is the day of the step owed."""
    return _against(due_on, today, _REDRESS[state])


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

_REDRESS: dict[str, _Words] = {
    "open": (
        lambda n: Text(f"联系已逾期 {n} 个工作日", f"{n} working days late to contact"),
        Text("今天须联系", "To be contacted today"),
        lambda n: Text(f"还有 {n} 个工作日联系", f"{n} working days to contact"),
    ),
    "contacted": (
        lambda n: Text(f"答复已逾期 {n} 个工作日", f"{n} working days late to reply"),
        Text("今天须答复", "To be replied to today"),
        lambda n: Text(f"还有 {n} 个工作日答复", f"{n} working days to reply"),
    ),
    "replied": (
        lambda n: Text(f"回访已逾期 {n} 个工作日", f"{n} working days late to call back"),
        Text("今天须回访", "To be called back today"),
        lambda n: Text(f"还有 {n} 个工作日回访", f"{n} working days to call back"),
    ),
}

_WORDS = {
    lifecycle.SUBMITTED: _ACCEPT,
    lifecycle.ACCEPTED: _DECIDE,
    lifecycle.APPROVED: _DELIVER,
}


def _against(limit: date, today: date, words: _Words) -> Light:
    late, last_day, left = words
    if today > limit:
        # A limit missed over a weekend is missed, although no working day has passed since.
        return Light(RED, late(max(1, working_days(limit, today))))
    remaining = working_days(today, limit)
    if remaining == 0:
        return Light(YELLOW, last_day)
    return Light(YELLOW if remaining <= SOON else GREEN, left(remaining))
