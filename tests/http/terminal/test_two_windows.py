"""One resident with two windows at one application: nothing entered is lost or silently replaced."""

import io

import pytest

from tests.builders.machines import Pair
from tests.http.terminal.resident import ITEMS, Resident, a_photograph, good

ITEM = ITEMS["MZ-006"]
APPLY = f"/items/{ITEM.code}/apply"
CHANGED = "在另一个窗口改过"


@pytest.fixture
def first(resident: Resident) -> Resident:
    """A window in which the application is filled up to the materials."""
    resident.apply_for(ITEM, good(ITEM))
    return resident


@pytest.fixture
def second(first: Resident, small_pair: Pair) -> Resident:
    """Another window of the same browser."""
    window = Resident(small_pair.terminal)
    window.browser = first.browser
    return window


def begin_again(window: Resident) -> None:
    window.open(f"/items/{ITEM.code}")
    window.send(action="/apply")


def test_beginning_again_asks_before_anything_is_cleared(first: Resident, second: Resident) -> None:
    begin_again(second)
    assert "重新开始" in second.text
    assert good(ITEM)["applicant"]["name"] not in second.text
    second.send({"choice": "continue"}, action="/apply")
    assert second.at == f"{APPLY}/check"


def test_beginning_afresh_clears_what_was_entered(first: Resident, second: Resident) -> None:
    begin_again(second)
    second.send({"choice": "afresh"}, action="/apply")
    assert second.at == f"{APPLY}/identify"
    assert good(ITEM)["applicant"]["id_number"] not in second.page


def test_a_window_of_the_cleared_application_enters_nothing_into_the_new_one(
    first: Resident, second: Resident
) -> None:
    first.open(f"{APPLY}/questions/claim/lives_there")
    begin_again(second)
    second.send({"choice": "afresh"}, action="/apply")
    first.send({"value": "yes"})
    assert CHANGED in first.text or first.at != f"{APPLY}/questions/claim/lives_there"
    second.open(f"{APPLY}/questions/claim/lives_there")
    assert "checked" not in second.page


def test_after_handing_in_beginning_again_does_not_ask(first: Resident) -> None:
    first.give_all_materials()
    first.sign()
    begin_again(first)
    assert first.at == f"{APPLY}/identify"


def test_an_answer_changed_elsewhere_is_shown_and_not_overwritten(
    first: Resident, second: Resident
) -> None:
    question = f"{APPLY}/questions/claim/registered_address"
    first.open(question)
    second.open(question)
    second.send({"value-division": "", "value-detail": "张家港市杨舍镇人民中路88号"})
    first.send({"value-division": "", "value-detail": "张家港市杨舍镇长安南路2号"})
    assert first.status == 409
    assert CHANGED in first.text
    assert (
        "张家港市杨舍镇人民中路88号" in first.page and "张家港市杨舍镇长安南路2号" not in first.page
    )
    first.send({"value-division": "", "value-detail": "张家港市杨舍镇长安南路2号"})
    first.open(f"{APPLY}/check")
    assert "张家港市杨舍镇长安南路2号" in first.text


def test_the_same_answer_from_two_windows_is_one_answer(first: Resident, second: Resident) -> None:
    question = f"{APPLY}/questions/claim/registered_address"
    first.open(question)
    second.open(question)
    for window in (second, first):
        window.send({"value-division": "", "value-detail": "张家港市杨舍镇人民中路88号"})
        assert window.status == 200
        assert CHANGED not in window.text


def test_a_name_changed_elsewhere_is_shown_at_its_field(first: Resident, second: Resident) -> None:
    given = {name: good(ITEM)["applicant"][name] for name in ("name", "id_number", "phone")}
    for window in (first, second):
        window.open(f"{APPLY}/identify")
    second.send({**given, "name": "李月英", "consent": "yes"})
    first.send({**given, "phone": "13800138000", "consent": "yes"})
    assert first.status == 409
    assert 'value="李月英"' in first.page
    assert 'id="answer-name-error"' in first.page
    assert 'id="answer-id_number-error"' not in first.page


def test_a_row_that_has_moved_is_neither_changed_nor_removed(
    resident: Resident, small_pair: Pair
) -> None:
    household = "/items/NY-001/apply/lists/household"
    begin, other = resident, Resident(small_pair.terminal)
    other.browser = begin.browser
    begin.open("/items/NY-001")
    begin.send(action="/apply")
    for row, name in enumerate(("李小明", "李小红")):
        begin.open(f"{household}/{row}/name")
        begin.send({"value": name})
    begin.open(f"{household}/0/name")
    other.open(household)
    other.send(action="/0/remove")
    begin.send({"value": "李大明"})
    assert begin.status == 409
    assert begin.page.count("/remove") == 1
    begin.open(f"{household}/0/name")
    assert 'value="李小红"' in begin.page


def test_pictures_of_two_windows_are_all_kept(first: Resident, second: Resident) -> None:
    paper = f"{APPLY}/materials/social_card_account"
    first.open(paper)
    second.open(paper)
    second.send({"picture": (io.BytesIO(a_photograph()), "photo.jpg")})
    first.send(action="/later")
    assert first.at == paper
    first.send({"picture": (io.BytesIO(a_photograph()), "photo.jpg")})
    assert first.page.count('class="shot"') == 2


def test_nobody_signs_what_was_changed_elsewhere(first: Resident, second: Resident) -> None:
    first.give_all_materials()
    first.open(f"{APPLY}/sign")
    second.open(f"{APPLY}/questions/claim/registered_address?then=check")
    second.send({"value-division": "", "value-detail": "张家港市杨舍镇人民中路88号"})
    first.send({"confirm": "yes", "commitment": "yes"}, action="/apply/submit")
    assert first.status == 409
    assert CHANGED in first.text and "张家港市杨舍镇人民中路88号" in first.text
    first.sign()
    assert first.at == "/receipt"
