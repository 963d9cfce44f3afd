"""`kiosk backup` and `kiosk restore` as a technician types them."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.builders.cases import a_case_at
from tests.builders.platforms import KIOSK


def typed(data: Path, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "KIOSK_DATA_DIR": str(data)}
    return subprocess.run(
        [KIOSK, *words], input=given, env=environ, capture_output=True, text=True, check=False
    )


def told(done: subprocess.CompletedProcess[str]) -> dict[str, object]:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def data(terminal, small_pair) -> Path:
    a_case_at(small_pair.terminal)
    small_pair.settle()
    small_pair.terminal.close()
    return small_pair.terminal.parts.config.data_dir


def test_from_the_key_to_the_machine_that_is_back(data, tmp_path):
    sheet, store, again = tmp_path / "sheet.html", tmp_path / "store", tmp_path / "again"
    assert "kiosk backup key" in typed(data, "backup", str(store)).stderr
    assert typed(data, "backup", "key", str(sheet)).returncode == 0
    assert sheet.stat().st_mode & 0o777 == 0o600
    made = told(typed(data, "backup", str(store), "--keep", "2"))
    drilled = told(typed(data, "backup", "drill", str(store), "--key", str(sheet)))
    assert (drilled["ok"], drilled["cases"], drilled["blobs"]) == (True, 1, 2)
    listed = told(typed(data, "backup", "list", str(store)))
    assert (listed["backup"], listed["verified"]["ok"]) == (made["name"], True)
    restored = told(
        typed(data, "restore", str(store), "--data", str(again), given=sheet.read_text())
    )
    assert restored["fingerprint"] in sheet.read_text()
    assert told(typed(data, "verify", "--data", str(again)))["ok"]
    state = told(typed(data, "outbox", "status"))["backup"]
    assert (state["problem"], state["late"]) == (None, False)


def test_the_secret_is_nowhere_on_the_machine(data, tmp_path):
    shown = typed(data, "backup", "key", "-")
    words = shown.stdout.splitlines()[1]
    secret = words.replace(" ", "").encode()
    assert secret.startswith(b"AGE-SECRET-KEY-1")
    told(typed(data, "backup", str(tmp_path / "store")))
    files = [each for each in [*data.rglob("*"), *tmp_path.rglob("*")] if each.is_file()]
    assert [each for each in files if secret in each.read_bytes()] == []
