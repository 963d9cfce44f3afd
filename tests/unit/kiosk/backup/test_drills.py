"""A drill brings a backup back somewhere else, proves it, and leaves nothing; on each database."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, text

from kiosk import schema
from kiosk.backup import databases, drilling, restoring, vault
from kiosk.cases.proof import prove
from tests.builders.cases import a_case_at
from tests.builders.machines import Machine
from tests.unit.kiosk.backup.conftest import Keeper
from tests.unit.kiosk.backup.dying import killed_at


@pytest.fixture
def keeper(pair, kept) -> Keeper:
    a_case_at(pair.terminal)
    pair.settle()
    found = kept(pair.hall)
    found.make()
    return found


def everything(hall: Machine) -> tuple[dict[str, int], set[str]]:
    """What a drill must not change: rows, databases of the server, folders of its own."""
    with hall.reading() as session:
        query = "SELECT datname FROM pg_database" if not hall.parts.config.is_sqlite else "SELECT 1"
        found = {str(name) for name in session.scalars(text(query))}
    folders = {str(each) for each in Path(tempfile.gettempdir()).glob("kiosk-drill-*")}
    return hall.row_counts(), found | folders


def test_a_sound_backup_is_proved_and_nothing_is_left(keeper):
    hall = keeper.machine
    before = everything(hall)
    found = drilling.drill(vault.find(keeper.folder), hall.parts.config, keeper.secret)
    assert (found["ok"], found["faults"], found["cases"], found["blobs"]) == (True, [], 1, 2)
    assert found["bytes"] > 0
    assert everything(hall) == before


def test_what_the_machine_had_lost_before_is_found(small_pair, kept):
    a_case_at(small_pair.terminal)
    small_pair.settle()
    with small_pair.hall.writing() as session:
        session.execute(text("DELETE FROM cases"))
    keeper = kept(small_pair.hall)
    keeper.make()
    config = small_pair.hall.parts.config
    found = drilling.drill(vault.find(keeper.folder), config, keeper.secret)
    assert not found["ok"]
    assert found["faults"][0].startswith("I1")


@pytest.fixture
def bare_postgres(postgres) -> Iterator[str]:
    """An empty database of a role that may do no more than its owner, as operations.md makes it."""
    postgres.run("DROP DATABASE IF EXISTS owned WITH (FORCE)")
    postgres.run("CREATE ROLE plain LOGIN")
    postgres.run("CREATE DATABASE owned OWNER plain")
    yield postgres.url("owned").replace("postgres@", "plain@")
    postgres.run("DROP DATABASE owned WITH (FORCE)")
    postgres.run("DROP ROLE plain")


@pytest.mark.parametrize("step", ["put_aside", "fill", "revive"])
def test_a_killed_restore_to_postgresql_can_be_run_again_and_keeps_what_was_there(
    a_hall, kept, tmp_path, bare_postgres, step
):
    keeper = kept(a_hall("postgresql"))
    keeper.make()
    with create_engine(bare_postgres, poolclass=NullPool).begin() as connection:
        connection.execute(text("CREATE TABLE precious (id int)"))
    target = tmp_path / "again"
    with pytest.raises(restoring.Occupied):
        keeper.restore(target, bare_postgres)
    killed_at(databases, step, 1, lambda: keeper.restore(target, bare_postgres, replacing=True))
    assert (target / schema.RESTORING).exists()
    keeper.restore(target, bare_postgres)
    again = Machine.made("hall", target, bare_postgres)
    assert again.within(prove, again.parts).faults == []
    with again.reading() as session:
        query = "SELECT table_schema FROM information_schema.tables WHERE table_name = 'precious'"
        [aside] = session.scalars(text(query))
    assert aside.startswith("before-")
    again.close()


def test_a_database_that_may_not_be_put_aside_leaves_all_as_it_was(
    a_hall, kept, tmp_path, postgres, bare_postgres
):
    keeper = kept(a_hall("postgresql"))
    keeper.make()
    # As PostgreSQL makes it until version 14, or for a schema that somebody else has made.
    owner = create_engine(postgres.url("owned"), poolclass=NullPool)
    with owner.begin() as connection:
        connection.execute(text("ALTER SCHEMA public OWNER TO postgres"))
        connection.execute(text("GRANT ALL ON SCHEMA public TO plain"))
    with create_engine(bare_postgres, poolclass=NullPool).begin() as connection:
        connection.execute(text("CREATE TABLE precious (id int)"))
    target = tmp_path / "again"
    target.mkdir()
    (target / "keys").write_text("precious")
    with pytest.raises(OSError, match="cannot be emptied"):
        keeper.restore(target, bare_postgres, replacing=True)
    assert [each.name for each in target.iterdir()] == ["keys"]
    with owner.connect() as connection:
        found = connection.scalars(
            text("SELECT schemaname FROM pg_tables WHERE tablename = 'precious'")
        )
        assert found.all() == ["public"]
