"""A restored hall says another thing of an entry than the lost one said: the case's row follows."""

from collections.abc import Callable

import pytest

from kiosk.cases import afterwards, desk, service
from kiosk.cases.model import Case
from sync.transport import LineDown
from tests.builders.carriers import round_trip
from tests.builders.cases import a_case_at, a_picture_at
from tests.builders.machines import Pair
from tests.builders.promises import WANTED, a_promising_case_at
from tests.builders.restores import hall_begun, kept, states


def decide(pair: Pair, case_id: str, *verbs: str) -> None:
    for verb in verbs:
        pair.hall.within(desk.decide, pair.hall.parts, case_id, verb, "clerk-1", "", ())


def withdraw(pair: Pair, case_id: str) -> None:
    pair.terminal.within(service.withdraw, pair.terminal.parts, case_id)


def state(pair: Pair, case_id: str) -> tuple[str, str]:
    """What hall and terminal say of a case."""
    return states(pair.hall)[case_id][1], states(pair.terminal)[case_id][1]


@pytest.fixture
def case_id(small_pair) -> str:
    """A case that the backup of the hall has."""
    case = a_case_at(small_pair.terminal).case_id
    small_pair.settle()
    return case


@pytest.fixture
def restored(small_pair, tmp_path, case_id):
    """Restores the hall of a pair from a backup that was made before ``afterwards`` ran."""
    made: list[Pair] = []

    def restore(afterwards: Callable[[], None]) -> Pair:
        folder = kept(small_pair.hall, tmp_path / "backup")
        afterwards()
        made.append(hall_begun(small_pair, folder))
        return made[-1]

    yield restore
    for pair in made:
        pair.hall.close()


@pytest.fixture
def refused_by_the_lost_hall(small_pair, restored, case_id) -> Callable[..., Pair]:
    """A withdrawal that came too late for the lost hall; it goes on with ``later``."""

    def lost(*later: str) -> Pair:
        def afterwards() -> None:
            decide(small_pair, case_id, "accept", "approve")
            withdraw(small_pair, case_id)
            small_pair.push()
            decide(small_pair, case_id, *later)
            small_pair.pull()
            assert state(small_pair, case_id) == (later[-1] + "ed" if later else "approved",) * 2

        return restored(afterwards)

    return lost


@pytest.mark.parametrize("later", [(), ("deliver",)], ids=["approved", "delivered"])
def test_a_withdrawal_that_the_lost_hall_refused_and_the_restored_one_takes(
    refused_by_the_lost_hall, case_id, later
):
    pair = refused_by_the_lost_hall(*later)
    pair.pull()
    pair.push()
    assert state(pair, case_id) == ("withdrawn", "withdrawn")
    pair.settle()
    assert state(pair, case_id) == ("withdrawn", "withdrawn")


@pytest.mark.parametrize("later", [(), ("deliver",)], ids=["approved", "delivered"])
def test_it_follows_also_when_a_new_case_goes_before_the_first_question(
    refused_by_the_lost_hall, case_id, later
):
    pair = refused_by_the_lost_hall(*later)
    a_case_at(pair.terminal)
    pair.push()
    pair.settle()
    assert state(pair, case_id) == ("withdrawn", "withdrawn")


def test_it_follows_what_a_carrier_brings_back(refused_by_the_lost_hall, case_id):
    pair = refused_by_the_lost_hall()
    pair.pull()
    round_trip(pair)
    assert state(pair, case_id) == ("withdrawn", "withdrawn")


def test_it_follows_what_a_carrier_brings_back_of_a_refusal_that_nobody_heard(
    refused_unheard, case_id
):
    refused_unheard.pull()
    round_trip(refused_unheard)
    assert state(refused_unheard, case_id) == ("withdrawn", "withdrawn")


def test_a_withdrawal_that_the_lost_hall_took_and_the_restored_one_refuses(
    small_pair, restored, case_id
):
    def afterwards() -> None:
        withdraw(small_pair, case_id)
        small_pair.settle()

    pair = restored(afterwards)
    assert states(pair.terminal)[case_id][1] == "withdrawn"
    decide(pair, case_id, "accept", "approve")
    a_case_at(pair.terminal)
    pair.push()
    # The hall's decision has not been heard yet, but that the withdrawal does not hold.
    assert state(pair, case_id) == ("approved", "submitted")
    pair.pull()
    assert state(pair, case_id) == ("approved", "approved")


@pytest.fixture(params=[(), ("deliver",)], ids=["approved", "delivered"])
def refused_unheard(request, small_pair, restored, case_id) -> Pair:
    """A withdrawal that came too late for the lost hall, whose answer to it was lost."""

    def afterwards() -> None:
        decide(small_pair, case_id, "accept", "approve")
        withdraw(small_pair, case_id)
        small_pair.line.faults = iter(["unheard"])
        with pytest.raises(LineDown):
            small_pair.push()
        decide(small_pair, case_id, *request.param)
        small_pair.pull()
        assert state(small_pair, case_id)[1] == ("delivered" if request.param else "approved")

    return restored(afterwards)


@pytest.mark.parametrize("order", ["pull push", "push pull"])
def test_a_withdrawal_that_the_lost_hall_refused_unheard_and_the_restored_one_takes(
    refused_unheard, case_id, order
):
    for step in order.split():
        getattr(refused_unheard, step)()
    assert state(refused_unheard, case_id) == ("withdrawn", "withdrawn")
    refused_unheard.settle()
    assert state(refused_unheard, case_id) == ("withdrawn", "withdrawn")


@pytest.mark.parametrize("order", ["pull push", "push pull"])
def test_a_withdrawal_that_never_came_to_the_lost_hall_and_the_restored_one_takes(
    small_pair, restored, case_id, order
):
    def afterwards() -> None:
        decide(small_pair, case_id, "accept", "approve")
        withdraw(small_pair, case_id)
        small_pair.pull()
        assert state(small_pair, case_id) == ("approved", "approved")

    pair = restored(afterwards)
    for step in order.split():
        getattr(pair, step)()
    assert state(pair, case_id) == ("withdrawn", "withdrawn")


def test_a_lost_decision_that_allows_what_the_restored_hall_takes_is_still_shown(
    small_pair, restored
):
    terminal = small_pair.terminal
    promised = a_promising_case_at(terminal).case_id
    small_pair.settle()

    def later() -> None:
        decide(small_pair, promised, "accept")
        small_pair.pull()
        picture = a_picture_at(terminal)
        terminal.within(afterwards.supply, terminal.parts, promised, WANTED, [picture], "kiosk")

    pair = restored(later)
    pair.pull()
    assert pair.push() == 1
    assert state(pair, promised) == ("submitted", "accepted")


def test_the_time_of_the_case_is_that_of_the_withdrawal(refused_by_the_lost_hall, case_id):
    pair = refused_by_the_lost_hall()
    pair.pull()
    pair.push()
    with pair.hall.reading() as there, pair.terminal.reading() as here:
        moved = there.get_one(Case, case_id).changed_at, here.get_one(Case, case_id).changed_at
    assert moved[0] == moved[1]
