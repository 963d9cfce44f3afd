"""The counter's queue: whose turn it is, who comes back, and what a day was like."""

import itertools
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from kiosk import clock
from kiosk.counter import days, queue, tickets
from kiosk.counter.model import GONE, WAITING, CounterDay, Ticket
from kiosk.errors import Conflict, Invalid
from sync import bounded
from sync.journal import JournalEntry
from tests.builders.entries import Scribe, envelope, opened
from tests.builders.machines import Machine, Pair

HERE, THERE = "1号窗口", "2号窗口"
_DAYS = itertools.count()


@pytest.fixture(scope="module")
def machine(migrated_sqlite: Path, tmp_path_factory) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("counter")
    shutil.copy(migrated_sqlite, folder / "terminal.db")
    made = Machine.made("terminal", folder)
    yield made
    made.close()


@dataclass
class Counter:
    """A counter on a day of its own, whose clock stands until it is moved."""

    machine: Machine
    now: datetime = field(
        default_factory=lambda: datetime(2027, 3, 1, 1, 0, tzinfo=UTC) + timedelta(days=next(_DAYS))
    )

    def draws(self, count: int) -> list[str]:
        return [self.draw().label for _ in range(count)]

    def draw(self) -> Ticket:
        self.later(1)
        return self.machine.within(tickets.draw)

    def calls(self, desk: str = HERE) -> Ticket:
        self.later(60)
        ticket = self.machine.within(tickets.call_next, desk, "zhou")
        assert ticket is not None, "nobody waits"
        return ticket

    def does(self, verb: str, ticket: Ticket, desk: str = HERE, to: str = "") -> Ticket:
        self.later(60)
        return self.machine.within(tickets.act, ticket.id, verb, desk, to)

    def serves_one(self, desk: str = HERE) -> str:
        ticket = self.calls(desk)
        self.does("serve", ticket, desk)
        self.does("done", ticket, desk)
        return ticket.label

    def later(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def counter(machine: Machine) -> Iterator[Counter]:
    made = Counter(machine)
    with clock.use(lambda: made.now):
        yield made


def test_numbers_begin_anew_every_day_for_each_kind(counter: Counter) -> None:
    assert counter.draws(2) == ["A001", "A002"]
    booked = counter.machine.within(tickets.book, counter.now + timedelta(hours=2))
    assert booked.label == "Y001"
    counter.now += timedelta(days=1)
    next(_DAYS)
    assert counter.draws(1) == ["A001"]


def test_two_kiosks_at_once_never_draw_the_same_number(counter: Counter) -> None:
    with ThreadPoolExecutor(4) as pool:
        drawn = list(pool.map(lambda _: counter.machine.within(tickets.draw).number, range(12)))
    assert sorted(drawn) == list(range(1, 13))


def test_two_desks_call_different_people_in_turn(counter: Counter) -> None:
    counter.draws(2)
    assert [counter.calls(HERE).label, counter.calls(THERE).label] == ["A001", "A002"]
    assert counter.machine.within(tickets.call_next, "3号窗口", "zhou") is None


def test_a_desk_ends_with_one_person_before_it_calls_another(counter: Counter) -> None:
    counter.draws(2)
    counter.calls()
    with pytest.raises(Conflict):
        counter.calls()


def test_an_appointment_comes_first_from_its_time_on_and_not_before(counter: Counter) -> None:
    counter.draws(2)
    counter.machine.within(tickets.book, counter.now + timedelta(minutes=30))
    assert counter.serves_one() == "A001"
    counter.later(1800)
    assert counter.serves_one() == "Y001"
    assert counter.serves_one() == "A002"


def test_who_is_not_here_comes_back_after_two_and_is_dropped_after_three_calls(
    counter: Counter,
) -> None:
    counter.draws(4)
    counter.does("gone", counter.calls())
    assert [counter.serves_one() for _ in range(2)] == ["A002", "A003"]
    counter.does("gone", counter.calls())
    assert counter.serves_one() == "A004"
    last = counter.does("gone", counter.calls())
    assert (last.label, last.state) == ("A001", GONE)


def test_a_person_sent_to_another_desk_is_next_there_and_nowhere_else(counter: Counter) -> None:
    counter.draws(3)
    ticket = counter.calls()
    counter.does("serve", ticket)
    assert counter.does("transfer", ticket, to=THERE).state == WAITING
    assert counter.serves_one(HERE) == "A002"
    assert counter.serves_one(THERE) == "A001"


@pytest.mark.parametrize(
    ("verb", "desk", "error"),
    [("done", HERE, Conflict), ("serve", THERE, Conflict), ("fly", HERE, Invalid)],
)
def test_a_step_that_does_not_fit_changes_nothing(counter: Counter, verb, desk, error) -> None:
    counter.draws(1)
    ticket = counter.calls()
    with pytest.raises(error):
        counter.does(verb, ticket, desk)
    now = counter.machine.within(queue.at, HERE).now
    assert now is not None
    assert now.state == "called"


@pytest.mark.parametrize("ahead", [timedelta(minutes=-1), timedelta(days=31)])
def test_an_appointment_at_an_odd_time_is_refused_by_name(counter: Counter, ahead) -> None:
    with pytest.raises(Invalid) as refusal:
        counter.machine.within(tickets.book, counter.now + ahead)
    assert refusal.value.fields[0].path == "time"


def test_the_screen_shows_numbers_and_desks_newest_first(counter: Counter) -> None:
    counter.draws(3)
    counter.calls(HERE)
    counter.calls(THERE)
    board = counter.machine.within(queue.board)
    assert [(call.number, call.desk) for call in board.calls] == [("A002", THERE), ("A001", HERE)]
    assert (board.following, board.waiting) == (("A003",), 1)


def test_a_day_is_summed_up_by_median_and_the_ninth_of_ten(counter: Counter) -> None:
    counter.draws(2)
    counter.serves_one()
    counter.serves_one()
    today = counter.machine.within(queue.at, HERE).today
    assert (today.drawn, today.served, today.dropped) == (2, 2, 0)
    assert (today.wait_median, today.wait_p90) == (150, 240)
    assert (today.service_median, today.service_p90) == (60, 60)


def test_a_day_that_is_over_is_told_to_the_hall_once_without_a_key(small_pair: Pair) -> None:
    counter = Counter(small_pair.terminal)
    with clock.use(lambda: counter.now):
        counter.draws(2)
        counter.serves_one()
        counter.now += timedelta(days=1)
        for expected in (1, 0):
            with small_pair.terminal.writing() as session:
                assert days.tell(session) == expected
        small_pair.settle()
    with small_pair.hall.reading() as session:
        (day,) = session.scalars(select(CounterDay)).all()
    assert (day.drawn, day.served, day.wait_median) == (2, 1, 61)
    with small_pair.terminal.reading() as session:
        (entry,) = session.scalars(select(JournalEntry)).all()
    assert b"zhou" not in entry.body


def test_figures_of_another_shape_are_quarantined_and_stop_nothing(small_pair: Pair) -> None:
    with small_pair.terminal.writing() as session:
        days._tell_day(session, small_pair.peer(), clock.today())
        session.flush()
        entry = session.scalars(select(JournalEntry)).one()
    with small_pair.hall.reading() as session, pytest.raises(ValueError, match="another shape"):
        days.take(
            session,
            small_pair.known_terminal(),
            type("Odd", (), {"body": entry.body.replace(b'"drawn":0', b'"drawn":-1')}),
        )


def test_a_day_of_more_values_than_anything_honest_has_is_quarantined(small_pair: Pair) -> None:
    bomb = b'{"day":[' + b"{}," * bounded.MAX_VALUES + b"{}]}"
    scribe = Scribe()
    entry = scribe.write("counter.day", clock.new_id(), bomb)
    answer = opened(small_pair, small_pair.line.post("/envelopes", envelope(small_pair, [entry])))
    (verdict,) = answer["verdicts"]
    assert (verdict["verdict"], verdict["reason"]) == ("quarantined", "TooManyValues")
