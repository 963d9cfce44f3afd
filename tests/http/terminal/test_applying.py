"""From the guide to the receipt, through every page, for every item."""

import io

import pytest
from sqlalchemy import func, select

from kiosk.cases.drafts import Draft
from kiosk.cases.model import Case
from kiosk.terminal.check import address_of_path
from tests.builders.machines import Pair
from tests.http.terminal.resident import ITEMS, Resident, good


def cases(pair: Pair) -> int:
    with pair.terminal.reading() as session:
        return session.scalar(select(func.count()).select_from(Case)) or 0


@pytest.fixture
def applicant(resident: Resident) -> Resident:
    """A resident who has filled in and photographed everything for MZ-006."""
    item = ITEMS["MZ-006"]
    resident.apply_for(item, good(item))
    resident.give_all_materials()
    return resident


@pytest.mark.parametrize("code", list(ITEMS))
def test_a_good_sample_walks_through_all_pages_to_a_receipt(
    resident: Resident, small_pair: Pair, code: str
) -> None:
    item = ITEMS[code]
    resident.apply_for(item, good(item))
    resident.give_all_materials()
    assert resident.at.endswith("/apply/check"), resident.text
    resident.sign()
    assert resident.at == "/receipt", resident.text
    assert len(resident.number.replace(" ", "")) == 15
    assert cases(small_pair) == 1


def test_who_promises_instead_of_proof_cannot_sign_without_the_promise(resident: Resident) -> None:
    item = ITEMS["YB-09"]
    answers = good(item)
    answers["filing"]["proof"] = "promise"
    resident.apply_for(item, answers)
    resident.give_all_materials()
    resident.sign(commitment="no")
    assert resident.status == 422
    assert "请作出承诺" in resident.text
    resident.open("/items/YB-09/apply/check")
    resident.sign()
    assert resident.at == "/receipt"


def test_a_wrong_check_digit_is_summed_up_with_a_link_to_the_field(resident: Resident) -> None:
    resident.open("/items/MZ-006")
    resident.send(action="/apply")
    resident.send({"name": "张桂英", "id_number": "320582193801011220", "phone": "13800138000"})
    assert resident.status == 422
    targets = [link for link in resident.links if link.startswith("#answer-")]
    assert targets == ["#answer-id_number"]
    assert targets[0][1:] in resident.ids
    assert "320582193801011220" in resident.page  # what was typed is there to be put right
    assert "#consent" in resident.links


def test_spaces_in_numbers_are_tolerated(resident: Resident) -> None:
    item = ITEMS["MZ-006"]
    answers = good(item)
    spaced = " ".join(answers["applicant"]["id_number"])
    resident.apply_for(
        item, {**answers, "applicant": {**answers["applicant"], "id_number": spaced}}
    )
    assert resident.at.endswith("/apply/materials")


def test_missing_materials_are_named_with_a_link_to_each(resident: Resident) -> None:
    item = ITEMS["MZ-006"]
    resident.apply_for(item, good(item))
    resident.send()
    assert resident.status == 422
    assert "/items/MZ-006/apply/materials/id_card" in resident.links


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("attachments.0.mode", "materials/id_card"),
        ("attachments.1.materials", "materials/social_card_account"),
        ("attachments.id_card", "materials/id_card"),
        ("attachments.of_another_item", "materials"),
    ],
)
def test_a_problem_with_a_material_leads_to_the_page_of_that_material(
    small_pair: Pair, path: str, page: str
) -> None:
    item = ITEMS["MZ-006"]
    given = {
        "social_card_account": {"mode": "file", "materials": []},
        "id_card": {"mode": "deferred", "materials": []},
    }
    draft = Draft("a-draft", item.code, "a-release", good(item), given)
    with small_pair.terminal.app.test_request_context():
        assert address_of_path(item, draft, path) == f"/items/MZ-006/apply/{page}"


def test_a_material_that_is_no_longer_asked_for_stops_nobody(resident: Resident) -> None:
    item = ITEMS["MZ-001"]
    resident.apply_for(item, good(item))
    resident.give_all_materials()
    resident.open("/items/MZ-001/apply/questions/finances/income_sources?then=check")
    resident.send({"value": ["none"]})
    resident.sign()
    assert resident.status == 200
    assert "受理" in resident.text


def test_a_deferrable_material_may_follow_later_and_another_may_not(resident: Resident) -> None:
    item = ITEMS["MZ-006"]
    resident.apply_for(item, good(item))
    resident.open("/items/MZ-006/apply/materials/social_card_account")
    resident.send(action="/later")
    assert "以后补交" in resident.text
    resident.open("/items/MZ-006/apply/materials/id_card")
    assert "/materials/id_card/later" not in resident.page


def test_a_picture_that_is_none_is_refused_with_a_reason(resident: Resident) -> None:
    item = ITEMS["MZ-006"]
    resident.apply_for(item, good(item))
    resident.open("/items/MZ-006/apply/materials/id_card")
    resident.send({"picture": (io.BytesIO(b"%PDF-1.7"), "id.jpg")})
    assert resident.status == 422
    assert "#picture" in resident.links


def test_check_page_and_receipt_hold_no_full_id_number(applicant: Resident) -> None:
    number = good(ITEMS["MZ-006"])["applicant"]["id_number"]
    assert number not in applicant.page
    assert number[:6] + "********" + number[-4:] in applicant.page
    applicant.sign()
    assert number not in applicant.page


def test_a_second_tap_on_hand_in_makes_one_case_with_one_receipt(
    applicant: Resident, small_pair: Pair
) -> None:
    applicant.open("/items/MZ-006/apply/sign")
    page, at = applicant.page, applicant.at
    applicant.send({"confirm": "yes", "commitment": "yes"}, action="/apply/submit")
    first = applicant.number
    applicant.page, applicant.at = page, at
    applicant.send({"confirm": "yes", "commitment": "yes"}, action="/apply/submit")
    assert applicant.number == first
    assert cases(small_pair) == 1


def test_nothing_is_handed_in_without_a_signature_or_an_answer_to_the_promise(
    applicant: Resident, small_pair: Pair
) -> None:
    applicant.open("/items/MZ-006/apply/sign")
    applicant.send({"commitment": "yes"}, action="/apply/submit")
    assert applicant.status == 422
    applicant.send({"confirm": "yes"}, action="/apply/submit")
    assert applicant.status == 422
    assert cases(small_pair) == 0


def test_the_receipt_says_that_the_centre_does_not_have_it_yet(applicant: Resident) -> None:
    applicant.sign()
    assert "还没有送到中心" in applicant.text


def test_finishing_forgets_everything(applicant: Resident) -> None:
    applicant.sign()
    applicant.send(action="/receipt/finish")
    assert applicant.open("/receipt") and applicant.at == "/"
    applicant.open("/items/MZ-006/apply/check")
    assert applicant.status == 404


def test_another_browser_sees_neither_draft_nor_pictures(
    applicant: Resident, small_pair: Pair
) -> None:
    applicant.open("/items/MZ-006/apply/materials/id_card")
    picture = next(part for part in applicant.page.split('"') if "/pictures/" in part)
    assert applicant.browser.get(picture).mimetype == "image/jpeg"
    other = Resident(small_pair.terminal)
    for path in (picture, "/items/MZ-006/apply/check", "/items/MZ-006/apply/sign"):
        other.open(path)
        assert other.status == 404


def test_changing_an_answer_leads_back_to_the_answers(applicant: Resident) -> None:
    applicant.open("/items/MZ-006/apply/check")
    change = next(link for link in applicant.links if "/claim/lives_there" in link)
    applicant.open(change)
    applicant.send({"value": "yes"})
    assert applicant.at.endswith("/apply/check")


def test_stopping_clears_what_was_entered(applicant: Resident) -> None:
    applicant.open("/items/MZ-006/apply/check")
    applicant.send(action="/apply/leave")
    assert applicant.at == "/"
    applicant.open("/items/MZ-006/apply/check")
    assert applicant.status == 404
