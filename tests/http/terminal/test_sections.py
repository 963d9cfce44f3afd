"""Staff fill in a whole section on one page, in the same draft as the pages of one question."""

import io
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select

from forms.bundling import CHOICE, WANTED
from forms.schema import visible_sections
from kiosk.cases import drafts
from kiosk.cases.model import Case
from kiosk.terminal import wanted
from tests.builders import promises
from tests.builders.bundles import passing, together
from tests.builders.clerks import signed_in
from tests.builders.definitions import written
from tests.builders.machines import Pair
from tests.http.terminal.moving import bring, offered
from tests.http.terminal.resident import ITEMS, Resident, a_photograph, boxes, good

CATALOGUE = written()
ITEM = ITEMS["MZ-001"]
#: A paper of it that may follow later.
LATER = promises.WANTED
WHOLE = "/items/MZ-001/apply/sections/"


@pytest.fixture
def clerk(resident: Resident, staff: tuple[str, str]) -> Resident:
    """A browser at which a member of staff has signed in."""
    resident.open("/staff/sign-in")
    resident.send({"username": staff[0], "password": staff[1]})
    return resident


@pytest.fixture
def begun(clerk: Resident) -> Resident:
    """The first section of an application."""
    clerk.open("/items/MZ-001")
    clerk.send(action="/apply")
    assert clerk.at == f"{WHOLE}applicant"
    return clerk


def typed(section: str, values: Mapping[str, Any], row: int | None = None) -> dict[str, Any]:
    """What a browser sends for these answers of a section, or of one row of it."""
    found: dict[str, Any] = {}
    for field in ITEM.section(section).fields:
        if values.get(field.id) is not None:
            name = f"q.{field.id}" if row is None else f"q.{row}.{field.id}"
            found |= boxes(field, values[field.id], name)
    return found


def draft_at(pair: Pair, clerk: Resident) -> drafts.Draft:
    with clerk.browser.session_transaction() as cookie:
        draft_id = cookie[wanted.DRAFTS]["MZ-001"]
    return pair.terminal.within(drafts.load, pair.terminal.parts, draft_id)


def focused(clerk: Resident) -> str:
    _, _, rest = clerk.page.partition(' autofocus name="')
    return rest.partition('"')[0]


def hand_in_later(clerk: Resident, requirement: str) -> None:
    """From the receipt over the page of progress to what was promised, handed in."""
    number, tail = clerk.number, good(ITEM)["applicant"]["id_number"][-4:]
    clerk.open("/progress")
    clerk.send({"number": number, "id_tail": tail})
    clerk.open(f"/progress/supply/{requirement}")
    clerk.send({"picture": (io.BytesIO(a_photograph()), "photo.jpg")})
    clerk.send(action=f"/progress/supply/{requirement}/hand-in")
    assert clerk.at == "/progress/case", clerk.text


def test_staff_hand_in_section_by_section_and_the_desk_sees_that_it_was_they(
    begun: Resident, small_pair: Pair
) -> None:
    answers = good(ITEM)
    begun.send({**typed("applicant", answers["applicant"]), "consent": "yes"})
    assert begun.at == f"{WHOLE}family", begun.text
    begun.send(typed("family", {**answers["family"], "size": 3}))
    assert begun.at == f"{WHOLE}household"
    people = answers["household"]
    begun.send({**typed("household", people[0], 0), "act": "add"})
    assert focused(begun).startswith("q.1."), begun.text
    both = {**typed("household", people[0], 0), **typed("household", people[1], 1)}
    begun.send(both, action=f"{WHOLE}household")
    assert begun.at == f"{WHOLE}finances", begun.text
    for section in ("finances", "hardship"):
        begun.send(typed(section, answers[section]))
    while "/sections/" in begun.at:
        section = begun.at.removeprefix(WHOLE).partition("?")[0]
        begun.send(typed(section, answers[section]))
        assert begun.status == 200, begun.text
    listed = begun.at
    begun.open(f"{listed}/{LATER}")
    begun.send(action="/later")
    begun.give_all_materials(but=LATER)
    begun.sign()
    assert begun.at == "/receipt", begun.text
    hand_in_later(begun, LATER)
    small_pair.settle()
    with small_pair.hall.reading() as session:
        case_id = session.scalars(select(Case.id)).one()
    page = signed_in(small_pair.hall, "clerk").page(f"/desk/{case_id}")
    # Both handing in and what came later.
    assert page.count("服务站 周") == 2 and "申请人（在服务站）" not in page


def test_an_answer_that_leads_to_a_question_shows_it_without_script(
    begun: Resident, small_pair: Pair
) -> None:
    begun.open(f"{WHOLE}finances")
    first = {"income_sources": ["wages"], "property": ["none"]}
    assert 'data-name="q.monthly_income"' in begun.page
    begun.send({"q.income_sources": ["none"], "q.property": ["none"]})
    begun.open(f"{WHOLE}finances")
    assert 'data-name="q.monthly_income" hidden' in begun.page
    begun.send(typed("finances", first))
    assert begun.at == f"{WHOLE}finances?more=1"
    assert "还有几个问题要填" in begun.text
    assert 'data-name="q.monthly_income" hidden' not in begun.page
    assert focused(begun) == "q.monthly_income"
    begun.send(typed("finances", first), action=f"{WHOLE}finances")
    assert begun.status == 422, "now it was on the page"
    assert "#answer-q.monthly_income" in begun.links


def test_what_is_wrong_is_linked_and_what_is_good_is_kept(
    begun: Resident, small_pair: Pair
) -> None:
    given = good(ITEM)["applicant"]
    begun.send({**typed("applicant", given), "q.id_number": "320582197506121238"})
    assert begun.status == 422
    assert {"#answer-q.id_number", "#consent"} <= set(begun.links)
    assert {"answer-q.id_number", "consent"} <= begun.ids
    assert "320582197506121238" in begun.page, "what was typed is shown again"
    assert focused(begun) == "q.id_number"
    kept = draft_at(small_pair, begun).answers["applicant"]
    assert kept["name"] == given["name"]
    assert "id_number" not in kept


def test_one_can_change_between_both_ways_and_to_any_section(begun: Resident) -> None:
    given = good(ITEM)["applicant"]
    begun.send({**typed("applicant", given), "consent": "yes", "to": "one-by-one"})
    assert begun.at == "/items/MZ-001/apply/identify"
    assert given["id_number"] in begun.page
    assert f"{WHOLE}applicant" in begun.links
    begun.open(f"{WHOLE}applicant")
    assert "已填好" in begun.text
    begun.send({**typed("applicant", given), "consent": "yes", "to": "finances"})
    assert begun.at == f"{WHOLE}finances"
    begun.send({"to": "one-by-one"})
    assert begun.at == "/items/MZ-001/apply/questions/finances/income_sources"
    assert f"{WHOLE}finances" in begun.links


def test_a_row_can_be_taken_out_and_the_others_stay(begun: Resident, small_pair: Pair) -> None:
    begun.send({**typed("applicant", good(ITEM)["applicant"]), "consent": "yes"})
    begun.send(typed("family", {**good(ITEM)["family"], "size": 4}))
    rows = good(ITEM)["household"][:2]
    both = {**typed("household", rows[0], 0), **typed("household", rows[1], 1), "rows": "2"}
    begun.send({**both, "act": "add"})
    begun.send({**both, "act": "remove-0"}, action=f"{WHOLE}household")
    left = draft_at(small_pair, begun).answers["household"]
    assert [row["name"] for row in left] == [rows[1]["name"]]


def test_another_windows_change_is_shown_and_not_overwritten(
    begun: Resident, small_pair: Pair
) -> None:
    begun.open(f"{WHOLE}family")
    before = begun.page
    begun.send(typed("family", {**good(ITEM)["family"], "size": 2}))
    begun.at, begun.page = f"{WHOLE}family", before
    begun.send(typed("family", {**good(ITEM)["family"], "size": 5}))
    assert begun.status == 409
    assert draft_at(small_pair, begun).answers["family"]["size"] == 2


@pytest.mark.parametrize(
    ("section", "page"),
    [("applicant", "identify"), ("finances", "questions/finances/income_sources?then=check")],
)
def test_a_phone_goes_on_where_a_resident_may_with_what_staff_have_entered(
    begun: Resident, small_pair: Pair, section: str, page: str
) -> None:
    begun.send({**typed("applicant", good(ITEM)["applicant"]), "consent": "yes"})
    begun.send(typed("family", {**good(ITEM)["family"], "size": 1}))
    begun.send({**typed("household", good(ITEM)["household"][0], 0), "to": "finances"})
    begun.open(f"{WHOLE}{section}")
    phone = Resident(small_pair.terminal)
    bring(phone, offered(begun))
    assert (phone.status, phone.at) == (200, f"/items/MZ-001/apply/{page}")
    phone.send(action="/hand-back")
    begun.open("/items/MZ-001/apply/phone")
    assert begun.status == 200


def test_it_is_for_staff_alone(resident: Resident) -> None:
    resident.open("/items/MZ-001")
    resident.send(action="/apply")
    assert resident.at == "/items/MZ-001/apply/identify"
    assert not any("/sections" in link for link in resident.links)
    assert resident.browser.get(f"{WHOLE}applicant").status_code == 401


def test_the_choice_of_a_bundle_leads_to_the_sections_of_its_members(clerk: Resident) -> None:
    clerk.open("/items/YJS-04")
    clerk.send(action="/apply")
    assert clerk.at == "/items/YJS-04/apply/sections/members", clerk.text
    assert "rs_017__" in clerk.page
    clerk.send({f"q.{WANTED}": ["RS-011"]})
    assert clerk.at == "/items/YJS-04/apply/sections/applicant"
    assert "rs_017__" not in clerk.page


def test_every_section_of_every_item_and_bundle_can_be_asked_as_a_whole(
    clerk: Resident, small_pair: Pair
) -> None:
    forms = [(item, good_or_given(item)) for item in ITEMS.values()]
    for bundle in CATALOGUE.bundles.values():
        combined = CATALOGUE.combined(bundle.code, {CHOICE: {WANTED: list(bundle.ticked)}})
        answers, _ = together(combined, *(passing(part) for part in combined.parts))
        forms.append((combined.item, answers))
    assert len(forms) == 121
    terminal = small_pair.terminal
    for item, answers in forms:
        draft = terminal.within(drafts.open_draft, terminal.parts, item.code)
        filled = drafts.Draft(draft.id, draft.item, draft.release, answers, consent=True)
        terminal.within(drafts.save, terminal.parts, filled)
        with clerk.browser.session_transaction() as cookie:
            cookie[wanted.DRAFTS] = {item.code: draft.id}
        for section in visible_sections(item, answers):
            clerk.open(f"/items/{item.code}/apply/sections/{section.id}")
            assert clerk.status == 200, (item.code, section.id)
            rows = len(answers.get(section.id, ())) if section.repeat else 1
            for row in range(rows):
                for field in section.fields:
                    name = f"q.{row}.{field.id}" if section.repeat else f"q.{field.id}"
                    assert f'name="{name}' in clerk.page, (item.code, section.id, field.id)


def good_or_given(item: Any) -> dict[str, Any]:
    return dict(next(sample for sample in item.samples if not sample.expect).answers)
