"""Counting goes on where it was cut off, and a day that did not change costs its month nothing."""

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, event, func, select, update

from kiosk.cases.model import Case
from kiosk.figures import keeping, touched
from kiosk.figures.model import DUE, Cell, CountedUpTo
from sync import feed
from sync.ledger import LedgerEntry
from tests.builders.figures import NO_BASELINES, a_case_on, cells, kept
from tests.builders.machines import Pair
from tests.builders.platforms import run_kiosk

MONDAY = date(2026, 11, 16)


@pytest.fixture
def worked(small_pair: Pair) -> Pair:
    """A case on each of three days."""
    for number in range(3):
        a_case_on(small_pair, MONDAY + timedelta(days=number))
    small_pair.push()
    return small_pair


def left(pair: Pair) -> int:
    with pair.hall.reading() as session:
        query = select(func.count()).select_from(Cell).where(Cell.grain == DUE)
        return session.scalar(query) or 0


def test_a_pass_that_has_no_more_time_goes_on_with_the_next_round(worked: Pair) -> None:
    rounds = 1
    assert worked.hall.within(keeping.keep, NO_BASELINES, 0.0) == 1
    assert left(worked) > 0
    while worked.hall.within(keeping.keep, NO_BASELINES, 0.0):
        rounds += 1
    assert rounds > 2
    assert left(worked) == 0
    found = cells(worked.hall)
    with worked.hall.writing() as session:
        session.execute(delete(Cell))
    worked.hall.within(keeping.recount, worked.hall.within(keeping.every_day), NO_BASELINES)
    assert cells(worked.hall) == found


def test_terminals_are_marked_portion_by_portion(pair: Pair) -> None:
    kept(pair.hall)
    a_case_on(pair, MONDAY)
    pair.push()
    last = pair.hall.within(touched.note, "", 1)
    assert last == pair.terminal_id
    assert left(pair) > 0
    assert pair.hall.within(touched.note, last, 1) is None
    assert pair.hall.within(touched.note, "", 1) is None, "it is marked"


def test_no_body_is_read_but_of_a_counters_day(worked: Pair) -> None:
    with worked.hall.writing() as session:
        session.execute(delete(CountedUpTo))
        session.add(CountedUpTo(terminal_id="another", epoch=0, seq=0, feed=0))
    said = list[str]()

    def hear(_connection, _cursor, statement, parameters, *_more) -> None:
        if "FROM ledger" in statement and "ledger.body" in statement:
            said.append(str(parameters))

    event.listen(worked.hall.engine, "before_cursor_execute", hear)
    kept(worked.hall)
    event.remove(worked.hall.engine, "before_cursor_execute", hear)
    assert len(said) == 1
    assert "counter" in said[0]
    assert worked.hall.within(_entries) > 1


def test_a_command_counts_all_anew_whatever_the_figures_say(worked: Pair) -> None:
    kept(worked.hall)
    right = cells(worked.hall)
    with worked.hall.writing() as session:
        session.execute(update(Cell).values(cases=99, counts='{"h":{},"n":{"cases":99},"w":{}}'))
    folder = str(worked.hall.parts.config.data_dir)
    told = run_kiosk("hall", "count-figures", KIOSK_DATA_DIR=folder)
    assert told.returncode == 0, told.stderr
    assert cells(worked.hall) == right


def _entries() -> int:
    with keeping.reading() as session:
        return session.scalar(select(func.count()).select_from(LedgerEntry)) or 0


def test_what_went_away_leaves_its_month(worked: Pair) -> None:
    kept(worked.hall)
    with worked.hall.writing() as session:
        case = session.scalars(select(Case).order_by(Case.submitted_at)).first()
        feed.publish(session, worked.terminal_id, "case.accepted", case.id, b"", 1)
        case.submitted_at += timedelta(days=1)
    with worked.hall.writing() as session:
        touched.note_days(session, [MONDAY, MONDAY + timedelta(days=1)])
    kept(worked.hall)
    found = cells(worked.hall)
    assert '"cases":3' in found["month", MONDAY.replace(day=1), "", ""]
    assert not any(key[:2] == ("day", MONDAY) for key in found)
