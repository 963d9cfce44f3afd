"""A second application for the same: who is told of the first, and what is asked before going on."""

import pytest
from sqlalchemy import select

from kiosk.cases import service
from kiosk.cases.history import current_body
from kiosk.cases.model import Case
from tests.builders.cases import a_submission
from tests.builders.machines import Machine, Pair
from tests.http.terminal.resident import ITEMS, Resident, boxes, good

ITEM = ITEMS["MZ-006"]
ASKED, REASON = "/apply/again", "前一份填错了事项"


@pytest.fixture
def open_case(small_pair: Pair) -> str:
    """The number of an open case of the person that `good` describes."""
    terminal = small_pair.terminal
    builder = a_submission(terminal, ITEM.code)
    return terminal.within(service.submit, terminal.parts, builder.submission(), "first").number


def identify(resident: Resident) -> None:
    resident.open(f"/items/{ITEM.code}")
    resident.send(action="/apply")
    given = good(ITEM)["applicant"]
    values = {name: given[name] for name in ("name", "id_number", "phone")}
    resident.send({**values, "consent": "yes"})


def test_who_types_a_strangers_number_learns_nothing(
    small_pair: Pair, resident: Resident, open_case: str
) -> None:
    identify(resident)
    seen = (resident.at, resident.text)
    with small_pair.terminal.writing() as session:
        session.scalars(select(Case)).one().person = None
    again = Resident(small_pair.terminal)
    identify(again)
    assert (again.at, again.text) == seen, "the same page, whether there is a case or not"
    assert ASKED not in resident.at
    again.open(f"/items/{ITEM.code}/apply/again")
    assert open_case not in again.page


def test_who_has_proved_the_case_is_shown_it_and_goes_on_only_with_a_reason(
    small_pair: Pair, resident: Resident, open_case: str
) -> None:
    resident.open("/progress")
    tail = good(ITEM)["applicant"]["id_number"][-4:]
    resident.send({"number": open_case, "id_tail": tail})
    identify(resident)
    assert resident.at.endswith(ASKED)
    assert open_case[:4] in resident.text
    resident.send({"reason": "  "})
    assert resident.status == 422
    assert "再次申请的理由：请写明" in resident.text
    resident.send({"reason": REASON})
    assert ASKED not in resident.at
    resident.walk(ITEM, good(ITEM))
    resident.give_all_materials()
    resident.sign()
    assert reasons_given(small_pair.terminal) == {None, REASON}


def test_staff_are_told_before_a_second_is_opened_and_find_both_at_the_case(
    small_pair: Pair, resident: Resident, staff: tuple[str, str], open_case: str
) -> None:
    resident.open("/staff/sign-in")
    resident.send({"username": staff[0], "password": staff[1]})
    resident.open(f"/items/{ITEM.code}")
    resident.send(action="/apply")
    given = good(ITEM)["applicant"]
    fields = {field.id: field for field in ITEM.section("applicant").fields}
    values = {"consent": "yes"}
    for name, value in given.items():
        values |= boxes(fields[name], value, f"q.{name}")
    resident.send(values)
    assert resident.at.endswith(ASKED), resident.text
    assert open_case[:4] in resident.text
    terminal = small_pair.terminal
    second = terminal.within(
        service.submit, terminal.parts, a_submission(terminal, ITEM.code).submission(), "second"
    )
    resident.open("/staff/work?tab=unassigned")
    assert resident.text.count("可能重复") == 2
    resident.open(f"/staff/work/{second.case_id}")
    assert "同一个人的同一事项还有一件在办" in resident.text
    first = next(link for link in resident.links if link.startswith("/staff/work/"))
    resident.open(first)
    assert second.case_id in resident.page or second.number[:4] in resident.text


def test_a_closed_case_is_no_reason_to_ask(
    small_pair: Pair, resident: Resident, open_case: str
) -> None:
    resident.open("/progress")
    resident.send({"number": open_case, "id_tail": good(ITEM)["applicant"]["id_number"][-4:]})
    resident.open("/progress/withdraw")
    resident.send(action="/progress/withdraw")
    identify(resident)
    assert ASKED not in resident.at


def reasons_given(terminal: Machine) -> set[str | None]:
    with terminal.reading() as session:
        cases = session.scalars(select(Case.id)).all()
        bodies = [current_body(session, terminal.parts.keyring, case) for case in cases]
    return {body.get("again") for body in bodies if body}
