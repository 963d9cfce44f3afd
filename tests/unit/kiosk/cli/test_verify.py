"""`kiosk verify` proves a copy of a data folder without its keys, and leaves it as it was."""

import json
import shutil
from pathlib import Path

import pytest

from tests.builders.cases import a_case_at
from tests.builders.commands import run_here
from tests.builders.machines import Pair


def copied(pair: Pair, role: str, target: Path, *left_out: str) -> Path:
    machine = pair.terminal if role == "terminal" else pair.hall
    machine.close()
    shutil.copytree(
        machine.parts.config.data_dir, target, ignore=shutil.ignore_patterns("*-turn", *left_out)
    )
    return target


def content(folder: Path) -> dict[str, bytes]:
    return {str(path): b"" if path.is_dir() else path.read_bytes() for path in folder.rglob("*")}


@pytest.mark.parametrize("role", ["terminal", "hall"])
def test_a_copy_without_keys_is_proved_and_nothing_in_it_changes(small_pair, tmp_path, role):
    a_case_at(small_pair.terminal)
    small_pair.settle()
    copy = copied(small_pair, role, tmp_path / "copy", "keys", "releases")
    before = content(copy)
    done = run_here("verify", "--data", str(copy))
    assert done.returncode == 0, done.stderr
    assert (json.loads(done.stdout)["role"], json.loads(done.stdout)["cases"]) == (role, 1)
    assert content(copy) == before


def test_a_copy_without_its_files_is_not_given_an_empty_folder_for_them(small_pair, tmp_path):
    a_case_at(small_pair.terminal)
    copy = copied(small_pair, "terminal", tmp_path / "copy", "blobs")
    done = run_here("verify", "--data", str(copy))
    assert (done.returncode, "I4" in done.stderr) == (1, True)
    assert not (copy / "blobs").exists()


def test_a_folder_without_a_database_is_told_and_is_not_given_one(tmp_path):
    done = run_here("verify", "--data", str(tmp_path))
    assert done.returncode == 2
    assert "hall.db is not there" in done.stderr
    assert list(tmp_path.iterdir()) == []
