"""One matter, one visit: from the home page to one receipt and one page of progress."""

from typing import Any

import pytest
from sqlalchemy import select

from kiosk.cases import bundle_closing, desk, service
from kiosk.cases.model import Case
from kiosk.receipts.number import grouped
from tests.builders.bundles import a_bundle, passing, the_form_of, together
from tests.builders.definitions import written
from tests.builders.machines import Pair
from tests.builders.papers import pages_of
from tests.http.terminal.resident import Resident

CATALOGUE = written()


def items_at(pair: Pair) -> list[str]:
    with pair.terminal.reading() as session:
        return list(session.scalars(select(Case.item).order_by(Case.id)))


def numbers_at(pair: Pair) -> list[str]:
    with pair.terminal.reading() as session:
        return [grouped(each) for each in session.scalars(select(Case.number).order_by(Case.id))]


def fill_in(resident: Resident, code: str, *members: str) -> dict[str, Any]:
    """Walk from the bundle's guide to the page of materials; return the answers."""
    combined = the_form_of(CATALOGUE, code, members)
    answers, _ = together(combined, *(passing(part) for part in combined.parts))
    resident.open(f"/items/{code}")
    resident.send(action="/apply")
    resident.send({"value": list(members)})
    resident.send({**{n: answers["applicant"][n] for n in IDENTITY}, "consent": "yes"})
    resident.walk(combined.item, answers)
    return answers


IDENTITY = ("name", "id_number", "phone")


def test_the_home_page_leads_to_the_bundles_and_their_guides(resident: Resident) -> None:
    resident.open("/")
    assert "/bundles" in resident.links
    resident.open("/bundles")
    for bundle in CATALOGUE.bundles.values():
        assert f"/items/{bundle.code}" in resident.links
        resident.open(f"/items/{bundle.code}")
        for step in bundle.steps:
            assert step.name.zh in resident.text and step.how.zh in resident.text
        for member in bundle.members:
            assert member.name.zh in resident.text
        resident.open("/bundles")


def test_a_bundle_is_found_by_everyday_words(resident: Resident) -> None:
    resident.open("/search?q=生孩子")
    assert "/items/YJS-01" in resident.links


def test_the_first_question_is_which_services_are_wanted(resident: Resident) -> None:
    resident.open("/items/YJS-07")
    resident.send(action="/apply")
    assert resident.at.endswith("/apply/questions/members/wanted")
    bundle = CATALOGUE.bundles["YJS-07"]
    ticked = [code for code in (m.code for m in bundle.members) if _is_ticked(resident, code)]
    assert tuple(ticked) == bundle.ticked
    resident.send({"value": []})
    assert resident.status == 422
    resident.send({"value": ["CL-001"]})
    assert resident.at.endswith("/apply/identify")


def test_beginning_a_bundle_twice_asks_nothing_while_nothing_was_entered(resident) -> None:
    for _ in range(2):
        resident.open("/items/YJS-07")
        resident.send(action="/apply")
        assert resident.at.endswith("/apply/questions/members/wanted")


def test_one_form_one_signature_one_receipt_one_progress_page(
    resident: Resident, small_pair: Pair
) -> None:
    answers = fill_in(resident, "YJS-04", "RS-011", "RS-017")
    resident.give_all_materials()
    assert resident.at.endswith("/apply/check"), resident.text
    resident.sign()
    assert resident.at == "/receipt", resident.text
    assert items_at(small_pair) == ["RS-011", "RS-017"]
    bundle = CATALOGUE.bundles["YJS-04"]
    assert bundle.name.zh in resident.text
    assert "2 项，一张凭证" in resident.text
    assert bundle.steps[0].how.zh in resident.text
    number = resident.number
    assert "/receipt/application" in resident.links
    paper = pages_of(resident.browser.get("/receipt/application.pdf").data)
    _is_the_paper_of(paper, number, numbers_at(small_pair), answers["applicant"])
    resident.send(action="/receipt/finish")
    assert resident.browser.get("/receipt/application.pdf").status_code == 404
    resident.open("/progress")
    resident.send({"number": number, "id_tail": answers["applicant"]["id_number"][-4:]})
    assert resident.at == "/progress/bundle"
    for code in ("RS-011", "RS-017"):
        assert CATALOGUE.items[code].name.zh in resident.text
    assert bundle.steps[0].how.zh in resident.text
    resident.send(action="/progress/bundle/RS-017")
    assert resident.at == "/progress/case"
    assert CATALOGUE.items["RS-017"].name.zh in resident.text
    assert "/progress/bundle" in resident.links


def test_what_the_lead_department_stated_stands_above_the_services(
    resident: Resident, small_pair: Pair
) -> None:
    terminal, hall = small_pair.terminal, small_pair.hall
    submission = a_bundle(terminal, "YJS-04", "RS-011", "RS-017").submission()
    made = terminal.within(service.submit, terminal.parts, submission, "key")
    small_pair.settle()
    with hall.reading() as session:
        cases = session.scalars(select(Case.id).order_by(Case.id)).all()
    for case in cases:
        for verb in ("accept", "approve"):
            hall.within(desk.decide, hall.parts, case, verb, "clerk")
    hall.within(bundle_closing.close, hall.parts, cases[0], "lead", "社保卡和就业创业证都已办好。")
    small_pair.settle()
    resident.open("/progress")
    tail = submission.answers["applicant"]["id_number"][-4:]
    resident.send({"number": made.number, "id_tail": tail})
    assert resident.at == "/progress/bundle"
    assert "社保卡和就业创业证都已办好。" in resident.text
    assert "由牵头部门告知：张家港市人力资源和社会保障局" in resident.text


def test_who_unticks_a_service_at_the_end_hands_in_the_others(
    resident: Resident, small_pair: Pair
) -> None:
    fill_in(resident, "YJS-04", "RS-011", "RS-017")
    resident.give_all_materials()
    resident.open("/items/YJS-04/apply/questions/members/wanted?then=check")
    resident.send({"value": ["RS-011"]})
    assert resident.at.split("?")[0].endswith("/apply/check"), resident.at
    resident.sign()
    assert resident.at == "/receipt", resident.text
    assert items_at(small_pair) == ["RS-011"]


def test_who_ticks_one_more_at_the_end_is_asked_what_it_needs(resident: Resident) -> None:
    fill_in(resident, "YJS-04", "RS-011")
    resident.give_all_materials()
    resident.open("/items/YJS-04/apply/questions/members/wanted?then=check")
    resident.send({"value": ["RS-011", "RS-017"]})
    assert "/apply/questions/rs_017__" in resident.at


def test_nobody_sees_a_bundle_without_its_number_or_receipt(resident: Resident) -> None:
    resident.open("/progress/bundle")
    assert resident.at == "/progress"
    answer = resident.browser.post("/progress/bundle/RS-017")
    assert answer.status_code in (400, 404)


@pytest.mark.parametrize(("code", "member"), [("YJS-01", "WJ-008"), ("YJS-10", "MZ-018")])
def test_a_bundle_about_another_person_goes_through_with_one_member(
    resident: Resident, small_pair: Pair, code: str, member: str
) -> None:
    fill_in(resident, code, member)
    resident.give_all_materials()
    resident.sign()
    assert resident.at == "/receipt", resident.text
    assert items_at(small_pair) == [member]


def _is_ticked(resident: Resident, code: str) -> bool:
    return f'value="{code}" checked' in resident.page


def _is_the_paper_of(
    pages: list[str], number: str, numbers: list[str], applicant: dict[str, str]
) -> None:
    """The cover names all cases and what is done elsewhere; then comes a form for each of them."""
    cover, *forms = pages
    bundle = CATALOGUE.bundles["YJS-04"]
    for said in (bundle.name.zh, number, *numbers, bundle.steps[0].name.zh, "扫码查进度"):
        assert said in cover, said
    for code, own in zip(("RS-011", "RS-017"), numbers, strict=True):
        first = next(place for place, page in enumerate(forms) if own in page)
        assert CATALOGUE.items[code].name.zh in forms[first]
        assert f"{own} {first + 2}" in cover, "the page on which the form begins"
    given = applicant["id_number"]
    assert sum(f"{given[:6]}********{given[-4:]}" in page for page in forms) == len(numbers)
    assert not any(given in page or applicant["name"] in page for page in pages)
    assert sum("申请人签名" in page for page in forms) == len(numbers)
