"""Counts one day from the rows. The definitions of docs/statistics.md are these functions.

A case counts on the day it was handed in, at its station and item, with what became of it since.
Neighbours: `keeping` asks for the days that changed, `handling` says how long one took.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk import clock
from kiosk.cases import history, lifecycle
from kiosk.cases.afterwards import RATED
from kiosk.cases.desk import FACTS
from kiosk.cases.help import services as help_table
from kiosk.cases.help.model import HelpRecord
from kiosk.cases.model import Case, Rating
from kiosk.counter.model import CounterDay
from kiosk.figures.baselines import Baseline
from kiosk.figures.handling import handling_seconds
from kiosk.figures.model import ALL
from kiosk.figures.tally import Tally, bucket_of
from kiosk.materials.certificate_calls import CertificateCall
from sync.feed import FeedItem
from sync.ledger import LedgerEntry

#: A tally for each station and item of a day.
Day = Mapping[tuple[str, str], Tally]

_RETURNED, _ACCEPTED = FACTS["return"], FACTS["accept"]
_DECIDED = (FACTS["approve"], FACTS["refuse"])
_PAUSES = (history.PAUSED, history.RESUMED)
#: What the hall said of a case: by kind, when it said so, in order.
_Said = Mapping[str, Sequence[datetime]]


def bounds(day: date) -> tuple[datetime, datetime]:
    """Return when a day of the stations begins and ends."""
    begins = datetime.combine(day, time(), clock.LOCAL)
    return begins.astimezone(UTC), (begins + timedelta(days=1)).astimezone(UTC)


def day_of(instant: datetime) -> date:
    """Return the day of the stations that an instant lies in."""
    return instant.astimezone(clock.LOCAL).date()


def count(session: Session, day: date, baselines: Mapping[str, Baseline]) -> Day:
    """Return the tallies of a day by station and item; waiting is nobody's item (``ALL``)."""
    found: defaultdict[tuple[str, str], Tally] = defaultdict(Tally)
    _count_cases(session, day, baselines, found)
    _count_ratings(session, day, found)
    _count_calls(session, day, found)
    _count_help(session, day, found)
    _count_waiting(session, day, found)
    return dict(found)


def _count_cases(
    session: Session,
    day: date,
    baselines: Mapping[str, Baseline],
    found: defaultdict[tuple[str, str], Tally],
) -> None:
    facts = _facts(session, day)
    begins, ends = bounds(day)
    query = select(Case.id, Case.station_code, Case.item, Case.state, Case.due_on).where(
        Case.submitted_at >= begins, Case.submitted_at < ends
    )
    for case in session.execute(query):
        _count_case(
            found[case.station_code, case.item],
            case,
            facts.get(case.id, {}),
            baselines.get(case.item),
        )


def _facts(session: Session, day: date) -> Mapping[str, _Said]:
    """Return, for each case of the day, when the hall said what of it."""
    begins, ends = bounds(day)
    query = (
        select(FeedItem.subject, FeedItem.kind, FeedItem.recorded_at)
        .join(Case, (Case.id == FeedItem.subject) & (Case.terminal_id == FeedItem.terminal_id))
        .where(
            Case.submitted_at >= begins,
            Case.submitted_at < ends,
            FeedItem.kind.in_((_RETURNED, _ACCEPTED, *_DECIDED, *_PAUSES)),
        )
        .order_by(FeedItem.seq)
    )
    facts: defaultdict[str, defaultdict[str, list[datetime]]]
    facts = defaultdict(lambda: defaultdict(list))
    for subject, kind, at in session.execute(query):
        facts[str(subject)][kind].append(datetime.fromtimestamp(at / 1_000_000, UTC))
    return facts


def _count_case(tally: Tally, case: Any, facts: _Said, baseline: Baseline | None) -> None:
    numbers = tally.numbers
    numbers["cases"] += 1
    numbers["returned"] += _RETURNED in facts
    numbers["withdrawn"] += case.state == lifecycle.WITHDRAWN
    decided = min((min(facts[kind]) for kind in _DECIDED if kind in facts), default=None)
    if decided is None:
        return
    numbers["decided"] += 1
    numbers["refused"] += case.state == lifecycle.REFUSED
    if _ACCEPTED not in facts:
        return
    if case.due_on is not None:
        numbers["promised"] += 1
        numbers["in_time"] += day_of(decided) <= case.due_on
    # A clock that stands goes on before it stands again and before the decision, so each has both.
    paused, resumed = (facts.get(kind, ()) for kind in _PAUSES)
    pauses = tuple(zip(paused, resumed, strict=False))
    seconds = handling_seconds(min(facts[_ACCEPTED]), decided, pauses)
    tally.handling[bucket_of(seconds)] += 1
    numbers["handled"] += 1
    numbers["handling_seconds"] += round(seconds)
    if baseline is not None:
        numbers["compared"] += 1
        numbers["compared_seconds"] += round(seconds)
        numbers["baseline_seconds"] += round(baseline.seconds)


def _count_ratings(session: Session, day: date, found: defaultdict[tuple[str, str], Tally]) -> None:
    begins, ends = bounds(day)
    query = (
        select(Case.station_code, Case.item, Rating.grade, func.count())
        .join(LedgerEntry, LedgerEntry.subject == Case.id)
        .join(
            Rating,
            (Rating.terminal_id == LedgerEntry.terminal_id)
            & (Rating.entry_id == LedgerEntry.entry_id),
        )
        .where(
            Case.submitted_at >= begins,
            Case.submitted_at < ends,
            LedgerEntry.terminal_id == Case.terminal_id,
            LedgerEntry.kind == RATED,
        )
        .group_by(Case.station_code, Case.item, Rating.grade)
    )
    for station, item, grade, number in session.execute(query):
        found[station, item].numbers[f"rated_{grade}"] += number


def _count_calls(session: Session, day: date, found: defaultdict[tuple[str, str], Tally]) -> None:
    begins, ends = bounds(day)
    query = (
        select(CertificateCall.station_code, CertificateCall.purpose, func.count())
        .where(CertificateCall.at >= begins, CertificateCall.at < ends)
        .group_by(CertificateCall.station_code, CertificateCall.purpose)
    )
    for station, item, number in session.execute(query):
        found[station, item].numbers["calls"] += number


def _count_help(session: Session, day: date, found: defaultdict[tuple[str, str], Tally]) -> None:
    columns = (HelpRecord.station_code, HelpRecord.item, HelpRecord.kind, HelpRecord.state)
    query = (
        select(*columns, HelpRecord.agent.is_not(None), func.count())
        .where(HelpRecord.on_day == day)
        .group_by(*columns, HelpRecord.agent.is_not(None))
    )
    for station, item, kind, state, served, number in session.execute(query):
        numbers = found[station, item].numbers
        if kind == help_table.DEFERRAL:
            numbers.update(dict.fromkeys(_of_promise(state), number))
        if served and state not in help_table.NOT_GIVEN:
            numbers[f"help_{kind}"] += number


def _of_promise(state: str) -> Sequence[str]:
    """Return how a promise to bring documents later is counted; one of an upgrade not yet."""
    over = {help_table.DONE: "kept", help_table.LAPSED: "lapsed"}
    if state == help_table.UNREAD:
        return ()
    return ("deferred", over[state]) if state in over else ("deferred",)


def _count_waiting(session: Session, day: date, found: defaultdict[tuple[str, str], Tally]) -> None:
    """Let everybody served at a counter count with the median of that counter's day.

    A terminal tells no more than that, so that nobody can be told from the figures.
    """
    for each in session.scalars(select(CounterDay).where(CounterDay.day == day)):
        tally = found[each.station_code, ALL]
        tally.numbers["served"] += each.served
        if each.wait_median is not None:
            tally.waiting[bucket_of(each.wait_median)] += each.served


def with_sums(day: Day) -> dict[tuple[str, str], Tally]:
    """Return the tallies with the sums over all items of a station, all stations, and both."""
    sums: defaultdict[tuple[str, str], Tally] = defaultdict(Tally)
    for (station, item), tally in day.items():
        for key in _keys(station, item):
            sums[key].add(tally)
    return dict(sums)


def _keys(station: str, item: str) -> Iterator[tuple[str, str]]:
    yield from dict.fromkeys(((station, item), (station, ALL), (ALL, item), (ALL, ALL)))


def merged(days: Iterable[tuple[tuple[str, str], Tally]]) -> dict[tuple[str, str], Tally]:
    """Return the sums of tallies by key, as those of a month are made of its days'."""
    sums: defaultdict[tuple[str, str], Tally] = defaultdict(Tally)
    for key, tally in days:
        sums[key].add(tally)
    return dict(sums)
