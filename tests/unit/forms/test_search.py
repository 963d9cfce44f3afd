"""Finding an item by what people type."""

import json
import time

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
        ("shbzk", "RS-011"),
        ("社保卡", "RS-011"),
        ("社保卡丢了", "RS-012"),
        ("失业", "RS-015"),
        ("失业金", "RS-021"),
        ("syj", "RS-021"),
        ("找工作", "RS-015"),
        ("退休金", "RS-003"),
        ("退休", "RS-003"),
        ("医保", "YB-01"),
        ("看病", "YB-14"),
        ("医保码", "YB-18"),
        ("社保转移", "RS-005"),
        ("医保转移", "YB-07"),
        ("住院报销", "YB-15"),
        ("慢性病", "YB-13"),
        ("生育津贴", "YB-16"),
        ("准生证", "WJ-001"),
        ("生孩子", "WJ-001"),
        ("育儿补贴", "WJ-008"),
        ("独生子女", "WJ-003"),
        ("家庭医生", "WJ-010"),
        ("老年卡", "MZ-009"),
        ("高龄补贴", "MZ-006"),
        ("特困", "MZ-003"),
        ("孤儿", "MZ-013"),
        ("临时救助", "MZ-004"),
        ("残疾人补贴", "MZ-011"),
        ("轮椅", "CL-004"),
        ("公租房", "ZJ-001"),
        ("gzf", "ZJ-001"),
        ("租房补贴", "ZJ-002"),
        ("危房", "ZJ-003"),
        ("种粮", "NY-003"),
        ("农机", "NY-004"),
        ("土地流转", "NY-005"),
        ("助学贷款", "JY-003"),
        ("去世", "RS-006"),
        ("丧葬费", "MZ-017"),
        ("老兵", "TY-001"),
        ("光荣牌", "TY-006"),
        ("打官司", "SF-001"),
        ("调解", "SF-002"),
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
    ("query", "code"),
    [
        ("失业保险斤", "RS-021"),
        ("失业保脸金", "RS-021"),
        ("失保险金", "RS-021"),
        ("失业的保险金", "RS-021"),
        ("失业险保金", "RS-021"),
        ("底保", "MZ-001"),
        ("五保护", "MZ-003"),
        ("尊老斤", "MZ-006"),
        ("残疾政", "CL-001"),
        ("残废证", "CL-001"),
        ("居住正", "GA-002"),
        ("公租方", "ZJ-001"),
        ("宅几地", "NY-001"),
        ("水到补贴", "NY-003"),
        ("困南补助", "MZ-001"),
        ("社保卡掉了", "RS-012"),
        ("医保 报消", "YB-14"),
        ("生育津帖", "YB-16"),
        ("yanlaobaoxian", "RS-001"),
        ("jizhuzheng", "GA-002"),
        ("siyedengji", "RS-015"),
    ],
)
def test_a_wrong_missing_or_alike_sign_is_forgiven(
    catalogue: Catalogue, query: str, code: str
) -> None:
    assert search(catalogue, query)[0].code == code


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("生孩子", {"WJ-001", "WJ-008", "YB-16"}),
        ("退休", {"RS-003", "RS-007", "RS-024"}),
        ("搬家", {"GA-001"}),
        ("毕业", {"RS-022"}),
        ("结婚", {"WJ-001"}),
        ("失业", {"RS-015", "RS-021"}),
        ("去世", {"RS-006", "MZ-017", "RS-004"}),
        ("当兵", {"TY-005", "TY-001"}),
        ("看病", {"YB-14", "YB-13"}),
        ("盖房子", {"NY-001"}),
        ("开店", {"NY-007"}),
    ],
)
def test_what_happens_in_a_life_finds_what_goes_with_it(
    catalogue: Catalogue, query: str, codes: set[str]
) -> None:
    assert codes <= {item.code for item in search(catalogue, query, limit=20)}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("我想给老人办残疾证", "CL-001"),
        ("我家小孩要上小学怎么办", "JY-001"),
        ("老人走了怎么办", "MZ-017"),
        ("医保报销要什么材料", "YB-14"),
        ("养老保险怎么交", "RS-001"),
    ],
)
def test_a_word_is_found_inside_a_sentence(catalogue: Catalogue, query: str, code: str) -> None:
    assert search(catalogue, query)[0].code == code


def test_a_release_without_sounds_is_still_searched(catalogue: Catalogue) -> None:
    content = json.loads(catalogue.content)
    del content["sounds"]
    old = Catalogue(json.dumps(content).encode())
    assert search(old, "低保")[0].code == "MZ-001"
    assert search(old, "底保") == []


def test_no_query_takes_long(catalogue: Catalogue) -> None:
    queries = (
        "xyzzyqab",
        "失夜宝脸斤",
        "护士证办理",
        "zhshzhshzh",
        "养老医保社保",
        "aaaa bbbb cccc",
    )
    search(catalogue, "ylbx")
    taken = []
    for query in queries * 5:
        begun = time.process_time()
        search(catalogue, query)
        taken.append(time.process_time() - begun)
    # 5 ms is the promise, which `make bench ONLY=search_p50` measures; a busy machine gets more.
    assert sorted(taken)[len(taken) // 2] < 0.015


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
