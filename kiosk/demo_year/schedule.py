"""The plan as deeds in the order of time: what people at stations do, and what clerks do. Pure.

A case goes to the hall on the evening of its day and is accepted on the next working morning.
Neighbours: `plan` made the cases, `living` does the deeds.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from kiosk import clock, workdays
from kiosk.demo_year.plan import SHARE_OF_BASELINE, Plan, decided_at, next_morning
from kiosk.demo_year.planned import Helped, Planned
from kiosk.figures.handling import DAY, handling_seconds


@dataclass(frozen=True, slots=True)
class Deed:
    """What is done with a case, by its place in the plan, or a service of help."""

    at: datetime
    verb: str
    case: int = -1
    help: Helped | None = None


@dataclass(slots=True)
class Schedule:
    """The deeds of each day, at the stations (by station) and at the hall."""

    stations: dict[date, dict[str, list[Deed]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    hall: dict[date, list[Deed]] = field(default_factory=lambda: defaultdict(list))

    def days(self) -> list[date]:
        """Return every day on which something is done, in order."""
        return sorted({*self.stations, *self.hall})


def schedule(plan: Plan) -> Schedule:
    """Return the deeds; handling takes `SHARE_OF_BASELINE` of the baselines in the sum of all."""
    made = Schedule()
    scale = _scale(plan.cases, plan.baselines)
    left_over, handed_in = 0.0, set[int]()
    for number, case in enumerate(plan.cases):
        if case.group not in handed_in:
            deed = Deed(case.at, "submit", number)
            made.stations[case.at.date()][case.station].append(deed)
        if case.group:
            handed_in.add(case.group)
        if accepted := _until_accepted(made, number, case):
            wanted = case.handling * scale + left_over
            # Offices are closed at night, so that one time cannot be met: the next makes up for it.
            left_over = wanted - _decide(made, number, case, accepted, wanted)
    for each in plan.helps:
        made.stations[each.at.date()][each.station].append(Deed(each.at, "help", help=each))
    _open_counters(made, plan)
    for of_day in made.stations.values():
        for deeds in of_day.values():
            deeds.sort(key=lambda deed: deed.at)
    for deeds in made.hall.values():
        deeds.sort(key=lambda deed: deed.at)
    return made


def is_decided(case: Planned) -> bool:
    """Tell whether a case is decided in the end: it is not taken back and does not lapse."""
    return case.outcome != "withdraw" and (case.brings_it or not case.defers)


def _scale(cases: Sequence[Planned], baselines: Mapping[str, float]) -> float:
    handled = [case for case in cases if is_decided(case)]
    wanted = SHARE_OF_BASELINE * DAY * sum(baselines[case.item] for case in handled)
    return wanted / sum(case.handling for case in handled)


def _until_accepted(made: Schedule, number: int, case: Planned) -> datetime | None:
    """Add what follows until a case is accepted; return when, None when it is never decided."""
    here, spread = made.stations, 5 + number % 90
    if case.outcome == "withdraw":
        at = case.at + timedelta(minutes=20)
        here[at.date()][case.station].append(Deed(at, "withdraw", number))
        return None
    ready = case.at
    if case.is_returned:
        at = next_morning(ready, spread)
        made.hall[at.date()].append(Deed(at, "return", number))
        ready = _later(at, 2)
        here[ready.date()][case.station].append(Deed(ready, "correct", number))
    accepted = next_morning(ready, spread)
    made.hall[accepted.date()].append(Deed(accepted, "accept", number))
    return accepted if is_decided(case) else None


def _decide(
    made: Schedule, number: int, case: Planned, accepted: datetime, seconds: float
) -> float:
    """Add the decision and what follows; return how long it was handled."""
    at = decided_at(accepted, max(60.0, seconds))
    if case.defers:
        brought = _later(accepted, 0 if case.bring_by == accepted.date() else 1)
        made.stations[brought.date()][case.station].append(Deed(brought, "supply", number))
        at = max(at, next_morning(brought, 5 + number % 90))
    made.hall[at.date()].append(Deed(at, case.outcome, number))
    if case.outcome == "approve":
        given = at + timedelta(minutes=1)
        made.hall[given.date()].append(Deed(given, "deliver", number))
    if case.grade is not None:
        rated = _later(at, 3)
        made.stations[rated.date()][case.station].append(Deed(rated, "rate", number))
    return handling_seconds(accepted, at)


def _later(at: datetime, days: int) -> datetime:
    """Return eleven o'clock so many working days later."""
    day = workdays.add(at.astimezone(clock.LOCAL).date(), days)
    return datetime.combine(day, time(11), clock.LOCAL)


def _open_counters(made: Schedule, plan: Plan) -> None:
    """Let every station have one counted day at its counter in each week it has cases in."""
    weeks = {(case.station, *case.at.isocalendar()[:2]): case.at for case in plan.cases}
    for (station, _, _), at in weeks.items():
        day = at.date()
        closes = datetime.combine(day, time(16, 50), clock.LOCAL)
        made.stations[day][station].append(Deed(closes, "counter"))
