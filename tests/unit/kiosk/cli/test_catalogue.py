"""`kiosk catalogue check` counts what ships, and fails with file and line when something is wrong."""

import json
import shutil
from pathlib import Path

from forms import catalogue as authoring
from tests.builders.commands import run_here


def test_the_shipped_catalogue_is_counted():
    done = run_here("catalogue", "check", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "items": 110,
        "medical": 18,
        "bundles": 11,
        "help": 65,
        "help_investment": 10,
        "findings": 0,
    }


def test_what_is_wrong_is_counted_and_named(tmp_path: Path):
    shutil.copytree(authoring.HERE / "construction", tmp_path / "construction")
    land = tmp_path / "construction" / "1_land.yaml"
    land.write_text(land.read_text("utf-8").replace("limit: 12", "limit: 10"), "utf-8")
    done = run_here("catalogue", "check", str(tmp_path), "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["findings"] == 1
    assert "construction/1_land.yaml:5: the longest chain takes 11 working days" in done.stderr
