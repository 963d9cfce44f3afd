"""``kiosk catalogue xlsform`` and ``import``: files, reports and exit codes."""

import json

import pytest
import yaml
from click.testing import CliRunner

from kiosk.cli import catalogue_group as command
from tests.builders.workbooks import a_survey, changed


def run(*arguments):
    return CliRunner().invoke(command, [str(each) for each in arguments])


@pytest.fixture(scope="module")
def workbook(tmp_path_factory):
    folder = tmp_path_factory.mktemp("forms")
    assert run("xlsform", folder, "--item", "MZ-006").exit_code == 0
    return folder / "MZ-006.xlsx"


def test_it_writes_the_items_asked_for_and_counts_them(tmp_path):
    done = run("xlsform", tmp_path / "new", "--item", "MZ-006", "--item", "YB-14")
    told = json.loads(done.stdout)
    assert (told["items"], told["not_carried"]) == (2, [])
    assert {file.name for file in (tmp_path / "new").iterdir()} == {"MZ-006.xlsx", "YB-14.xlsx"}


def test_an_item_that_does_not_exist_is_refused(tmp_path):
    done = run("xlsform", tmp_path, "--item", "XX-999")
    assert (done.exit_code, "XX-999" in done.stderr) == (2, True)


def test_our_own_file_comes_back_and_passes_the_check(workbook, tmp_path):
    target = tmp_path / "MZ-006.yaml"
    done = run("import", workbook, target)
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"not_carried": 0, "problems": 0})
    assert yaml.safe_load(target.read_text("utf-8"))["code"] == "MZ-006"


def test_a_change_is_reported(workbook, tmp_path):
    file = tmp_path / "changed.xlsx"
    file.write_bytes(changed(workbook.read_bytes(), "signature", "required", "no"))
    done = run("import", file, tmp_path / "MZ-006.yaml")
    assert "required: was changed in the file; it cannot be carried back" in done.stdout
    assert done.exit_code == 0


def test_a_file_of_others_is_written_and_exits_with_1(tmp_path):
    file, target = tmp_path / "other.xlsx", tmp_path / "XX-000.yaml"
    file.write_bytes(a_survey({"type": "text", "name": "who", "label": "谁？"}))
    done = run("import", file, target)
    assert done.exit_code == 1
    assert "survey row 2, label: has no English" in done.stdout
    assert "XX-000.yaml:" in done.stderr
    assert target.exists()


def test_a_file_that_cannot_be_read_exits_with_2_and_writes_nothing(tmp_path):
    file, target = tmp_path / "bad.xlsx", tmp_path / "XX-000.yaml"
    file.write_bytes(b"no workbook")
    done = run("import", file, target)
    assert (done.exit_code, target.exists()) == (2, False)
    assert "no workbook" in done.stderr


@pytest.mark.parametrize(
    ("name", "column", "cell", "sheet"),
    [
        ("samples.0", "json", "5", "jishiban"),
        ("applicant", "jishiban::checks", "5", "survey"),
        ("applicant_name", "jishiban::params", "[1]", "survey"),
        ("applicant_name", "jishiban::answer", "nonsense", "survey"),
        ("applicant_name", "jishiban::visible", "[" * 30_000, "survey"),
        ("samples.0", "json", "[" * 900 + "]" * 900, "jishiban"),
    ],
)
def test_nonsense_in_our_columns_never_passes(workbook, tmp_path, name, column, cell, sheet):
    file = tmp_path / "odd.xlsx"
    file.write_bytes(changed(workbook.read_bytes(), name, column, cell, sheet))
    done = run("import", file, tmp_path / "MZ-006.yaml")
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code in (1, 2) or "is no JSON" in done.stdout


def test_a_file_that_is_there_is_kept_unless_told(workbook, tmp_path):
    target = tmp_path / "MZ-006.yaml"
    target.write_text("mine", "utf-8")
    assert run("import", workbook, target).exit_code == 2
    assert target.read_text("utf-8") == "mine"
    assert run("import", workbook, target, "--replace").exit_code == 0
