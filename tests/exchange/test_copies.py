"""A terminal that was put back to an older copy, and two machines with one identity."""

import shutil
from pathlib import Path

from kiosk.hall.rejoining import rejoin
from sync.state import Peer
from tests.builders.cases import a_submission
from tests.builders.machines import Machine
from tests.builders.platforms import Application, RunningPlatform, run_kiosk, until
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
    until(lambda: platform.started.supervisor.pid("terminal-web"), LIMIT, "the terminal runs")
    until(lambda: _answers(platform), LIMIT, "the terminal answers")


def _answers(platform: RunningPlatform) -> bool:
    done = run_kiosk("outbox", "status", KIOSK_DATA_DIR=str(platform.folder / "terminal"))
    return done.returncode == 0


def copied(platform: RunningPlatform, target: Path) -> Path:
    folder = without_running(platform)
    shutil.copytree(folder, target, ignore=shutil.ignore_patterns("*.sock"))
    running_again(platform)
    return target


def standing(machine: Machine) -> str | None:
    with machine.reading() as session:
        return session.get_one(Peer, 1).recovery


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
        apart.hall.within(rejoin, NUMBER, "")
        until(lambda: standing(second) is None, LIMIT, "the clone goes on")
        arrived_once(apart, numbers + other.shown)
        done = run_kiosk("verify", "--data", str(clone), "--against", *where(apart))
        assert done.returncode == 0, done.stdout + done.stderr
    second.close()
    # The first machine has its turn again, and nobody has the second one any more.
    assert apart.submit(applications[1]) is not None
    until(lambda: standing(apart.terminal) == "waiting", LIMIT, "the first one stands still")
    apart.hall.within(rejoin, NUMBER, "")
    until(lambda: standing(apart.terminal) is None, LIMIT, "it goes on again")
    until(apart.all_delivered, LIMIT, "everything delivered")
    assert not set(numbers) & set(other.shown)
    everything_agrees(apart)
