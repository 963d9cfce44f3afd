"""How a case stands against its clock: a light, and the working days in words. Pure.

Three clocks run one after the other (Administrative Licensing Law of the PRC): five working days
to accept or to say what is missing (article 32), the promised day for the decision (articles 42
and 82), ten working days to deliver (article 44). While the applicant corrects, none runs.
What was promised for later (`deferral`) has a day of its own, which the station watches.

Yellow begins when a fifth of the time is left, and one working day at the latest, or where it is
set to (`Yellow`); red is past the promise, purple past what the law allows. The first and the last
clock are the law's own, so that whoever misses one is past the law at once. Article 45: time
for a hearing or an expert's opinion is left out, so that no clock runs meanwhile (`pausing`).
Neighbours: the desk's list at the hall and the work list of a station (`work`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from forms.definition import Text
from kiosk import workdays
from kiosk.cases import lifecycle
from kiosk.clock import LOCAL
from kiosk.config import Config

TO_ACCEPT = 5
TO_DELIVER = 10
#: Working days before a promised material is due, from which station and hall remind of it, and
#: from which they do so in red.
REMIND, URGENT = 3, 1

#: States in which something promised can still come (`lifecycle`, the step *supply*).
SUPPLIED_IN = lifecycle.STEPS["supply"].sources

PURPLE, RED, YELLOW, GREEN, GREY = "purple", "red", "yellow", "green", "grey"


class Yellow(NamedTuple):
    """What is left of a time when a clerk should see yellow: the more of the two counts.

    A design choice: no rule names figures.
    """

    #: Of the whole time, rounded down to working days.
    percent: int = 20
    #: Working days.
    days: int = 1

    @classmethod
    def of(cls, config: Config) -> "Yellow":
        """Return it as set for this hall or station."""
        return cls(config.yellow_percent, config.yellow_days)

    def last(self, whole: int) -> int:
        """Return of how many of the last working days it holds, of a time of `whole`."""
        return max(self.days, whole * self.percent // 100)


#: As long as nobody has set another.
USUAL = Yellow()


@dataclass(frozen=True, slots=True)
class Light:
    """A colour (purple, red, yellow, green, grey) and the words that say the same."""

    colour: str
    words: Text


@dataclass(frozen=True, slots=True)
class Clock:
    """The clock that runs: its last day, the first day of yellow, and the last day by law."""

    ends_on: date
    soon_on: date
    #: None where the law sets no limit that is known here.
    legal_on: date | None

    def columns(self) -> dict[str, date | None]:
        """Return it as columns of `Case`; a backlog asks for each of its cases."""
        return {"ends_on": self.ends_on, "soon_on": self.soon_on, "legal_on": self.legal_on}


#: Shown while a clock stands.
STANDS = Light(GREY, Text("时限暂停", "The clock stands still"))
#: Shown once it has stood for longer than the applicant was told.
STOOD_TOO_LONG = Light(RED, Text("暂停已超过告知的时间", "The pause is over its time"))
#: Shown where no limit is known, because the release of the case is not at the hall.
OPEN_END = Light(GREY, Text("时限未知", "The limit is not known"))


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


def clock_of(
    state: str,
    changed_at: datetime,
    due_on: date | None,
    legal_on: date | None = None,
    yellow: Yellow = USUAL,
) -> Clock | None:
    """Return the clock that runs in this state, None when none does.

    `legal_on` is the last day by law for the decision; that of the other clocks is their own.
    """
    limit = ends_on(state, changed_at, due_on)
    if limit is None:
        return None
    whole = working_days(changed_at.astimezone(LOCAL).date(), limit)
    last = limit if workdays.is_working_day(limit) else workdays.back(limit, 1)
    soon = workdays.back(last, yellow.last(whole))
    return Clock(limit, soon, legal_on if state == lifecycle.ACCEPTED else limit)


def light_of(
    state: str,
    changed_at: datetime,
    due_on: date | None,
    today: date,
    legal_on: date | None = None,
    yellow: Yellow = USUAL,
) -> Light | None:
    """Return the light of a case, None when nobody owes anything any more.

    `changed_at` is when the case came into its state; `due_on` the promised day, None for an item
    that is done on the spot; `legal_on` the last day by law for the decision, where it is known.
    A clock that stands still has `STANDS` instead.
    """
    return light_by(state, clock_of(state, changed_at, due_on, legal_on, yellow), today)


def light_by(state: str, running: Clock | None, today: date) -> Light | None:
    """Return the light of a case by the clock that runs, as ``light_of``."""
    if running is not None and state in _WORDS:
        return Light(colour_of(running, today), _words(running.ends_on, today, _WORDS[state]))
    if state == lifecycle.RETURNED:
        return Light(GREY, Text("等申请人补正", "Waiting for the applicant"))
    return None


def colour_of(running: Clock, today: date) -> str:
    """Return the colour of a clock that runs; the work list's queries say the same in SQL."""
    if running.legal_on is not None and today > running.legal_on:
        return PURPLE
    if today > running.ends_on:
        return RED
    return YELLOW if today >= running.soon_on else GREEN


def after_pause(last: date, paused: date, today: date) -> date:
    """Return the last day of a clock that stood from `paused` until `today`.

    As many working days are left as there were, `today` among them: only the working days between
    the two are left out, so that nothing is won by stopping and going on from one day to the next.
    A day that was over when it stopped stays over.
    """
    if last < paused:
        return last
    return workdays.add(last, working_days(paused, today - timedelta(days=1)))


#: The working days after a day up to and with another; 0 when the other is not later.
working_days = workdays.between

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

_WORDS = {
    lifecycle.SUBMITTED: _ACCEPT,
    lifecycle.ACCEPTED: _DECIDE,
    lifecycle.APPROVED: _DELIVER,
}


def _words(limit: date, today: date, words: _Words) -> Text:
    late, last_day, left = words
    if today > limit:
        # A limit missed over a weekend is missed, although no working day has passed since.
        return late(max(1, working_days(limit, today)))
    remaining = working_days(today, limit)
    return left(remaining) if remaining else last_day
