"""Backups share files that are written once; old ones go, never the newest that was proved."""

from pathlib import Path

import pytest

from kiosk.backup import vault
from kiosk.backup.manifest import BadBackup
from tests.builders.cases import a_case_at
from tests.builders.machines import Pair
from tests.unit.kiosk.backup.conftest import Keeper


@pytest.fixture
def keeper(small_pair: Pair, kept) -> Keeper:
    a_case_at(small_pair.terminal)
    return kept(small_pair.terminal)


def files(folder: Path) -> dict[str, int]:
    return {
        each.name: each.stat().st_ino for each in (folder / "blobs").rglob("*") if each.is_file()
    }


def names(folder: Path) -> list[str]:
    return [each.name for each in vault.backups(folder)]


def test_a_file_is_written_once_for_all_backups(keeper, small_pair):
    keeper.make()
    first = files(keeper.folder)
    a_case_at(small_pair.terminal)
    made = keeper.make(days=1)
    second = files(keeper.folder)
    assert (len(first), len(second), made.blobs) == (2, 4, 4)
    assert first.items() <= second.items()
    assert made.new_bytes < made.bytes


def test_the_oldest_go_with_the_files_that_only_they_had(keeper, small_pair):
    keeper.make()
    terminal = small_pair.terminal
    for each in list((terminal.parts.config.data_dir / "blobs").rglob("*")):
        if each.is_file():
            each.unlink()
    a_case_at(terminal)
    keeper.make(days=1)
    keeper.make(days=2)
    _, second, third = names(keeper.folder)
    assert len(files(keeper.folder)) == 4
    vault.prune(keeper.folder, 2)
    assert names(keeper.folder) == [second, third]
    assert len(files(keeper.folder)) == 2


def test_the_newest_backup_that_a_drill_has_proved_stays(keeper):
    for day in range(4):
        keeper.make(days=day)
    first, second, third, fourth = vault.backups(keeper.folder)
    for each, ok in ((first, True), (second, True), (third, False)):
        each.note_drill({"ok": ok})
    assert vault.prune(keeper.folder, 1) == [first.name, third.name]
    assert names(keeper.folder) == [second.name, fourth.name]


def test_nothing_is_pruned_while_a_backup_is_being_made(keeper):
    keeper.make(days=-1)
    with (
        vault.new_backup(keeper.folder),
        pytest.raises(BadBackup, match="somebody else is at work"),
    ):
        vault.prune(keeper.folder, 1)


def test_a_damaged_backup_keeps_no_further_one_from_being_made_and_nothing_is_pruned(keeper):
    keeper.make()
    [first] = vault.backups(keeper.folder)
    (first.folder / "manifest.json").write_text("{")
    keeper.make(days=1)
    with pytest.raises(BadBackup, match="malformed"):
        vault.prune(keeper.folder, 1)
    assert len(vault.folders(keeper.folder)) == 2
