"""When a light turns yellow is set by the hall, and by a station for its own list."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime

from kiosk import clock, workdays
from kiosk.cases import desk, work
from kiosk.cases.model import Case
from tests.builders.cases import PROMISED_ITEM, a_case_at, a_submission
from tests.builders.clerks import signed_in
from tests.builders.machines import Machine

#: A Monday among plain weeks; five working days to accept end on Monday, 9 November.
NOW = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)


@contextmanager
def with_yellow(*machines: Machine, percent: int, days: int) -> Iterator[None]:
    kept = [machine.parts for machine in machines]
    for machine, parts in zip(machines, kept, strict=True):
        config = replace(parts.config, yellow_percent=percent, yellow_days=days)
        machine.app.extensions["kiosk"] = replace(parts, config=config)
    try:
        yield
    finally:
        for machine, parts in zip(machines, kept, strict=True):
            machine.app.extensions["kiosk"] = parts


def yellow_from(hall: Machine, case_id: str) -> date | None:
    with hall.reading() as session:
        return session.get_one(Case, case_id).soon_on


def test_a_case_that_arrives_or_moves_turns_yellow_as_the_hall_has_set_it(small_pair) -> None:
    hall, terminal = small_pair.hall, small_pair.terminal
    clerk = signed_in(hall, "clerk")
    with clock.use(lambda: NOW), with_yellow(hall, terminal, percent=0, days=3):
        usual = a_case_at(terminal, a_submission(terminal, PROMISED_ITEM)).case_id
        small_pair.settle()
        assert yellow_from(hall, usual) == date(2026, 11, 4)
        hall.within(desk.decide, hall.parts, usual, "accept", clerk.operator_id)
        with hall.reading() as session:
            case = session.get_one(Case, usual)
            assert case.soon_on is not None
            assert case.ends_on is not None
            assert workdays.add(case.soon_on, 3) == case.ends_on


def test_a_station_shows_yellow_as_it_has_set_it(small_pair) -> None:
    terminal = small_pair.terminal
    with clock.use(lambda: NOW):
        a_case_at(terminal, a_submission(terminal, PROMISED_ITEM))
        assert lights(terminal) == {"green"}
        with with_yellow(terminal, percent=90, days=5):
            assert lights(terminal) == {"yellow"}


def lights(terminal: Machine) -> set[str]:
    station = terminal.within(lambda: terminal.parts.station)
    found = terminal.within(
        work.work_list, terminal.parts, station.code, work.Filters(tab=work.UNASSIGNED), ""
    )
    return {line.light.colour for line in found.lines}
