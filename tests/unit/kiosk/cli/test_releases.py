"""`kiosk catalogue release | list | diff` as processes: what they print, refuse and leave behind."""

import json
import shutil
from pathlib import Path

import pytest

from forms import catalogue as authoring
from tests.builders.cases import SHORT_ITEM, a_case_at
from tests.builders.commands import run_here
from tests.builders.machines import Pair
from tests.builders.platforms import run_kiosk
from tests.builders.releases import released, renamed


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "definitions"
    shutil.copytree(authoring.HERE / "shared", folder / "shared")
    (folder / "items").mkdir()
    for code in ("MZ-006", "YB-14"):
        shutil.copy(authoring.HERE / "items" / f"{code}.yaml", folder / "items")
    return folder


def at(pair: Pair, *words: str, role: str = "hall", run=run_here):
    machine = pair.hall if role == "hall" else pair.terminal
    return run("catalogue", *words, KIOSK_DATA_DIR=str(machine.parts.config.data_dir))


def test_definitions_become_the_current_release_and_reach_the_terminal(small_pair, source):
    done = at(small_pair, "release", str(source))
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["items"] == 2
    assert small_pair.hall.parts.catalogue.release == told["release"]
    small_pair.settle()
    assert small_pair.terminal.parts.catalogue.release == told["release"]
    again = at(small_pair, "release", str(source))
    assert json.loads(again.stdout) == told


def test_a_broken_definition_stops_the_release_with_file_line_and_reason(small_pair, source):
    file = source / "items" / "MZ-006.yaml"
    lines = len(file.read_text("utf-8").splitlines())
    with file.open("a", encoding="utf-8") as out:
        out.write("nme: x\n")
    before = small_pair.hall.row_counts()
    done = at(small_pair, "release", str(source))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"items/MZ-006.yaml:{lines + 1}: 'nme' is not known here\n"
    assert small_pair.hall.row_counts() == before
    assert not (small_pair.hall.parts.releases.folder / "current").exists()


@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 100_000])
def test_a_file_that_is_no_release_is_refused(small_pair, tmp_path, content):
    file = tmp_path / f"{'0' * 64}.json"
    file.write_bytes(content)
    done = at(small_pair, "release", str(file))
    assert done.returncode == 1
    assert done.stderr.endswith("; nothing was released\n")


def test_a_release_file_that_was_built_elsewhere_is_released(small_pair, tmp_path, source):
    built = authoring.build(authoring.load(source), tmp_path / "elsewhere")
    done = at(small_pair, "release", str(built))
    assert json.loads(done.stdout)["release"] == built.stem


def test_the_list_counts_cases_and_names_terminals(small_pair):
    a_case_at(small_pair.terminal)
    old = small_pair.terminal.parts.catalogue.release
    made = released(small_pair.hall, renamed(small_pair.terminal.parts.catalogue, SHORT_ITEM))
    small_pair.settle()
    rows = json.loads(at(small_pair, "list", "--json", run=run_kiosk).stdout)
    assert [(row["release"], row["cases"], row["is_current"]) for row in rows] == [
        (made, 0, True),
        (old, 1, False),
    ]
    assert [row["terminals"] for row in rows] == [1, 0]
    table = at(small_pair, "list").stdout
    assert f"{made[:12]}  " in table
    own = json.loads(at(small_pair, "list", "--json", role="terminal").stdout)
    assert [(row["release"], row["cases"], row["is_current"]) for row in own] == [
        (made, 0, True),
        (old, 1, False),
    ]


def test_the_differences_of_two_releases_are_said_in_words_and_as_json(small_pair):
    old = small_pair.hall.parts.catalogue
    name = old.item(SHORT_ITEM).name
    made = released(small_pair.hall, renamed(old, SHORT_ITEM))
    words = at(small_pair, "diff", old.release[:8], made[:8])
    assert words.stdout == (f"{SHORT_ITEM} name: {name.zh} / {name.en} -> 改名 / {name.en}\n"), (
        words.stderr
    )
    told = json.loads(at(small_pair, "diff", "--json", old.release, made).stdout)
    assert list(told["changed"]) == [SHORT_ITEM]


@pytest.mark.parametrize("name", ["zzzz", "00000000", ""])
def test_an_unknown_release_is_named(small_pair, name):
    done = at(small_pair, "diff", name, name)
    assert done.returncode == 2
    assert "kiosk catalogue list" in done.stderr
