"""kill -9 in the middle of a backup or a restore, a full disk: nothing half appears, again works."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from kiosk import schema
from kiosk.backup import making, manifest, model, restoring, vault
from kiosk.cases.proof import prove
from kiosk.config import BadConfig, Config
from sync.ledger import Terminal
from tests.builders.cases import a_case_at
from tests.builders.machines import Machine, Pair
from tests.builders.privileges import need_mounts
from tests.unit.kiosk.backup.conftest import Keeper
from tests.unit.kiosk.backup.dying import killed_at

#: Steps of a backup, by the function that is called there.
WHILE_MAKING = [(making, "seal", 1), (making, "measured", 1), (manifest, "write", 1)]
WHILE_MAKING += [(vault, "flush", 2), (model, "end", 1)]
#: Steps of a restore: unpacking, and each step of putting things in place.
WHILE_RESTORING = [
    (restoring, "_lay_out", 1),
    (restoring, "_deed", 1),
    (restoring, "_put_aside", 1),
]
WHILE_RESTORING += [
    (Path, "rename", 2),
    (Path, "rename", 7),
    (Path, "rename", 10),
    (Path, "rmdir", 1),
]


@pytest.fixture
def keeper(small_pair: Pair, kept) -> Keeper:
    a_case_at(small_pair.terminal)
    small_pair.settle()
    return kept(small_pair.hall)


def mark_of(hall: Machine) -> tuple[int, int]:
    with hall.reading() as session:
        row = session.scalars(select(Terminal)).one()
    return (row.backed_up_epoch, row.backed_up_seq)


@pytest.mark.parametrize(("place", "name", "call"), WHILE_MAKING)
def test_a_killed_backup_moves_no_mark_and_the_next_one_does(keeper, place, name, call):
    keeper.machine.close()
    killed_at(place, name, call, keeper.make)
    assert mark_of(keeper.machine) == (0, 0)
    # Killed at the last step it is there and whole; before that there is none.
    assert len(vault.backups(keeper.folder)) == (1 if place is model else 0)
    keeper.make(days=1)
    assert mark_of(keeper.machine) == (1, 1)
    assert list(keeper.folder.glob(vault.UNFINISHED + "*")) == []
    assert not (keeper.machine.parts.config.data_dir / "backup.scratch").exists()


@pytest.mark.parametrize(("place", "name", "call"), WHILE_RESTORING)
def test_a_killed_restore_starts_no_half_machine_and_can_be_run_again(
    keeper, tmp_path, place, name, call
):
    keeper.make()
    target = tmp_path / "again"
    keeper.restore(target)
    (target / "positions.json").write_text("of before")
    before = {each.name for each in target.iterdir()}
    killed_at(place, name, call, lambda: keeper.restore(target, replacing=True))
    if (target / schema.RESTORING).exists():
        with pytest.raises(BadConfig, match="was interrupted"):
            schema.ensure(Config("hall", target))
    else:
        # Nothing was touched yet.
        assert before <= {each.name for each in target.iterdir()}
    keeper.restore(target, replacing=not (target / schema.RESTORING).exists())
    again = Machine.made("hall", target)
    assert again.within(prove, again.parts).faults == []
    again.close()
    aside = [each for each in target.iterdir() if each.name.startswith("before-")]
    assert len(aside) == 1
    assert (aside[0] / "positions.json").read_text() == "of before"
    assert not (target / "restoring").exists()


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """A file system with room for one backup and not for two."""
    folder = tmp_path / "disk"
    folder.mkdir()
    need_mounts()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_on_a_full_disk_the_last_backup_stays_and_the_failure_is_shown(
    small_pair, keeper, small_disk
):
    full = Keeper(keeper.machine, small_disk / "backups", keeper.secret)
    first = full.make()
    for _ in range(2):
        a_case_at(small_pair.terminal)
    small_pair.settle()
    (small_disk / "filler").write_bytes(bytes(_free(small_disk)))
    with pytest.raises(OSError, match="No space left"):
        full.make(days=1)
    assert [each.name for each in vault.backups(full.folder)] == [first.name]
    assert mark_of(full.machine) == (1, 1)
    with full.machine.reading() as session:
        found = model.state(session)
    assert found.last_at is not None
    assert "No space left" in (found.problem or "")
    (small_disk / "filler").unlink()


def test_a_backup_whose_end_the_database_does_not_take_is_a_failed_one(
    small_pair, keeper, monkeypatch
):
    first = keeper.make()
    before = mark_of(keeper.machine)
    a_case_at(small_pair.terminal)
    small_pair.settle()

    def fail(*_: object) -> None:
        raise OperationalError("UPDATE terminal", {}, Exception("deadlock detected"))

    monkeypatch.setattr(making.watermark, "move", fail)
    with pytest.raises(OperationalError):
        keeper.make(days=1)
    assert mark_of(keeper.machine) == before
    with keeper.machine.reading() as session:
        found = model.state(session)
        names = [run.name for run in session.query(model.BackupRun) if run.finished_at]
    assert "deadlock detected" in (found.problem or "")
    assert names == [first.name]


def _free(folder: Path) -> int:
    told = os.statvfs(folder)
    return told.f_bavail * told.f_frsize
