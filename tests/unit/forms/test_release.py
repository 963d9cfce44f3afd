"""Releases: named by their bytes, immutable, and light to open."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from forms import catalogue as authoring
from forms.release import Catalogue, ReleaseDamaged, check_readable, open_release
from forms.schema import validate
from forms.search import search

BAD_ITEM = b'{"format": 3, "lists": {}, "index": {"a": {}}, "items": {"a": 1}}'


def test_a_release_opens_as_the_catalogue_it_was_built_from(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    opened = open_release(authoring.build(catalogue, tmp_path))
    assert opened.release == catalogue.release
    assert list(opened.items) == sorted(catalogue.items)
    item = opened.item("MZ-006")
    assert item is opened.items["MZ-006"]
    sample = item.samples[0]
    assert validate(item, sample.answers, sample.today)
    assert search(opened, "dibao")[0].code == "MZ-001"


def test_building_is_deterministic_and_idempotent(tmp_path: Path) -> None:
    first = authoring.build(authoring.load(), tmp_path / "a")
    again = authoring.build(authoring.load(), tmp_path / "a")
    other = authoring.build(authoring.load(), tmp_path / "b")
    assert first == again
    assert (first.name, first.read_bytes()) == (other.name, other.read_bytes())
    assert [path.name for path in (tmp_path / "a").iterdir()] == [first.name]


def test_another_text_makes_another_release(source: Path) -> None:
    before = authoring.load(source).release
    file = source / "items" / "MZ-006.yaml"
    file.write_text(file.read_text("utf-8").replace("年满80周岁", "年满八十周岁"), "utf-8")
    assert authoring.load(source).release != before


@pytest.mark.parametrize("offset", [0, 1000, -2])
def test_a_changed_byte_is_noticed(catalogue: Catalogue, tmp_path: Path, offset: int) -> None:
    path = authoring.build(catalogue, tmp_path)
    content = bytearray(path.read_bytes())
    content[offset] ^= 1
    path.write_bytes(content)
    with pytest.raises(ReleaseDamaged):
        open_release(path)


def test_a_release_under_the_name_of_another_is_noticed(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    path = authoring.build(catalogue, tmp_path)
    with pytest.raises(ReleaseDamaged):
        open_release(path.rename(tmp_path / f"{'0' * 64}.json"))


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"format": 1}', b"\xff", BAD_ITEM])
def test_other_bytes_are_no_release(content: bytes) -> None:
    with pytest.raises(ReleaseDamaged):
        Catalogue(content)


def test_a_bundle_whose_member_is_gone_makes_a_release_unreadable(catalogue: Catalogue) -> None:
    document = json.loads(catalogue.content)
    del document["items"]["WJ-008"], document["index"]["WJ-008"]
    with pytest.raises(ReleaseDamaged, match="YJS-01"):
        check_readable(Catalogue(json.dumps(document).encode()))


def test_an_unknown_code_is_a_key_error(catalogue: Catalogue) -> None:
    with pytest.raises(KeyError):
        catalogue.item("XX-999")


def test_a_terminal_loads_neither_pypinyin_nor_yaml() -> None:
    program = (
        "import sys, forms.masking, forms.release, forms.schema, forms.search\n"
        "heavy = {'pypinyin', 'yaml', 'openpyxl', 'xlsxwriter', 'flask', 'sqlalchemy', 'redis', 'rq'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert found.stdout.strip() == "[]"
