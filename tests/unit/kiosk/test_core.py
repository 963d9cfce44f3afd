"""Keys are made once, with an empty database: never in the place of keys that were lost."""

import json
import shutil
from pathlib import Path

import pytest

from kiosk.config import BadConfig
from sync import faultpoint
from tests.builders.cases import a_case_at
from tests.builders.machines import Machine, enrolled

KEYS = ["master.key", "identity.key"]


def again(machine: Machine) -> Machine:
    config = machine.parts.config
    return Machine.made(config.role, config.data_dir, config.database_url)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_hall_with_data_does_not_start_without_its_keys(a_hall, kind, key):
    hall = a_hall(kind)
    folder = hall.parts.config.data_dir / "keys"
    (folder / key).unlink()
    before = files(folder)
    with pytest.raises(BadConfig, match=f"keys/{key} is missing"):
        again(hall)
    assert files(folder) == before


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("left", ["peer", "cases"])
def test_a_terminal_with_data_does_not_start_without_its_keys(small_pair, key, left):
    terminal = small_pair.terminal
    a_case_at(terminal)
    with terminal.writing() as session:
        other = "cases" if left == "peer" else "peer"
        session.connection().exec_driver_sql(f"DELETE FROM {other}")  # noqa: S608
    (terminal.parts.config.data_dir / "keys" / key).unlink()
    with pytest.raises(BadConfig, match=f"keys/{key} is missing"):
        again(terminal)
    assert not (terminal.parts.config.data_dir / "keys" / key).exists()


def test_a_machine_whose_folder_of_keys_is_lost_names_all_that_is_missing(small_pair):
    keys = small_pair.terminal.parts.config.data_dir / "keys"
    shutil.rmtree(keys)
    with pytest.raises(BadConfig, match=r"master\.key and .*identity\.key are missing"):
        again(small_pair.terminal)
    assert not keys.exists()


def test_a_machine_without_data_makes_the_keys_it_lacks(terminal, a_hall, tmp_path):
    folder = terminal.parts.config.data_dir / "keys"
    for key in KEYS:
        (folder / key).unlink()
    made = again(terminal)
    assert all((folder / key).stat().st_mode & 0o777 == 0o600 for key in KEYS)
    enrolled(a_hall(), made)
    again(made).close()
    made.close()


def test_a_machine_whose_database_is_not_there_yet_makes_keys_and_no_database(tmp_path):
    made = Machine.made("terminal", tmp_path / "new")
    assert {path.name for path in (tmp_path / "new" / "keys").iterdir()} >= set(KEYS)
    assert not (tmp_path / "new" / "terminal.db").exists()
    made.close()


@pytest.mark.parametrize(("told", "count"), [("push.sealed", 1), ("", 0)])
def test_a_start_with_fault_points_says_so(tmp_path, monkeypatch, capsys, told, count):
    monkeypatch.setattr(faultpoint, "_ARMED", told)
    Machine.made("terminal", tmp_path / "data").close()
    lines = [line for line in capsys.readouterr().err.splitlines() if faultpoint.VARIABLE in line]
    assert [json.loads(line)["level"] for line in lines] == ["critical"] * count
