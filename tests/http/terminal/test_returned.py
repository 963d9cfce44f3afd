"""What comes back from the hall: seen at the terminal, put right there, decided."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from kiosk import clock
from kiosk.cases import desk
from kiosk.cases.model import Case
from kiosk.operators import service
from tests.builders.machines import Machine, Pair
from tests.http.terminal.resident import ITEMS, Resident, good

ITEM = ITEMS["MZ-006"]
REASON = "户籍地址缺门牌号"


@pytest.fixture
def number(resident: Resident) -> str:
    """The number of a case that was handed in and cleared from the screen."""
    resident.apply_for(ITEM, good(ITEM))
    resident.give_all_materials()
    resident.sign()
    number = resident.number
    resident.send(action="/receipt/finish")
    return number


def clerk_does(pair: Pair, verb: str, *reasons: str) -> None:
    pair.settle()
    username = f"clerk-{verb}"
    clerk = pair.hall.within(service.create, username, "吴", "clerk", "a long clerk password")
    with pair.hall.reading() as session:
        case_id = session.scalars(select(Case.id)).one()
    with pair.hall.writing() as session:
        session.get_one(Case, case_id).holder = clerk.id
    pair.hall.within(desk.decide, pair.hall.parts, case_id, verb, clerk.id, "", reasons)
    pair.settle()


def look_up(resident: Resident, number: str) -> None:
    resident.open("/progress")
    resident.send({"number": number, "id_tail": good(ITEM)["applicant"]["id_number"][-4:]})
    assert resident.at == "/progress/case", resident.text


def test_the_page_says_when_the_centre_has_the_case(
    small_pair: Pair, resident: Resident, number: str
) -> None:
    look_up(resident, number)
    assert "还没有送到中心" in resident.text
    small_pair.settle()
    resident.open("/progress/case")
    assert "还没有送到中心" not in resident.text


@pytest.mark.parametrize(("minutes", "is_late"), [(14, False), (16, True)])
def test_the_page_says_when_the_centre_is_late_with_its_answers(
    small_pair: Pair, resident: Resident, number: str, minutes: int, is_late: bool
) -> None:
    small_pair.settle()
    look_up(resident, number)
    then = clock.now() + timedelta(minutes=minutes)
    with clock.use(lambda: then):
        resident.open("/progress/case")
    assert ("中心大厅回复慢了" in resident.text) == is_late


def test_a_returned_case_is_put_right_with_the_answers_given_before(
    small_pair: Pair, resident: Resident, number: str
) -> None:
    clerk_does(small_pair, "return", REASON)
    look_up(resident, number)
    assert REASON in resident.text
    resident.send(action="/progress/correct")
    assert resident.at.endswith("/apply/check"), resident.text
    change = next(link for link in resident.links if "/claim/registered_address" in link)
    resident.open(change)
    resident.send({"value-division": "", "value-detail": "张家港市杨舍镇人民中路88号"})
    assert resident.at.endswith("/apply/check"), resident.text
    resident.sign()
    assert resident.number == number
    look_up(resident, number)
    assert REASON not in resident.text
    assert "已补正" in resident.text


def test_a_decision_is_seen_at_the_terminal(
    small_pair: Pair, resident: Resident, number: str
) -> None:
    clerk_does(small_pair, "accept")
    look_up(resident, number)
    assert "已受理" in resident.text
    clerk_does(small_pair, "approve")
    look_up(resident, number)
    assert "审批通过" in resident.text
    assert "/progress/withdraw" not in resident.page


def test_a_returned_case_is_put_right_though_its_item_is_no_longer_offered(
    small_pair: Pair, resident: Resident, number: str
) -> None:
    clerk_does(small_pair, "return", REASON)
    no_longer_offered(small_pair.terminal, ITEM.code)
    look_up(resident, number)
    resident.send(action="/progress/correct")
    assert resident.at.endswith("/apply/check"), resident.text
    resident.sign()
    assert resident.number == number


def no_longer_offered(terminal: Machine, code: str) -> None:
    """Let a newer release without the item be the current one; the old one stays beside it."""
    parts, old = terminal.parts, terminal.parts.releases.current
    items = {each: item for each, item in old.items.items() if each != code}
    current = SimpleNamespace(
        release="f" * 64, items=items, item=items.__getitem__, index=old.index, content=old.content
    )
    releases = replace(parts.releases, shipped=current, opened={old.release: old})
    terminal.app.extensions["kiosk"] = replace(parts, releases=releases)
