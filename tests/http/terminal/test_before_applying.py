"""Before anything is filled in: the pre-check, what can be taken along, and who is here."""

import pytest

from tests.builders.machines import Machine
from tests.http.terminal.resident import ITEMS, Resident

ITEM = ITEMS["MZ-006"]


@pytest.fixture
def visitor(terminal: Machine) -> Resident:
    """A browser at a terminal of its own, which is not enrolled."""
    return Resident(terminal)


def test_the_precheck_says_what_to_bring_or_whom_to_ask_and_keeps_nothing(
    visitor: Resident, terminal: Machine
) -> None:
    visitor.open(f"/items/{ITEM.code}")
    assert f"/items/{ITEM.code}/precheck" in visitor.links
    visitor.open(f"/items/{ITEM.code}/precheck")
    visitor.send({"condition-1": "yes", "condition-2": "yes"})
    assert "可以办，请带好下面的材料" in visitor.text and "居民户口簿" in visitor.text
    visitor.open(f"/items/{ITEM.code}/precheck")
    visitor.send({"condition-1": "yes", "condition-2": "no"})
    assert "请先问一下工作人员" in visitor.text and "户籍在张家港市 您选了：不符合" in visitor.text
    assert "/station" in visitor.links
    with visitor.browser.session_transaction() as session:
        assert not {key for key in session if not key.startswith(("_", "csrf"))}
    assert terminal.row_counts()["draft"] == 0


def test_a_question_left_open_is_named_and_the_others_stay_chosen(visitor: Resident) -> None:
    visitor.open(f"/items/{ITEM.code}/precheck")
    visitor.send({"condition-2": "unsure"})
    assert visitor.status == 422
    assert "请选一个：年满80周岁" in visitor.text
    assert 'value="unsure" checked' in visitor.page
    assert visitor.open("/items/YJS-01/precheck") and visitor.status == 404


def test_a_guide_is_taken_along_only_where_phones_can_come(a_terminal) -> None:
    nowhere = Resident(a_terminal())
    nowhere.browser.environ_base["HTTP_HOST"] = "127.0.0.1:8200"
    path = f"/items/{ITEM.code}/take.svg"
    assert path not in nowhere.open(f"/items/{ITEM.code}")
    nowhere.open(path)
    assert nowhere.status == 404
    known = Resident(a_terminal(public_url="https://station.example/"))
    assert path in known.open(f"/items/{ITEM.code}")
    assert "<svg" in known.open(path) and known.status == 200


@pytest.mark.parametrize(("language", "word"), [("zh", "所需材料"), ("en", "What you need")])
def test_the_checklist_can_be_kept_as_text(visitor: Resident, language: str, word: str) -> None:
    visitor.browser.set_cookie("lang", language)
    answer = visitor.browser.get(f"/items/{ITEM.code}/checklist.txt")
    assert answer.mimetype == "text/plain"
    lines = answer.text.splitlines()
    assert word in lines
    assert len([line for line in lines if line.startswith("□")]) == len(ITEM.requirements)


def test_who_is_here_and_when_stands_on_the_page_of_the_staff(
    resident: Resident, staff: tuple[str, str], small_pair
) -> None:
    resident.open("/station")
    assert "在站人员 周" in resident.text and "前溪社区" in resident.text


def test_the_stations_own_hours_and_telephone_come_before_the_catalogues(a_terminal) -> None:
    visitor = Resident(a_terminal(station_hours="8:30–17:00", station_phone="0512-58220000"))
    visitor.open("/station")
    assert "8:30–17:00" in visitor.text and "0512-58220000" in visitor.text
