"""What is not whole, not for this program or not to be overwritten is refused, in one clear line."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk import schema
from kiosk.backup import manifest, recovery_key, restoring, vault
from kiosk.backup.manifest import BadBackup
from kiosk.backup.restoring import Occupied
from kiosk.backup.sealing import Unopened
from kiosk.config import BadConfig
from sync import identity
from tests.builders.cases import a_case_at
from tests.builders.machines import Pair
from tests.unit.kiosk.backup.conftest import Keeper


@pytest.fixture
def keeper(small_pair: Pair, kept) -> Keeper:
    a_case_at(small_pair.terminal)
    small_pair.settle()
    found = kept(small_pair.hall)
    found.make()
    return found


def altered(file: Path, at: int = -20) -> None:
    content = bytearray(file.read_bytes())
    content[at] ^= 1
    file.write_bytes(content)


def refused(keeper: Keeper, target: Path, match: str, error: type[Exception] = BadBackup) -> None:
    with pytest.raises(error, match=match):
        keeper.restore(target)
    assert not target.exists() or list(target.iterdir()) == []


def test_any_part_or_file_that_was_altered_is_noticed_before_anything_appears(keeper, tmp_path):
    [backup] = vault.backups(keeper.folder)
    blob = keeper.folder / "blobs"
    victims = [backup.folder / name for name in ("database.age", "files.age", "blobs.txt")]
    victims += [next(each for each in blob.rglob("*") if each.is_file())]
    for victim in victims:
        whole = victim.read_bytes()
        altered(victim)
        refused(keeper, tmp_path / "again", "is not what")
        victim.write_bytes(whole)
    keeper.restore(tmp_path / "again")


def test_a_manifest_that_was_altered_or_signed_by_another_is_refused(keeper, tmp_path):
    [backup] = vault.backups(keeper.folder)
    file = backup.folder / manifest.FILE
    told = json.loads(file.read_text())
    file.write_text(json.dumps({**told, "watermarks": {}}))
    refused(keeper, tmp_path / "again", "signature is wrong")
    stranger = identity.load_or_make(tmp_path / "stranger")
    forged = replace(backup.manifest, public=stranger.public.to_hex())
    manifest.write(forged, stranger, backup.folder)
    refused(keeper, tmp_path / "again", "signed by another machine")


def test_another_recovery_key_opens_nothing(keeper, tmp_path):
    other, _ = recovery_key.make()
    stranger = Keeper(keeper.machine, keeper.folder, recovery_key.read(other))
    refused(stranger, tmp_path / "again", "does not open with this recovery key", Unopened)


def test_a_backup_of_a_newer_program_is_refused_with_what_it_needs(keeper, tmp_path, monkeypatch):
    monkeypatch.setattr(schema, "newest", lambda: "0001")
    refused(keeper, tmp_path / "again", "made by a newer program .* schema 00")


def test_a_backup_of_the_other_role_or_another_database_is_refused(keeper, tmp_path, small_pair):
    config = small_pair.terminal.parts.config
    backup = vault.find(keeper.folder)
    with pytest.raises(BadBackup, match="backup of a hall, not of a terminal"):
        restoring.restore(backup, config, keeper.secret)
    with pytest.raises(BadBackup, match="restore it without a database URL"):
        keeper.restore(tmp_path / "again", "postgresql+psycopg://nobody@/nothing")


def test_data_are_not_overwritten_unless_told_and_then_put_aside(keeper, tmp_path):
    target = tmp_path / "again"
    keeper.restore(target)
    with pytest.raises(Occupied, match="--replace"):
        keeper.restore(target)
    restored = keeper.restore(target, replacing=True)
    assert (target / str(restored.before) / "hall.db").exists()


def test_a_folder_belongs_to_one_machine(keeper, kept, small_pair):
    other = kept(small_pair.terminal)
    with pytest.raises(BadBackup, match="of another machine"):
        Keeper(small_pair.terminal, keeper.folder, other.secret).make(days=1)
    assert len(vault.backups(keeper.folder)) == 1


def test_without_a_recovery_key_no_backup_is_made(small_pair, tmp_path):
    keeper = Keeper(
        small_pair.hall, tmp_path / "backups", recovery_key.read(recovery_key.make()[0])
    )
    with pytest.raises(BadConfig, match="kiosk backup key"):
        keeper.make()


@pytest.mark.parametrize("as_typed", [str.lower, lambda text: text[:-1] + " \n" + text[-1]])
def test_a_recovery_key_may_be_typed_in_groups_and_small_letters(as_typed):
    secret, _ = recovery_key.make()
    typed = " ".join(recovery_key.grouped(secret))
    assert str(recovery_key.read(as_typed(typed))) == secret


def test_a_mistyped_recovery_key_is_named_as_such():
    secret, _ = recovery_key.make()
    wrong = secret[:-1] + ("Q" if secret[-1] != "Q" else "P")
    with pytest.raises(BadConfig, match="mistyped"):
        recovery_key.read(wrong)
    with pytest.raises(BadConfig, match="no recovery key"):
        recovery_key.read("age1qqqq")


def test_a_damaged_file_of_the_machine_is_told_and_all_others_are_kept(keeper, small_pair):
    blobs = small_pair.hall.parts.config.data_dir / "blobs"
    damaged, *_ = sorted(each for each in blobs.rglob("*") if each.is_file())
    altered(damaged)
    shutil.rmtree(keeper.folder)
    made = keeper.make(days=1)
    assert made.missing == (damaged.name,)
    assert made.blobs == 1
