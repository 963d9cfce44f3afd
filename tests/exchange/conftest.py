"""Platforms of real processes for the tests of this folder; each leaves its own as it found it."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders.platforms import RunningPlatform, running_platform
from tests.builders.servers import PostgresServer


@pytest.fixture(scope="session")
def platform() -> Iterator[RunningPlatform]:
    # Not in pytest's own folder, whose long names leave no room for the names of sockets.
    folder = Path(tempfile.mkdtemp(prefix="exchange-"))
    with running_platform(folder) as started:
        yield started
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def apart(postgres: PostgresServer) -> Iterator[RunningPlatform]:
    """One more, for what leaves traces: its hall is on PostgreSQL, and may hold anything."""
    folder = Path(tempfile.mkdtemp(prefix="apart-"))
    postgres.run("CREATE DATABASE apart")
    with running_platform(folder, KIOSK_DATABASE_URL=postgres.url("apart")) as started:
        yield started
    shutil.rmtree(folder)
