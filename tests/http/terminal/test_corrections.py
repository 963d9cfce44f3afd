"""A returned case with the staff: the reasons beside what they name, and every version readable."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from kiosk.cases import desk, service
from kiosk.cases.model import Case
from kiosk.operators import service as operators
from kiosk.operators.model import Operator
from tests.builders.cases import a_submission
from tests.builders.clerks import PASSWORD, Person
from tests.builders.machines import Pair
from tests.http.terminal.resident import ITEMS, Resident, good

ITEM = ITEMS["MZ-006"]
ABOUT_A_QUESTION, ABOUT_A_PAPER = "户籍地址缺门牌号", "居民户口簿第二页看不清"
NEW_ADDRESS = "张家港市杨舍镇人民中路88号"


@pytest.fixture
def returned(small_pair: Pair, resident: Resident, staff: tuple[str, str]) -> str:
    """The id of a case that staff took in and the centre has returned; they are at its page."""
    terminal = small_pair.terminal
    with terminal.reading() as session:
        taker = session.scalars(select(Operator.id)).one()
    taken = replace(a_submission(terminal, ITEM.code).submission(), operator=taker)
    terminal.within(service.submit, terminal.parts, taken, "1")
    small_pair.settle()
    clerk = small_pair.hall.within(operators.create, "wu", "吴", "clerk", PASSWORD)
    with small_pair.hall.reading() as session:
        case_id = session.scalars(select(Case.id)).one()
    reasons = (ABOUT_A_QUESTION, ABOUT_A_PAPER)
    small_pair.hall.within(
        desk.decide, small_pair.hall.parts, case_id, "return", clerk.id, "", reasons
    )
    small_pair.settle()
    resident.open("/staff/sign-in")
    resident.send({"username": staff[0], "password": staff[1]})
    resident.open("/staff/work")
    assert f"/staff/work/{case_id}" in resident.page, "whoever took it in has it in the list"
    resident.open(f"/staff/work/{case_id}")
    return case_id


def corrected(at_work: Resident, case_id: str) -> None:
    at_work.send({"to": "correct"}, action=f"/staff/work/{case_id}")
    change = next(link for link in at_work.links if "/claim/registered_address" in link)
    at_work.open(change)
    at_work.send({"value-division": "", "value-detail": NEW_ADDRESS})
    at_work.sign()


def beside(page: str, label: str) -> str:
    """What stands beside the first thing of this name."""
    row = re.search(rf"<dt>{label}.*?</div>", page, re.S)
    return row[0] if row else ""


def test_a_reason_stands_beside_the_question_or_paper_it_names(
    resident: Resident, returned: str
) -> None:
    resident.send({"to": "correct"}, action=f"/staff/work/{returned}")
    assert ABOUT_A_QUESTION in beside(resident.page, "户籍地址")
    assert ABOUT_A_PAPER in beside(resident.page, "居民户口簿")
    assert 'class="remark"' not in beside(resident.page, "姓名")
    resident.open("/items/MZ-006/apply/sections/claim")
    asked = re.search(r'data-asks="registered_address".*?</label>', resident.page, re.S)
    assert asked, resident.text
    assert ABOUT_A_QUESTION in asked[0]


def test_both_versions_stay_readable_with_what_changed_at_both_sides(
    small_pair: Pair, resident: Resident, returned: str
) -> None:
    corrected(resident, returned)
    small_pair.settle()
    resident.open(f"/staff/work/{returned}/versions")
    at_hall = Person(small_pair.hall.client())
    at_hall.send("/sign-in", "/sign-in", username="wu", password=PASSWORD)
    before = good(ITEM)["claim"]["registered_address"]["detail"]
    for page in (resident.page, at_hall.page(f"/desk/{returned}/versions")):
        assert "第2版" in page and "第1版" in page
        assert ABOUT_A_QUESTION in page
        change = re.search(r"<del>(.*?)</del> <ins>(.*?)</ins>", page)
        assert change, page
        assert before[-3:] in change[1] or "*" in change[1]
        assert change[2] != change[1]
    assert f"/desk/{returned}/versions" in at_hall.page(f"/desk/{returned}")


def test_after_the_one_return_that_the_law_allows_no_second_is_possible(
    small_pair: Pair, resident: Resident, returned: str
) -> None:
    corrected(resident, returned)
    small_pair.settle()
    at_hall = Person(small_pair.hall.client())
    at_hall.send("/sign-in", "/sign-in", username="wu", password=PASSWORD)
    assert 'value="return"' not in at_hall.page(f"/desk/{returned}")
    resident.open("/staff/work?tab=returned")
    assert returned not in resident.page
