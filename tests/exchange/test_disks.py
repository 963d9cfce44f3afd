"""Disks lose their power, fill up and break: what was shown stays, what cannot be kept is refused."""

import json
import random
import sqlite3
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.builders import privileges
from tests.builders.platforms import Application, run_kiosk, until
from tests.builders.stations import Station, a_station, station
from tests.exchange import disks

#: Applications ready for each cut: more than are handed in before it.
READY = 150


def numbers(folder: Path) -> set[str]:
    with sqlite3.connect(folder / "terminal.db") as database:
        found = {number for (number,) in database.execute("SELECT number FROM cases")}
    database.close()
    return found


@dataclass
class Receipts:
    """What became of receipts over some cuts."""

    cuts: int = 0
    #: Shown before the power went.
    shown: set[str] = field(default_factory=set)
    #: Answered while or after it went, which no machine without power does: `fsync` may say that
    #: all is well when the disk is shut down in its midst.
    too_late: set[str] = field(default_factory=set)


def cut_while_taking_cases(
    disk: disks.Disk, running: Station, applications: list[Application], seconds: float
) -> tuple[set[str], set[str]]:
    """Cut the disk's power in the midst of a flood; return what was shown, and what too late."""
    running.shown.clear()
    with running.flood(applications):
        until(lambda: running.shown, 30, "a first receipt")
        time.sleep(seconds)
        shown = set(running.shown)
        disk.cut()
    with running.without_processes():
        disk.unmount()
        disk.mount()
    return shown, set(running.shown) - shown


def cut_again_and_again(cuts: int, restart: int, seed: int, somewhere: Path) -> dict[str, int]:
    """Return how many receipts were shown and how many of them were lost, over all cuts.

    After each cut other processes read the disk; after every `restart` the whole service is another.
    """
    chance, found = random.Random(seed), Receipts()
    with disks.ext4(1024) as disk:
        folder = disk.path / "terminal"
        ready = a_station(folder, somewhere / "keys", cuts * READY)
        while found.cuts < cuts:
            with station(folder, somewhere / "log") as running:
                for _ in range(restart):
                    taken = [ready.pop() for _ in range(READY)]
                    seconds = chance.uniform(0.0, 0.5)
                    shown, too_late = cut_while_taking_cases(disk, running, taken, seconds)
                    found.cuts += 1
                    found.shown |= shown
                    found.too_late |= too_late
        kept = numbers(folder)
        done = run_kiosk("verify", "--data", str(folder))
        assert done.returncode == 0, done.stderr
    return {
        "cuts": found.cuts,
        "shown": len(found.shown),
        "lost": len(found.shown - kept),
        "answered_too_late": len(found.too_late),
        "of_these_lost": len(found.too_late - kept),
    }


def test_every_receipt_that_was_shown_outlives_power_cuts(tmp_path):
    privileges.need_loops()
    found = cut_again_and_again(4, 2, 20261126, tmp_path)
    assert found["shown"] > found["cuts"]
    assert found["lost"] == 0


@pytest.mark.soak
def test_no_receipt_is_lost_in_200_power_cuts(tmp_path):
    privileges.need_loops()
    found = cut_again_and_again(200, 20, 20261126, tmp_path)
    print(json.dumps(found))
    assert found["lost"] == 0


def refused_plainly(running: Station, application: Application) -> bool:
    """Whether a case is refused before there is a receipt, in words for people."""
    running.others.clear()
    status = running.submit(application)
    if status == 201:
        return False
    ((_, body),) = running.others
    assert (status, body["code"]) == (503, "database_unavailable"), body
    assert body["title"] in {
        "现在存不下来，什么都没有提交。请稍后再试，或找工作人员。",
        "It cannot be stored now, and nothing was handed in. Please try again or ask the staff.",
    }
    return True


def unwell(running: Station, part: str) -> bool:
    """Whether the service says that it cannot work, and that this part is why."""
    answer = running.get("/healthz")
    return answer.status == 503 and not answer.json()["parts"][part]["ok"]


def proved(folder: Path, running: Station) -> None:
    assert set(running.shown) == numbers(folder)
    done = run_kiosk("verify", "--data", str(folder))
    assert done.returncode == 0, done.stderr


def test_on_a_full_disk_cases_are_refused_before_the_receipt_until_there_is_space(tmp_path):
    privileges.need_mounts()
    with disks.memory(160) as disk:
        folder = disk / "terminal"
        ready = a_station(folder, tmp_path / "keys", 40)
        with station(folder, tmp_path / "log") as running:
            assert running.submit(ready.pop()) == 201
            assert not unwell(running, "disk")
            ballast = disk / "ballast"
            disks.fill(ballast)
            # What the log of the database holds already may still be written over.
            refused = next(each for each in ready if refused_plainly(running, each))
            assert unwell(running, "disk")
            ballast.unlink()
            assert running.submit(refused) == 201
            assert running.get("/healthz").status == 200
            proved(folder, running)


def test_on_a_broken_disk_cases_are_refused_before_the_receipt(tmp_path):
    privileges.need_loops()
    with disks.ext4(256) as disk:
        folder = disk.path / "terminal"
        first, second = a_station(folder, tmp_path / "keys", 2)
        with station(folder, tmp_path / "log") as running:
            assert running.submit(first) == 201
            disk.cut()  # From now on everything fails with EIO.
            assert refused_plainly(running, second)
            assert unwell(running, "disk")
            with running.without_processes():
                disk.unmount()
                disk.mount()
            assert running.submit(second) == 201
            assert running.get("/healthz").status == 200
            proved(folder, running)
