"""What is wrong: said at its field, and summed up on top with the field's name and a way there."""

import io
import re

import pytest
from sqlalchemy import delete

from forms.definition import Text
from kiosk.cases.drafts import Draft
from kiosk.errors import FieldProblem
from kiosk.materials.model import Material
from kiosk.receipts.number import new_number
from kiosk.terminal import check
from tests.builders.machines import Pair
from tests.http.terminal.resident import ITEMS, Resident, good

ITEM = ITEMS["MZ-006"]


def summary(resident: Resident) -> dict[str, str]:
    """The lines of the error summary: where each leads, and what it says."""
    links = re.findall(r'<li><a href="([^"]+)">([^<]+)</a></li>', resident.page)
    return dict(links)


def beside(resident: Resident, name: str) -> str:
    """What is said beside a field, "" for nothing."""
    found = re.search(rf'id="{name}-error">.*?<span>([^<]+)</span>', resident.page)
    return found[1] if found else ""


@pytest.fixture
def applicant(resident: Resident) -> Resident:
    """A resident before the first page of an application."""
    resident.open(f"/items/{ITEM.code}")
    resident.send(action="/apply")
    return resident


def test_a_line_of_the_summary_begins_with_the_name_of_its_field(applicant: Resident) -> None:
    applicant.send({"consent": "yes"})
    assert summary(applicant) == {
        "#answer-name": "姓名：请填写这一项",
        "#answer-id_number": "公民身份号码：请填写这一项",
        "#answer-phone": "联系电话：请填写这一项",
    }
    assert beside(applicant, "answer-name") == "请填写这一项"


def test_the_summary_names_fields_in_english_too(applicant: Resident) -> None:
    applicant.browser.set_cookie("lang", "en")
    applicant.send()
    lines = summary(applicant)
    assert lines["#answer-name"].startswith("Name: ")
    assert lines["#consent"].startswith("Your consent: ")
    assert not beside(applicant, "answer-name").startswith("Name")


def test_a_question_needs_no_colon_before_what_is_wrong(resident: Resident) -> None:
    resident.apply_for(ITEM, good(ITEM))
    resident.open(f"/items/{ITEM.code}/apply/questions/claim/lives_there")
    resident.send()
    assert summary(resident) == {"#answer-value": "老人现在住在户籍地址吗？请填写这一项"}


def test_the_summary_of_a_list_names_the_list(resident: Resident) -> None:
    resident.open("/items/NY-001")
    resident.send(action="/apply")
    resident.open("/items/NY-001/apply/lists/household/0/name")
    resident.send({"value": "李小明"})
    resident.open("/items/NY-001/apply/lists/household")
    resident.send()
    assert summary(resident) == {"#rows": "其他家庭成员：这一条还没有填完"}


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"number": "", "id_tail": "1222"}, {"number"}),
        ({"number": "100010010358236", "id_tail": "1222"}, {"number"}),
        ({"number": new_number("100010"), "id_tail": "12"}, {"id_tail"}),
        ({"number": "", "id_tail": ""}, {"number", "id_tail"}),
        ({"number": new_number("100001"), "id_tail": "1222"}, {"number", "id_tail"}),
        # Of another terminal: the last four are not to blame.
        ({"number": new_number("100010"), "id_tail": "1222"}, {"number"}),
    ],
)
def test_looking_a_case_up_says_at_each_wrong_box_what_is_wrong(
    resident: Resident, values: dict[str, str], wrong: set[str]
) -> None:
    resident.open("/progress")
    resident.send(values)
    assert resident.status == 422
    assert {box for box in ("number", "id_tail") if beside(resident, box)} == wrong
    assert set(summary(resident)) == {f"#{box}" for box in wrong}
    assert all("：" in line for line in summary(resident).values())


def test_signing_says_at_the_box_what_is_missing(resident: Resident) -> None:
    resident.apply_for(ITEM, good(ITEM))
    resident.give_all_materials()
    resident.open(f"/items/{ITEM.code}/apply/sign")
    resident.send({"confirm": "yes"}, action="/apply/submit")
    assert beside(resident, "commitment") and not beside(resident, "signature")
    resident.send({"commitment": "yes"}, action="/apply/submit")
    assert beside(resident, "signature") and not beside(resident, "commitment")
    assert summary(resident)["#signature"].startswith("签名：")


def test_a_picture_that_is_none_is_said_where_it_is_chosen(resident: Resident) -> None:
    resident.apply_for(ITEM, good(ITEM))
    resident.open(f"/items/{ITEM.code}/apply/materials/id_card")
    resident.send({"picture": (io.BytesIO(b"%PDF-1.7"), "id.jpg")})
    assert beside(resident, "picture")
    resident.open("/scan")
    resident.send({"text": ""})
    assert beside(resident, "text")


def test_a_lost_picture_is_named_with_a_way_to_take_it_again(
    resident: Resident, small_pair: Pair
) -> None:
    resident.apply_for(ITEM, good(ITEM))
    resident.give_all_materials()
    with small_pair.terminal.writing() as session:
        session.execute(delete(Material))
    resident.sign()
    assert resident.status == 422
    lines = summary(resident)
    assert lines[f"/items/{ITEM.code}/apply/materials/id_card"].startswith("居民身份证：")
    assert "#main" not in lines
    assert all("请重新拍摄" in line for line in lines.values())


def test_a_lost_picture_is_named_rightly_beside_one_that_is_no_longer_asked_for(
    resident: Resident, small_pair: Pair
) -> None:
    item = ITEMS["MZ-001"]
    resident.apply_for(item, good(item))
    resident.give_all_materials()
    given = pictured(resident, item.code)
    resident.open(f"/items/{item.code}/apply/questions/finances/income_sources?then=check")
    resident.send({"value": ["none"]})
    left = pictured(resident, item.code)
    assert left < given
    with small_pair.terminal.writing() as session:
        session.execute(delete(Material))
    resident.sign()
    assert {place for place in summary(resident) if "/materials/" in place} == left


def pictured(resident: Resident, code: str) -> set[str]:
    """Where the materials are given that the answers ask for."""
    resident.open(f"/items/{code}/apply/check")
    return {link for link in resident.links if f"/items/{code}/apply/materials/" in link}


def test_a_lost_signature_leads_to_signing(small_pair: Pair) -> None:
    lost = FieldProblem("signature.material", "material_unknown", Text("找不到。", "Not here."))
    draft = Draft("a-draft", ITEM.code, "a-release", good(ITEM))
    with small_pair.terminal.app.test_request_context():
        ((place, line),) = check.problems_of(ITEM, draft, (lost,))
    assert place == f"/items/{ITEM.code}/apply/sign"
    assert line.zh == "签名：找不到。"
