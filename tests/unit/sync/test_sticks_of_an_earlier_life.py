"""A stick that was loaded before its terminal was restored, and is taken in after it went on."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from kiosk.cases.proof import prove
from sync import lives
from sync.ledger import Fork, Terminal
from sync.transport import HallRefuses
from tests.builders.carriers import brought_back, loaded, taken
from tests.builders.cases import a_case_at
from tests.builders.machines import Pair
from tests.builders.memory import little_memory
from tests.builders.restores import begun, hall_begun, kept, numbers


def kept_apart(pair: Pair) -> int:
    with pair.hall.reading() as session:
        return session.scalar(select(func.count()).select_from(Fork)) or 0


@pytest.fixture
def station(small_pair, tmp_path):
    """Restores the terminal of a pair from an older backup and lets it go on in a second life."""
    a_case_at(small_pair.terminal)
    small_pair.settle()
    made: list[Pair] = []

    def restore() -> Pair:
        made.append(begun(small_pair, tmp_path / "backup", declared=True))
        assert made[-1].recover()
        assert made[-1].peer().epoch == 2
        return made[-1]

    kept(small_pair.terminal, tmp_path / "backup")
    yield restore
    for pair in made:
        pair.terminal.close()


def test_its_answer_does_not_close_the_station_that_went_on(small_pair, station):
    lost = a_case_at(small_pair.terminal)
    stick = loaded(small_pair.terminal)
    pair = station()
    a_case_at(pair.terminal)
    pair.settle()
    tally, answer = taken(pair.hall, stick)
    assert tally.forked
    assert lost.number not in numbers(pair.hall)
    assert kept_apart(pair) == 1
    assert pair.known_terminal().forked_at is not None
    news = brought_back(pair.terminal, answer)
    assert news.trouble is None
    assert pair.peer().recovery is None
    a_case_at(pair.terminal)
    pair.settle()
    assert numbers(pair.terminal) == numbers(pair.hall)
    for machine in (pair.hall, pair.terminal):
        assert machine.within(prove, machine.parts).faults == []


def test_what_was_recorded_anew_since_is_no_second_machine(small_pair, tmp_path):
    """The machine that waited brings by a stick what it was let go on to hand in anew."""
    clone, stick = a_clone_that_was_let_go_on(small_pair, tmp_path)
    clone.settle()
    assert clone.known_terminal().forked_at is None
    tally, answer = taken(clone.hall, stick)
    assert tally.forked
    assert clone.known_terminal().forked_at is None
    assert brought_back(clone.terminal, answer).trouble is None
    assert clone.peer().recovery is None
    clone.terminal.close()


def test_what_was_kept_before_flags_nobody_though_it_was_not_recorded_anew_yet(
    small_pair, tmp_path
):
    clone, stick = a_clone_that_was_let_go_on(small_pair, tmp_path)
    tally, answer = taken(clone.hall, stick)
    assert tally.forked
    assert clone.known_terminal().forked_at is None
    assert brought_back(clone.terminal, answer).trouble is None
    clone.settle()
    assert numbers(clone.terminal) == numbers(clone.hall)
    clone.terminal.close()


def a_clone_that_was_let_go_on(pair: Pair, folder: Path) -> tuple[Pair, bytes]:
    """It has not sent anything yet; and a stick that it loaded before it stood still."""
    clone = begun(pair, kept(pair.terminal, folder / "image"))
    for machine in (pair, clone):
        a_case_at(machine.terminal)
    pair.settle()
    stick = loaded(clone.terminal)
    with pytest.raises(HallRefuses):
        clone.push()
    assert not clone.recover()
    with clone.hall.writing() as session:
        terminal = session.get_one(Terminal, clone.terminal_id, with_for_update=True)
        lives.let_go_on(session, terminal, None)
    assert clone.recover()
    return clone, stick


def test_an_answer_is_taken_after_hall_and_terminal_were_restored(small_pair, tmp_path):
    """A restored hall grants epochs by its clock: hundreds of millions."""
    a_case_at(small_pair.terminal)
    small_pair.settle()
    pair = hall_begun(small_pair, kept(small_pair.hall, tmp_path / "hall"))
    pair.settle()
    pair = begun(pair, kept(pair.terminal, tmp_path / "terminal"), declared=True)
    assert pair.recover()
    assert pair.peer().epoch > 300_000_000
    a_case_at(pair.terminal)
    with little_memory():
        news = brought_back(pair.terminal, taken(pair.hall, loaded(pair.terminal))[1])
    assert (news.entries, news.trouble) == (1, None)
    pair.terminal.close()
    pair.hall.close()
