"""Fixtures of all tests: real halls and terminals in temporary folders, a real PostgreSQL.

A hall is on SQLite and on PostgreSQL in turn. Schemas are migrated once for each test process and
then copied, and applications with usual settings are lent to one test after the other. Neighbours:
`tests/builders` makes what a single test needs.
"""

import gc
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import argon2
import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from whitenoise import WhiteNoise
from whitenoise.responders import StaticFile

from kiosk import schema
from kiosk.config import Config, Role
from kiosk.operators import passwords
from kiosk.simulation.running import platform
from kiosk.simulation.world import Platform
from tests.builders import memory_disk
from tests.builders.kept import Kept, Lender
from tests.builders.machines import Machine, Pair, enrolled, initialised
from tests.builders.servers import PostgresServer, running_postgres


class CompiledOnce(BytecodeCache):
    """Templates compiled once for each test process: every application has an environment."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


def looked_at_once() -> Callable[..., StaticFile]:
    """Built files looked at once for each test process: a sixth of what an application costs."""
    look, kept = WhiteNoise.get_static_file, dict[tuple[Any, ...], StaticFile]()

    def get(self: WhiteNoise, path: str, url: str, stat_cache: Any = None) -> StaticFile:
        asked = (path, url, self.max_age, Path(path).stat().st_mtime_ns)
        if asked not in kept:
            kept[asked] = look(self, path, url, stat_cache)
        return kept[asked]

    return get


Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": CompiledOnce()}
WhiteNoise.get_static_file = looked_at_once()  # type: ignore[method-assign]

#: What the product hashes passwords with: 50 ms for each account that a test opens and signs in.
_OWN_HASHING = passwords._HASHER, passwords._NOBODY


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="Write the golden files anew; then look at them.",
    )


def pytest_configure() -> None:
    memory_disk.use()
    quick = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    passwords._HASHER, passwords._NOBODY = quick, quick.hash("nobody has this password")


def pytest_collection_finish() -> None:
    """Spare the collector of cycles what lives as long as the process: tests and modules.

    Every application is a large heap of cycles; with Python's own thresholds looking for what is
    left of earlier ones takes a sixth of the time of tests that make them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


@pytest.fixture
def own_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed as the product does; elsewhere in this process in a moment."""
    hasher, nobody = _OWN_HASHING
    monkeypatch.setattr(passwords, "_HASHER", hasher)
    monkeypatch.setattr(passwords, "_NOBODY", nobody)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server with the database `migrated`, the template of all others."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_postgres(postgres: PostgresServer, tmp_path_factory) -> PostgresServer:
    """The server, holding a template `migrated` with the product's schema."""
    postgres.run("CREATE DATABASE migrated")
    folder = tmp_path_factory.mktemp("template")
    schema.ensure(Config("hall", folder, database_url=postgres.url("migrated")))
    return postgres


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory) -> Path:
    """A migrated SQLite file; both roles have the same schema."""
    folder = tmp_path_factory.mktemp("template")
    schema.ensure(Config("terminal", folder))
    return folder / "terminal.db"


@pytest.fixture(scope="session")
def simulated(migrated_sqlite: Path) -> Iterator[Platform]:
    """Three terminals and a hall of the simulation, built once for each test process."""
    with platform(3, migrated_sqlite) as built:
        yield built


@pytest.fixture(scope="session")
def on_sqlite(migrated_sqlite: Path, tmp_path_factory) -> Callable[..., Machine]:
    """Makes machines on SQLite in folders of their own."""

    def make(role: Role, **settings: object) -> Machine:
        folder = tmp_path_factory.mktemp(role)
        shutil.copy(migrated_sqlite, folder / f"{role}.db")
        return Machine.made(role, folder, **settings)

    return make


@pytest.fixture(scope="session")
def terminals(on_sqlite) -> Lender[Machine]:
    """Terminals that are not enrolled."""

    def make() -> tuple[Machine, list[Kept]]:
        kept = Kept(on_sqlite("terminal"))
        return kept.machine, [kept]

    return Lender(make)


@pytest.fixture(scope="session")
def sqlite_halls(on_sqlite) -> Lender[Machine]:
    """Initialised halls on SQLite."""

    def make() -> tuple[Machine, list[Kept]]:
        kept = Kept(initialised(on_sqlite("hall")))
        return kept.machine, [kept]

    return Lender(make)


@pytest.fixture(scope="session")
def postgres_halls(
    migrated_postgres: PostgresServer, tmp_path_factory
) -> Iterator[Lender[Machine]]:
    """Initialised halls on PostgreSQL, each with a database of its own."""
    with ExitStack() as afterwards:

        def make() -> tuple[Machine, list[Kept]]:
            url = afterwards.enter_context(migrated_postgres.database("migrated"))
            hall = initialised(Machine.made("hall", tmp_path_factory.mktemp("hall"), url))

            def renew() -> None:
                migrated_postgres.empty(url)
                initialised(hall)

            return hall, [Kept(hall, renew)]

        yield Lender(make)


@pytest.fixture(scope="session")
def small_pairs(on_sqlite) -> Lender[Pair]:
    """Enrolled pairs on SQLite."""

    def make() -> tuple[Pair, list[Kept]]:
        pair = enrolled(initialised(on_sqlite("hall")), on_sqlite("terminal"))
        return pair, [Kept(pair.hall), Kept(pair.terminal)]

    return Lender(make)


@pytest.fixture
def a_terminal(on_sqlite, terminals: Lender[Machine]) -> Iterator[Callable[..., Machine]]:
    """Makes terminals that are not enrolled, each in a folder of its own."""
    with ExitStack() as afterwards:

        def make(**settings: object) -> Machine:
            if not settings:
                return afterwards.enter_context(terminals.lent())
            machine = on_sqlite("terminal", **settings)
            afterwards.callback(machine.close)
            return machine

        yield make


@pytest.fixture
def a_hall(request) -> Iterator[Callable[..., Machine]]:
    """Makes initialised halls on `sqlite` or `postgresql`."""
    with ExitStack() as afterwards:

        def make(kind: str = "sqlite") -> Machine:
            lender = "sqlite_halls" if kind == "sqlite" else "postgres_halls"
            return afterwards.enter_context(request.getfixturevalue(lender).lent())

        yield make


@pytest.fixture
def terminal(a_terminal) -> Machine:
    """A terminal that is not enrolled."""
    return a_terminal()


@pytest.fixture(params=["sqlite", "postgresql"])
def hall(request, a_hall) -> Machine:
    """An initialised hall, on each database in turn."""
    return a_hall(request.param)


@pytest.fixture
def pair(hall: Machine, terminal: Machine) -> Pair:
    """A hall and a terminal enrolled there, the hall on each database in turn."""
    return enrolled(hall, terminal)


@pytest.fixture
def small_pair(small_pairs: Lender[Pair]) -> Iterator[Pair]:
    """A pair on SQLite alone, for what the hall's database has no part in."""
    with small_pairs.lent() as pair:
        yield pair.with_a_new_line()
