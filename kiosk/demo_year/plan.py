"""What happens in the made-up year: which cases, where, when, and what becomes of them. Pure.

The sums are those of the town's published account, or the same share of each. Where the account
does not say how it counts, docs/statistics.md says what is taken here. Neighbour: `living` acts.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from forms.release import Catalogue
from forms.schema import required_requirements
from kiosk import clock, workdays
from kiosk.cases import deferral
from kiosk.cases.submission import is_brought
from kiosk.demo_year.bundled import bundle_up
from kiosk.demo_year.planned import Helped, Planned
from kiosk.figures.handling import DAY
from kiosk.materials.certificates import wanted_for

#: Of a whole year, as published.
CASES, CALLS, HELPS = 43_104, 9_926, 1_200
COVERAGE = 0.828
#: 75 of the 77 divisions of the list have a terminal: 6,831 of 75 x 110 pairs are 82.80 %.
STATIONS = 75
#: Handling took so much of the time that it took before.
SHARE_OF_BASELINE = 0.30
#: What an item that is decided on the spot took before (working days): two hours.
INSTANT_BASELINE = 2 / 24
#: Of the help: the share given with a case, and of those the ones with a document to follow, which
#: are two services; the rest are the other features, by their shares.
ASSISTED, ASSISTED_WITH_PROMISE = 0.45, 0.08
BESIDE: Mapping[str, float] = {
    "early": 0.08,
    "pre_check": 0.22,
    "extended": 0.25,
    "online": 0.28,
    "express": 0.17,
}
_RETURNED, _REFUSED, _WITHDRAWN, _RATED, _DEFERRED, _KEPT = 0.04, 0.02, 0.01, 0.22, 0.05, 0.95
_GRADES, _WEIGHTS = (5, 4, 3, 2, 1), (70, 24, 4.5, 1, 0.5)
_OPENS, _CLOSES = time(8, 45), time(17, 0)


@dataclass(slots=True)
class Plan:
    """Everything of the year, in the order of time."""

    cases: list[Planned]
    helps: list[Helped]
    stations: tuple[str, ...]
    used: int
    baselines: Mapping[str, float] = field(default_factory=dict)


def plan(catalogue: Catalogue, stations: Sequence[str], year: int, share: float, seed: int) -> Plan:
    """Return the plan of ``share`` of a year, the same for the same arguments."""
    chance = random.Random(f"year {year} {share} {seed}")  # noqa: S311 — made-up work
    number = max(40, round(CASES * share))
    open_at = stations[: _stations(number, len(catalogue.items))]
    pairs = _pairs(chance, open_at, tuple(catalogue.items))
    number = max(number, len(pairs))
    days = _days(year)
    weights = {item: 1 / (1 + place) ** 0.7 for place, item in enumerate(catalogue.items)}
    more = chance.choices(pairs, [weights[item] for _, item in pairs], k=number - len(pairs))
    cases = [Planned(*pair, _moment(chance, days)) for pair in (*pairs, *more)]
    bundle_up(random.Random(f"bundles {year} {share} {seed}"), cases)  # noqa: S311 — made-up work
    cases.sort(key=lambda case: (case.at, case.station, case.item))
    baselines = {code: _baseline(catalogue, code) for code in catalogue.items}
    kinds = {code: abilities(catalogue, code) for code in catalogue.items}
    _decide_fates(chance, cases, baselines, kinds)
    _give_calls(chance, cases, kinds, round(CALLS * share))
    number = max(len(BESIDE) + 2, round(HELPS * share))
    beside = number - _assist(chance, cases, kinds, number)
    for case in cases:
        if case.defers:
            case.bring_by = deferral.due_on(catalogue.item(case.item), case.at.date())
    helps = sorted(_helps(chance, catalogue, open_at, days, beside), key=lambda each: each.at)
    return Plan(cases, helps, tuple(open_at), len(pairs), baselines)


@dataclass(frozen=True, slots=True)
class Abilities:
    """What can happen to an application for an item that is filled with its sample."""

    can_defer: bool
    certificates: int


def abilities(catalogue: Catalogue, code: str) -> Abilities:
    """Return what the sample application for an item asks for."""
    item = catalogue.item(code)
    answers = next(sample for sample in item.samples if not sample.expect).answers
    asked = required_requirements(item, answers)
    return Abilities(
        any(each.deferrable for each in asked if is_brought(each)),
        sum(wanted_for(each, answers) is not None for each in asked),
    )


def _give_calls(
    chance: random.Random, cases: Sequence[Planned], kinds: Mapping[str, Abilities], number: int
) -> None:
    """Let so many certificates be asked for, one for a case first and then more."""
    left = [case for case in cases if kinds[case.item].certificates and not case.bundle]
    while number and left:
        some = chance.sample(left, min(number, len(left)))
        for case in some:
            case.calls += 1
        number -= len(some)
        left = [case for case in left if case.calls < kinds[case.item].certificates]


def _assist(
    chance: random.Random, cases: Sequence[Planned], kinds: Mapping[str, Abilities], number: int
) -> int:
    """Let agents help with some of the cases; return how many services that makes."""
    may = [
        case
        for case in cases
        if kinds[case.item].can_defer and not (case.defers or case.is_returned or case.bundle)
    ]
    promised = chance.sample(may, max(1, round(number * ASSISTED_WITH_PROMISE)))
    for case in promised:
        case.defers = case.is_helped = True
    may = [case for case in cases if not (case.defers or case.bundle)]
    for case in chance.sample(may, round(number * ASSISTED) - len(promised)):
        case.is_helped = True
    return round(number * ASSISTED) + len(promised)


def _stations(cases: int, items: int) -> int:
    """Return at how many stations so many cases can use the share of items that is wanted."""
    return min(STATIONS, max(1, int(cases / (1.3 * COVERAGE * items))))


def _pairs(
    chance: random.Random, stations: Sequence[str], items: Sequence[str]
) -> list[tuple[str, str]]:
    """Return the pairs of station and item that are used: every item somewhere."""
    every = [(station, item) for station in stations for item in items]
    wanted = round(COVERAGE * len(every))
    if len(stations) == 1:
        return chance.sample(every, wanted)
    sure = [(chance.choice(stations), item) for item in items]
    left = [pair for pair in every if pair not in set(sure)]
    return [*sure, *chance.sample(left, wanted - len(sure))]


def _days(year: int) -> list[date]:
    first = date(year, 1, 1)
    every = (first + timedelta(days=n) for n in range(366))
    # What comes in December is decided within the year's last weeks as far as they go.
    return [day for day in every if day.year == year and workdays.is_working_day(day)]


def _moment(chance: random.Random, days: Sequence[date]) -> datetime:
    day, opens = chance.choice(days), 3600 * 8.75
    at = datetime.combine(day, time(), clock.LOCAL)
    return at + timedelta(seconds=int(chance.uniform(opens, 3600 * 16.75)))


def _baseline(catalogue: Catalogue, code: str) -> float:
    promised = catalogue.items[code].promised
    days = promised.in_days * 5 / 7 if promised.value else 0.0
    return round(max(days, INSTANT_BASELINE), 3)


def _decide_fates(
    chance: random.Random,
    cases: Sequence[Planned],
    baselines: Mapping[str, float],
    kinds: Mapping[str, Abilities],
) -> None:
    for case in cases:
        if chance.random() < _WITHDRAWN:
            case.outcome = "withdraw"
        elif chance.random() < _REFUSED:
            case.outcome = "refuse"
        case.is_returned = case.outcome != "withdraw" and chance.random() < _RETURNED
        # One that comes back for correction would take longer than the document may. What a bundle
        # defers is left out for simplicity: its one form names the documents of all members.
        may_defer = kinds[case.item].can_defer and not (case.is_returned or case.bundle)
        case.defers = may_defer and chance.random() < _DEFERRED
        case.brings_it = chance.random() < _KEPT
        if case.outcome != "withdraw" and chance.random() < _RATED:
            case.grade = chance.choices(_GRADES, _WEIGHTS)[0]
        # A long tail: one in fifty takes longer than was promised.
        factor = min(chance.lognormvariate(-0.18, 0.6), 4.0) * SHARE_OF_BASELINE
        case.handling = factor * baselines[case.item] * DAY


def _helps(
    chance: random.Random,
    catalogue: Catalogue,
    stations: Sequence[str],
    days: Sequence[date],
    number: int,
) -> Iterator[Helped]:
    """Yield the help that stands beside the cases."""
    public = [each.linked for each in catalogue.help_items.of("public_service")]
    investment = [each.linked for each in catalogue.help_items.of("investment")]
    kinds = list(BESIDE)
    # Each of them at least once, and then by their shares.
    drawn = kinds + chance.choices(kinds, list(BESIDE.values()), k=max(0, number - len(kinds)))
    for kind in drawn[:number]:
        item = chance.choice(investment if kind == "early" else public)
        yield Helped(chance.choice(stations), item, kind, _moment(chance, days))


def decided_at(accepted: datetime, seconds: float) -> datetime:
    """Return the moment in office hours next to when so much working time has passed."""
    at = accepted.astimezone(clock.LOCAL)
    while seconds > 0:
        midnight = datetime.combine(at.date() + timedelta(days=1), time(), clock.LOCAL)
        if not workdays.is_working_day(at.date()):
            at = midnight
            continue
        step = min(seconds, (midnight - at).total_seconds())
        at, seconds = at + timedelta(seconds=step), seconds - step
    return max(_in_office(at), accepted + timedelta(minutes=1))


def next_morning(at: datetime, minutes: int) -> datetime:
    """Return so many minutes after the offices open on the next working day."""
    day = workdays.add(at.astimezone(clock.LOCAL).date(), 1)
    return datetime.combine(day, _OPENS, clock.LOCAL) + timedelta(minutes=minutes)


def _in_office(at: datetime) -> datetime:
    """Return the nearest moment of the day's office hours, on a working day."""
    day = at.date() if workdays.is_working_day(at.date()) else workdays.add(at.date(), 1)
    opens = datetime.combine(day, _OPENS, clock.LOCAL)
    closes = datetime.combine(day, _CLOSES, clock.LOCAL)
    return min(max(at, opens), closes)
