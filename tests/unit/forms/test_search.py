"""Finding an item by what people type."""

import pytest

from forms.release import Catalogue
from forms.search import search


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("低保", "MZ-001"),
        ("dibao", "MZ-001"),
        ("DiBao", "MZ-001"),
        ("di bao", "MZ-001"),
        ("db", "MZ-001"),
        ("吃低保", "MZ-001"),
        ("ylbx", "RS-001"),
        ("y l b x", "RS-001"),
        ("养老保险", "RS-001"),
        ("yanglaobaoxian", "RS-001"),
        ("4050", "RS-018"),
        ("残疾证", "CL-001"),
        ("canjizheng", "CL-001"),
        ("cjz", "CL-001"),
        ("宅基地", "NY-001"),
        ("造房子", "NY-001"),
        ("暂住证", "GA-002"),
        ("jzz", "GA-002"),
        ("欠薪", "SF-001"),
        ("请律师", "SF-001"),
        ("上小学", "JY-001"),
        ("幼升小", "JY-001"),
        ("新农合", "YB-01"),
        ("外地看病", "YB-09"),
        ("医保 报销", "YB-14"),
        ("门诊报销", "YB-14"),
        ("尊老金", "MZ-006"),
        ("老人钱", "MZ-006"),
        ("mz006", "MZ-006"),
        ("MZ-006", "MZ-006"),
        ("ＭＺ－００６", "MZ-006"),
        ("residence permit", "GA-002"),
        ("legal aid", "SF-001"),
    ],
)
def test_the_right_item_comes_first(catalogue: Catalogue, query: str, code: str) -> None:
    assert search(catalogue, query)[0].code == code


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("canjizhen", "CL-001"),
        ("canjizhengg", "CL-001"),
        ("cnajizheng", "CL-001"),
        ("camjizheng", "CL-001"),
        ("juzuzheng", "GA-002"),
        ("zunlaojn", "MZ-006"),
    ],
)
def test_one_slip_is_forgiven(catalogue: Catalogue, query: str, code: str) -> None:
    assert code in {item.code for item in search(catalogue, query)}


@pytest.mark.parametrize(
    "query", ["", "   ", "？！", "xyzzyq", "护照", "'; DROP TABLE", "%", "\x00"]
)
def test_nothing_is_found_for_nothing(catalogue: Catalogue, query: str) -> None:
    assert search(catalogue, query) == []


def test_the_limit_is_kept(catalogue: Catalogue) -> None:
    assert len(search(catalogue, "医", limit=2)) == 2


def test_a_department_or_life_event_finds_its_items(catalogue: Catalogue) -> None:
    found = {item.code for item in search(catalogue, "医疗保障局", limit=200)}
    assert found == {code for code in catalogue.items if code.startswith("YB-")}
