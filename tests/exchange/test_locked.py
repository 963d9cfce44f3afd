"""Somebody else holds the terminal's database: a bounded wait, and a case that is whole or none."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kiosk.db import BUSY_TIMEOUT_MS
from tests.builders.stations import Station, a_station, station
from tests.exchange.test_disks import proved, refused_plainly

HOLD = """
import sqlite3, sys, time
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
time.sleep(float(sys.argv[2]))
database.execute("ROLLBACK")
"""


@contextmanager
def held(folder: Path, seconds: float) -> Iterator[None]:
    """Let another process hold the database for a while, from the start of the block on."""
    command = [sys.executable, "-c", HOLD, str(folder / "terminal.db"), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        yield
        holder.terminate()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("locked") / "terminal"


@pytest.fixture(scope="module")
def applications(folder: Path) -> list:
    return a_station(folder, folder.parent / "keys", 2)


@pytest.fixture(scope="module")
def running(folder: Path, applications: list) -> Iterator[Station]:
    with station(folder, folder.parent / "log") as started:
        yield started


def test_a_case_waits_for_a_lock_that_is_held_for_a_moment(folder, applications, running):
    begun = time.monotonic()
    with held(folder, 2.0):
        assert running.submit(applications.pop()) == 201
    assert 1.0 < time.monotonic() - begun < BUSY_TIMEOUT_MS / 1000
    proved(folder, running)


def test_a_case_is_refused_whole_when_a_lock_is_held_for_long_and_pages_go_on(
    folder, applications, running
):
    application = applications.pop()
    with held(folder, 60.0):
        begun = time.monotonic()
        assert refused_plainly(running, application)
        waited = time.monotonic() - begun
        assert BUSY_TIMEOUT_MS / 1000 <= waited < BUSY_TIMEOUT_MS / 1000 + 5
        begun = time.monotonic()
        assert running.get("/").status == 200
        assert time.monotonic() - begun < 5
        proved(folder, running)
    assert running.submit(application) == 201
    proved(folder, running)
