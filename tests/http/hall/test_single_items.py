"""A single item goes to another department than its authority's, and back: whoever asks is told so."""

import json
import re
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from kiosk.cases.desk_model import KeptPromise
from kiosk.cases.model import Case
from kiosk.logs import init_logs
from kiosk.operators import departments
from kiosk.operators.audit import AuditRecord
from kiosk.operators.departments import DepartmentAuthority, DepartmentItem
from tests.builders.cases import PROMISED_ITEM, a_case_at, a_submission
from tests.builders.clerks import a_clerk_of, signed_in

#: Civil affairs serves the authority of `PROMISED_ITEM`; health insurance is given the item.
OWN, OTHER = "MZ", "YB"
PAGE = "/departments/items"
TAKE_BACK = f"{PAGE}/{PROMISED_ITEM}/take-back"


@pytest.fixture
def case_id(pair):
    """A case of the item at a hall with departments, on each database in turn."""
    made = a_case_at(pair.terminal, a_submission(pair.terminal, PROMISED_ITEM))
    pair.settle()
    with pair.hall.writing() as session:
        departments.set_up(session, pair.hall.parts.catalogue, "command")
    return made.case_id


@pytest.fixture
def admin(hall):
    return signed_in(hall, "admin")


def give(admin, item=PROMISED_ITEM, department=OTHER):
    return admin.send(PAGE, PAGE, item=item, department=department)


def given(hall):
    with hall.reading() as session:
        return {each.item: each.department for each in session.query(DepartmentItem)}


def authority_of(hall, department):
    with hall.reading() as session:
        return next(iter(departments.distribution(session).authorities_of([department])))


def open_ones(person, asked=""):
    """The number in the first tab of the list, and whether a case stands in the list."""
    page = person.page(f"/desk?{asked}")
    return re.search(r'tab__count number">(\d+)<', page)[1], bool(
        re.search(r'href="/desk/[0-9a-f-]{36}"', page)
    )


def test_the_other_department_sees_and_decides_the_case_and_the_first_is_told_there_is_none(
    hall, case_id, admin
):
    own, other, path = a_clerk_of(hall, OWN), a_clerk_of(hall, OTHER), f"/desk/{case_id}"
    assert give(admin).status_code == 303
    init_logs(replace(hall.parts.config, log_level="info"))
    with capture_logs() as logged:
        assert own.get(path).status_code == 404
        assert own.send("/desk", f"{path}/decisions", action="accept").status_code == 404
    refused = [line for line in logged if line["event"] == "out_of_reach"]
    assert [line["operator"] for line in refused] == [own.operator_id] * 2
    assert refused[0]["items"] == [PROMISED_ITEM]
    assert (open_ones(own), open_ones(other)) == (("0", False), ("1", True))
    assert other.send(path, f"{path}/decisions", action="accept").status_code == 303
    assert "办件已转到承办部门" not in other.page(path)
    assert "该事项已划给张家港市医疗保障局" in other.page(path)
    with hall.reading() as session:
        assert session.get_one(Case, case_id).holder == other.operator_id


def test_taking_it_back_restores_everything(hall, case_id, admin):
    own, other, path = a_clerk_of(hall, OWN), a_clerk_of(hall, OTHER), f"/desk/{case_id}"
    give(admin)
    assert admin.send(PAGE, TAKE_BACK).status_code == 303
    assert given(hall) == {}
    assert other.get(path).status_code == 404
    assert (open_ones(own), open_ones(other)) == (("1", True), ("0", False))
    assert own.send(path, f"{path}/decisions", action="accept").status_code == 303


def test_both_acts_are_recorded_and_once(hall, case_id, admin):
    for _ in range(2):
        give(admin)
    for _ in range(2):
        admin.send(f"/departments/{OWN}", TAKE_BACK)
    with hall.reading() as session:
        found = session.query(AuditRecord).filter(AuditRecord.act.like("department.item%"))
        told = [(each.act, each.target, each.actor, each.detail) for each in found]
    assert told == [
        (
            *("department.item_given", OTHER, admin.operator_id),
            f'{{"from":"{OWN}","item":"{PROMISED_ITEM}"}}',
        ),
        (
            *("department.item_taken_back", OTHER, admin.operator_id),
            f'{{"item":"{PROMISED_ITEM}"}}',
        ),
    ]
    assert "单独划给事项" in admin.page("/audit")


def test_a_case_that_was_sent_to_an_authority_by_hand_stays_there(hall, case_id, admin):
    own, other, path = a_clerk_of(hall, OWN), a_clerk_of(hall, OTHER), f"/desk/{case_id}"
    with hall.writing() as session:
        session.get_one(Case, case_id).department = session.get_one(
            DepartmentAuthority, hall.parts.catalogue.items[PROMISED_ITEM].department.zh
        ).authority
    give(admin)
    assert other.get(path).status_code == 404
    assert own.send(path, f"{path}/decisions", action="accept").status_code == 303
    assert "该事项已划给" not in own.page(path)
    with hall.reading() as session:
        assert session.get_one(Case, case_id).holder == own.operator_id, "it decides it itself"


def test_the_filter_by_department_follows_in_every_list(hall, case_id, admin):
    own, other = (f"department={authority_of(hall, code)}" for code in (OWN, OTHER))
    assert (open_ones(admin, own), open_ones(admin, other)) == (("1", True), ("0", False))
    give(admin)
    assert (open_ones(admin, own), open_ones(admin, other)) == (("0", False), ("1", True))
    with hall.writing() as session:
        session.get_one(Case, case_id).state = "delivered"
    for state in ("delivered", "all"):
        assert not open_ones(admin, f"{own}&state={state}")[1]
        assert open_ones(admin, f"{other}&state={state}")[1]
    clerk = a_clerk_of(hall, OTHER)
    assert open_ones(clerk, f"{other}&state=delivered")[1]
    assert not open_ones(clerk, f"{own}&state=delivered")[1]


def test_only_who_has_the_item_now_is_a_colleague_to_hand_its_case_to(hall, case_id, admin):
    own, other, path = a_clerk_of(hall, OWN), a_clerk_of(hall, OTHER), f"/desk/{case_id}"
    give(admin)
    admin.send(path, f"{path}/take")
    page = admin.page(path)
    assert f'value="{other.operator_id}"' in page
    assert f'value="{own.operator_id}"' not in page
    assert admin.send(path, f"{path}/hand-over", to=own.operator_id).status_code == 422
    assert admin.send(path, f"{path}/hand-over", to=other.operator_id).status_code == 303


def test_what_belongs_to_a_case_goes_along(hall, case_id, admin):
    with hall.writing() as session:
        due = session.get_one(Case, case_id).submitted_at.date()
        session.add(KeptPromise(case_id=case_id, check_by=due, state="open"))
    give(admin)
    assert case_id in a_clerk_of(hall, OTHER).page("/follow-ups")
    assert case_id not in a_clerk_of(hall, OWN).page("/follow-ups")


def test_who_holds_a_case_that_goes_elsewhere_puts_it_back(hall, case_id, admin):
    own, path = a_clerk_of(hall, OWN), f"/desk/{case_id}"
    own.send(path, f"{path}/take")
    give(admin)
    with hall.reading() as session:
        assert session.get_one(Case, case_id).holder is None
        released = session.query(AuditRecord).filter_by(act="department.cases_put_back").one()
        assert (released.target, released.actor) == (OTHER, admin.operator_id)
        assert released.detail == '{"count":1}'
    other = a_clerk_of(hall, OTHER)
    assert other.send(path, f"{path}/decisions", action="accept").status_code == 303


def test_who_may_go_on_with_a_case_keeps_it(hall, case_id, admin):
    path = f"/desk/{case_id}"
    both, window = a_clerk_of(hall, OWN, OTHER), signed_in(hall, "clerk")
    for person in (both, window):
        person.send(path, f"{path}/take")
        give(admin)
        admin.send(PAGE, TAKE_BACK)
        with hall.reading() as session:
            assert session.get_one(Case, case_id).holder == person.operator_id
        person.send(path, f"{path}/release")


def test_an_authority_that_moves_puts_its_held_cases_back_too(hall, case_id, admin):
    own, path = a_clerk_of(hall, OWN), f"/desk/{case_id}"
    own.send(path, f"{path}/take")
    page = f"/departments/{OWN}"
    values = {"name_zh": "民政", "name_en": "Civil affairs", "windows": ""}
    authorities = [authority_of(hall, OWN)]
    assert admin.send(page, page, **values, authorities=authorities).status_code == 303
    with hall.reading() as session:
        assert session.get_one(Case, case_id).holder == own.operator_id
    page = f"/departments/{OTHER}"
    assert admin.send(page, page, **values, authorities=authorities).status_code == 303
    with hall.reading() as session:
        assert session.get_one(Case, case_id).holder is None


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"item": "XX-999"}, "item"),
        ({"item": ""}, "item"),
        ({"department": "NO"}, "department"),
        ({"department": ""}, "department"),
        ({"department": OWN}, "department"),
    ],
)
def test_what_cannot_be_given_is_named_at_its_field_and_nothing_is_stored(
    hall, case_id, admin, values, field
):
    before = hall.row_counts()
    sent = give(admin, **values)
    assert sent.status_code == 422
    page = sent.get_data(as_text=True)
    assert re.findall(r'id="(\w+)-error"', page) == [field]
    assert given(hall) == {}
    assert hall.row_counts() == before


def test_an_item_that_the_catalogue_has_no_more_is_the_general_windows_and_is_taken_back(
    hall, case_id, admin
):
    with hall.writing() as session:
        session.add(DepartmentItem(item="XX-999", department=OTHER))
        session.get_one(Case, case_id).item = "XX-999"
    other = a_clerk_of(hall, OTHER)
    assert other.get(f"/desk/{case_id}").status_code == 404
    admin.send(PAGE, f"/desk/{case_id}/take")
    sent = admin.send(PAGE, f"/desk/{case_id}/hand-over", to=other.operator_id)
    assert sent.status_code == 422
    assert "现行目录中没有" in admin.page(PAGE)
    assert admin.send(PAGE, f"{PAGE}/XX-999/take-back").status_code == 303
    assert given(hall) == {}


def test_the_pages_of_departments_say_which_items_are_there_by_exception(hall, case_id, admin):
    name = hall.parts.catalogue.items[PROMISED_ITEM].name.zh
    before = [admin.page(f"/departments/{code}") for code in (OWN, OTHER)]
    assert "没有单独划入的" in before[1]
    assert (name in before[0], name in before[1]) == (True, False)
    give(admin)
    gone, got = (admin.page(f"/departments/{code}") for code in (OWN, OTHER))
    assert "已单独划给别的部门" in gone and f"（现由 {OTHER} 办理）" in gone
    assert "其中 1 项是单独划入的" in got and name in got
    listed = signed_in(hall, "auditor").page(PAGE)
    assert name in listed and "收回" not in listed
    overview = admin.page("/departments")
    assert "其中单独划入 1 项" in overview
    counts = [
        int(count) for count in re.findall(r'data-name="事项" class="number">(\d+)', overview)
    ]
    assert sum(counts) == len(hall.parts.catalogue.items)


def test_an_item_given_away_stays_when_its_authority_moves(hall, case_id, admin):
    give(admin)
    page = "/departments/RS"
    values = {"name_zh": "人社", "name_en": "Human resources", "windows": ""}
    admin.send(page, page, **values, authorities=[authority_of(hall, OWN)])
    assert a_clerk_of(hall, OTHER).get(f"/desk/{case_id}").status_code == 200
    assert a_clerk_of(hall, "RS").get(f"/desk/{case_id}").status_code == 404


def test_programs_are_held_to_it_as_well(hall, case_id, admin):
    give(admin)
    own, other = a_clerk_of(hall, OWN), a_clerk_of(hall, OTHER)
    assert json.loads(own.get("/api/v1/cases").data) == {"cases": []}
    assert [each["id"] for each in json.loads(other.get("/api/v1/cases").data)["cases"]] == [
        case_id
    ]
