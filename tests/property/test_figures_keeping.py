"""Whatever happens to cases, in whatever order, what is kept of a day is what its rows say."""

from collections import Counter
from datetime import date, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from kiosk import clock
from kiosk.cases.model import Case
from kiosk.figures import keeping
from kiosk.figures.baselines import Baseline
from kiosk.figures.model import Cell, CountedUpTo
from kiosk.figures.tally import loaded
from sync import feed
from sync.ledger import Terminal
from tests.builders.machines import Pair

BASELINES: dict[str, Baseline] = {}
FIRST = date(2026, 10, 26)
STATIONS, ITEMS = ("320582100008", "320582100009"), ("MZ-001", "RS-001")
NEXT = {
    "submitted": ("case.accepted", "case.returned"),
    "accepted": ("case.approved", "case.refused"),
}
STATE = {
    "case.accepted": "accepted",
    "case.returned": "returned",
    "case.approved": "approved",
    "case.refused": "refused",
}

#: A new case on one of the days, or a step with one of those there are; None: the worker counts.
HAPPENS = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 9), st.sampled_from(STATIONS), st.sampled_from(ITEMS)),
        st.tuples(st.integers(0, 30), st.integers(0, 1)),
        st.none(),
    ),
    max_size=25,
)


@given(HAPPENS)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_what_is_kept_is_what_the_rows_say(small_pair: Pair, happens) -> None:
    hall = small_pair.hall
    _forget(small_pair)
    for number, event in enumerate([*happens, None]):
        if event is None:
            hall.within(keeping.keep, BASELINES)
        else:
            _let_happen(small_pair, number, event)
    wanted: Counter[tuple[str, date, str, str, str]] = Counter()
    with hall.reading() as session:
        for case in session.scalars(select(Case)):
            day = case.submitted_at.astimezone(clock.LOCAL).date()
            for station in (case.station_code, ""):
                for item in (case.item, ""):
                    for grain, begins in (("day", day), ("month", day.replace(day=1))):
                        wanted[grain, begins, station, item, "cases"] += 1
                        if case.state in {"approved", "refused"}:
                            wanted[grain, begins, station, item, "decided"] += 1
        kept = Counter(
            {
                (cell.grain, cell.begins, cell.station_code, cell.item, name): number
                for cell in session.scalars(select(Cell))
                for name, number in loaded(cell.counts).numbers.items()
                if name in {"cases", "decided"}
            }
        )
    assert +kept == wanted


def _let_happen(pair: Pair, number: int, event) -> None:
    terminal_id = pair.terminal_id
    with pair.hall.writing() as session:
        if len(event) == 3:
            day, station, item = event
            at = datetime(FIRST.year, FIRST.month, FIRST.day, 10, tzinfo=clock.LOCAL)
            at += timedelta(days=day)
            session.add(
                Case(
                    id=f"case-{number}",
                    number=f"{number:015}",
                    token_hash=f"{number}",
                    item=item,
                    release="",
                    state="submitted",
                    terminal_id=terminal_id,
                    station_code=station,
                    channel="kiosk",
                    submitted_at=at,
                    changed_at=at,
                )
            )
            # As an envelope moves it; the entry itself says nothing that the row does not.
            feed.publish(session, terminal_id, "verdict", f"case-{number}", b"", 1)
            return
        cases = session.scalars(select(Case).order_by(Case.id)).all()
        if not cases:
            return
        case = cases[event[0] % len(cases)]
        if case.state in NEXT:
            kind = NEXT[case.state][event[1]]
            case.state = STATE[kind]
            feed.publish(session, terminal_id, kind, case.id, b"", number * 1_000_000)


def _forget(pair: Pair) -> None:
    with pair.hall.writing() as session:
        for table in (Case, Cell, CountedUpTo, feed.FeedItem):
            session.execute(delete(table))
        session.execute(update(Terminal).values(feed_head=0))
