"""`kiosk backup` and `kiosk restore` as a technician types them."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kiosk.cli.backup import command
from tests.builders.cases import a_case_at
from tests.builders.platforms import KIOSK


def typed(data: Path, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "KIOSK_DATA_DIR": str(data)}
    return subprocess.run(
        [KIOSK, *words], input=given, env=environ, capture_output=True, text=True, check=False
    )


def told(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture
def data(small_pair) -> Path:
    a_case_at(small_pair.terminal)
    small_pair.settle()
    small_pair.terminal.close()
    folder: Path = small_pair.terminal.parts.config.data_dir
    return folder


def files_with(secret: str, *folders: Path) -> list[Path]:
    files = [each for folder in folders for each in folder.rglob("*") if each.is_file()]
    return [each for each in files if secret.encode() in each.read_bytes()]


def test_from_the_key_to_the_machine_that_is_back(data, tmp_path):
    store, again = tmp_path / "store", tmp_path / "again"
    sheet = typed(data, "backup", "key", "-").stdout
    secret = sheet.splitlines()[1]
    assert files_with(secret.replace(" ", ""), data) == []
    made = told(typed(data, "backup", str(store), "--keep", "2"))
    assert files_with(secret.replace(" ", ""), data, store) == []
    drilled = told(typed(data, "backup", "drill", str(store), given=secret))
    assert (drilled["ok"], drilled["cases"], drilled["blobs"]) == (True, 1, 2)
    listed = json.loads(CliRunner().invoke(command, ["list", str(store)]).stdout)
    assert (listed["backup"], listed["verified"]["ok"]) == (made["name"], True)
    restored = told(typed(data, "restore", str(store), "--data", str(again), given=secret.lower()))
    assert restored["fingerprint"] in sheet
    assert (again / "terminal.db").exists()


def test_the_sheet_is_for_its_owner_alone_and_never_overwritten(data, tmp_path):
    sheet = tmp_path / "sheet.html"
    words, environ = ["key", "--role", "terminal", str(sheet)], {"KIOSK_DATA_DIR": str(data)}
    assert CliRunner().invoke(command, words, env=environ).exit_code == 0
    assert sheet.stat().st_mode & 0o777 == 0o600
    before = sheet.read_text()
    assert CliRunner().invoke(command, words, env=environ).exit_code == 1
    assert sheet.read_text() == before
    assert len((data / "backup.recipients").read_text().split()) == 1


def test_a_list_names_a_backup_that_is_damaged(tmp_path):
    (tmp_path / "20261126T020000Z").mkdir()
    done = CliRunner().invoke(command, ["list", str(tmp_path)])
    assert (done.exit_code, json.loads(done.stdout)["backup"]) == (1, "20261126T020000Z")
