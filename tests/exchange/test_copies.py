"""A terminal that was put back to an older copy, and two machines with one identity."""

import shutil
from pathlib import Path

import pytest

from kiosk.errors import Conflict
from kiosk.hall.rejoining import rejoin
from sync.state import Peer
from tests.builders.cases import a_submission
from tests.builders.machines import Machine
from tests.builders.platforms import Application, RunningPlatform, answers, run_kiosk, until
from tests.builders.stations import second_machine
from tests.exchange.proving import everything_agrees, where

LIMIT = 90.0
PROGRAMS = ("terminal-web", "terminal-worker")
NUMBER = "100001"


def without_running(platform: RunningPlatform) -> Path:
    """Stop the terminal, and let go of its files here too; return its folder."""
    for program in PROGRAMS:
        platform.stop(program)
    platform.terminal.close()
    return platform.folder / "terminal"


def running_again(platform: RunningPlatform) -> None:
    for program in PROGRAMS:
        platform.start(program)
    until(lambda: answers(platform.started.terminal), LIMIT, "the terminal answers")


def copied(platform: RunningPlatform, target: Path) -> Path:
    folder = without_running(platform)
    shutil.copytree(folder, target, ignore=shutil.ignore_patterns("*.sock"))
    running_again(platform)
    return target


def standing(machine: Machine) -> str | None:
    with machine.reading() as session:
        return session.get_one(Peer, 1).recovery


def let_go_on(platform: RunningPlatform, machine: Machine) -> None:
    """Do as an admin who read the machine's code at its own staff page."""

    def named() -> str | None:
        with machine.reading() as session:
            code = session.get_one(Peer, 1).life_id[:8]
        try:
            return platform.hall.within(rejoin, NUMBER, code)
        except Conflict:
            return None  # It has not asked the hall yet.

    until(lambda: standing(machine) == "waiting", LIMIT, "it stands still")
    until(named, LIMIT, "the hall knows that it waits")
    until(lambda: standing(machine) is None, LIMIT, "it goes on")


def epoch(machine: Machine) -> int:
    with machine.reading() as session:
        return session.get_one(Peer, 1).epoch


def handed_in(platform: RunningPlatform, count: int) -> list[str]:
    receipts = platform.flood(platform.applications(count))
    assert None not in receipts
    return [receipt["number"] for receipt in receipts]


def arrived_once(platform: RunningPlatform, numbers: list[str]) -> None:
    until(lambda: set(numbers) <= set(platform.at_hall()), LIMIT, "the cases at the hall")
    at_hall = platform.at_hall()
    assert [number for number in numbers if at_hall.count(number) != 1] == []


# The hall waits a minute before it lets a machine go on that declared nothing.
@pytest.mark.soak
def test_a_terminal_put_back_to_an_older_copy_fetches_what_it_lost_and_goes_on(apart, tmp_path):
    older = copied(apart, tmp_path / "older")
    numbers, before = handed_in(apart, 5), epoch(apart.terminal)
    arrived_once(apart, numbers)
    until(apart.all_delivered, LIMIT, "their files")
    folder = without_running(apart)
    shutil.rmtree(folder)
    shutil.copytree(older, folder)
    running_again(apart)
    until(lambda: epoch(apart.terminal) > before, LIMIT, "a new life")
    until(lambda: standing(apart.terminal) is None, LIMIT, "it goes on")
    more = handed_in(apart, 2)
    assert not set(more) & set(numbers)
    arrived_once(apart, numbers + more)
    until(apart.all_delivered, LIMIT, "their files")
    assert everything_agrees(apart)["receipts"] >= 7


@pytest.mark.soak
def test_of_two_machines_with_one_identity_nothing_is_lost_and_one_goes_on(apart, tmp_path):
    clone = copied(apart, tmp_path / "clone")
    applications = apart.applications(2)
    numbers = handed_in(apart, 3)
    arrived_once(apart, numbers)
    second = Machine.made("terminal", clone)
    taken = [Application(a_submission(second).body()) for _ in range(2)]
    with second_machine(clone, tmp_path / "log", apart.redis_url(7)) as other:
        assert [other.submit(each) for each in taken] == [201, 201]
        until(lambda: standing(second) == "waiting", LIMIT, "the clone stands still")
        assert other.submit(taken[0]) in {201, 503}, "the same receipt, or none"
        assert apart.submit(applications[0]) is not None, "the first machine goes on"
        let_go_on(apart, second)
        arrived_once(apart, numbers + other.shown)
        done = run_kiosk("verify", "--data", str(clone), "--against", *where(apart))
        assert done.returncode == 0, done.stdout + done.stderr
    second.close()
    # The first machine has noticed; it has its turn again, and nobody has the second one any more.
    let_go_on(apart, apart.terminal)
    receipt = apart.submit(applications[1])
    assert receipt is not None
    arrived_once(apart, [*numbers, *other.shown, receipt["number"]])
    until(apart.all_delivered, LIMIT, "everything delivered")
    assert not set(numbers) & set(other.shown)
    everything_agrees(apart)
