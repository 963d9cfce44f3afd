"""Papers from the command line: files of the shipped release, and one line of JSON."""

import json

import pytest
import zxingcpp
from click.testing import CliRunner

from kiosk.cli import group
from kiosk.receipts import qr
from tests.builders.papers import page_count, pictures_of, text_of


def run(*arguments: object):
    return CliRunner().invoke(group, ["catalogue", *map(str, arguments)], catch_exceptions=False)


def test_posters_of_some_items_are_a_file_each(tmp_path):
    done = run("posters", tmp_path / "new", "--item", "MZ-001", "--item", "YB-14")
    told = json.loads(done.stdout)
    assert (told["posters"], told["files"]) == (2, 2)
    assert told["seconds"] > 0
    for code in ("MZ-001", "YB-14"):
        (page,) = pictures_of((tmp_path / "new" / f"{code}.pdf").read_bytes())
        assert [s.text for s in zxingcpp.read_barcodes(page)] == [qr.payload("item", code)]


def test_posters_in_one_file_name_the_station(tmp_path):
    items = ("--item", "MZ-001", "--item", "YB-14")
    told = json.loads(run("posters", tmp_path, *items, "--one-file", "--station", "前溪").stdout)
    assert told["files"] == 1
    pdf = (tmp_path / "posters.pdf").read_bytes()
    assert page_count(pdf) == 2
    assert text_of(pdf).count("前溪") == 2


@pytest.mark.parametrize(("paper", "said"), [("checklist", "办事材料清单"), ("form", "空白表")])
def test_checklist_and_blank_form_are_written_to_a_file(tmp_path, paper, said):
    assert run(paper, "JY-001", tmp_path / "a.pdf").exit_code == 0
    assert said in text_of((tmp_path / "a.pdf").read_bytes())


def test_an_unknown_item_is_named_and_nothing_is_written(tmp_path):
    with pytest.raises(LookupError, match="XX-999"):
        run("posters", tmp_path / "new", "--item", "XX-999")
    assert not (tmp_path / "new").exists()
