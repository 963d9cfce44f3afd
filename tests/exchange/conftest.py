"""Platforms of real processes for the tests of this folder; each leaves its own as it found it."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders.platforms import RunningPlatform, lay_databases, running_platform
from tests.builders.servers import PostgresServer


@pytest.fixture(scope="session")
def platform(migrated_sqlite: Path) -> Iterator[RunningPlatform]:
    # Not in pytest's own folder, whose long names leave no room for the names of sockets.
    folder = Path(tempfile.mkdtemp(prefix="exchange-"))
    lay_databases(folder, migrated_sqlite, "hall", "terminal")
    with running_platform(folder) as started:
        yield started
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def apart(migrated_postgres: PostgresServer, migrated_sqlite: Path) -> Iterator[RunningPlatform]:
    """One more, for what leaves traces: its hall is on PostgreSQL, and may hold anything."""
    folder = Path(tempfile.mkdtemp(prefix="apart-"))
    lay_databases(folder, migrated_sqlite, "terminal")
    migrated_postgres.run("CREATE DATABASE apart TEMPLATE migrated")
    address = migrated_postgres.url("apart")
    with running_platform(folder, KIOSK_DATABASE_URL=address) as started:
        yield started
    shutil.rmtree(folder)
