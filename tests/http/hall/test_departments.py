"""A clerk sees and decides the cases of the departments they work for, and no others."""

from dataclasses import replace
from datetime import date

import pytest
from structlog.testing import capture_logs

from kiosk.cases.help.model import HelpRecord
from kiosk.cases.help.services import PRE_CHECK
from kiosk.logs import init_logs
from kiosk.operators import departments, service
from tests.builders.cases import PROMISED_ITEM
from tests.builders.clerks import PASSWORD, Person, signed_in

#: Civil affairs decides `PROMISED_ITEM`; health insurance does not.
OWN, OTHER = "MZ", "YB"


@pytest.fixture
def hall(small_pair, receipt):
    with small_pair.hall.writing() as session:
        departments.set_up(session, small_pair.hall.parts.catalogue, "command")
    return small_pair.hall


def a_clerk_of(hall, *codes):
    name = f"clerk-{'-'.join(codes)}"
    made = hall.within(service.create, name, "王", "clerk", PASSWORD, (), codes)
    person = Person(hall.client(), made.id)
    person.send("/sign-in", "/sign-in", username=name, password=PASSWORD)
    return person


def addresses(case_id):
    return [
        f"/desk/{case_id}",
        f"/desk/{case_id}/versions",
        f"/desk/{case_id}/application.pdf",
        f"/desk/{case_id}/materials/none",
    ]


def test_a_clerk_of_the_department_sees_and_accepts_its_case(hall, receipt):
    clerk = a_clerk_of(hall, OTHER, OWN)
    assert receipt.case_id in clerk.page("/desk")
    path = f"/desk/{receipt.case_id}"
    assert clerk.send(path, f"{path}/decisions", action="accept").status_code == 303


def test_a_clerk_of_another_department_is_told_there_is_no_such_case(hall, receipt):
    clerk = a_clerk_of(hall, OTHER)
    assert receipt.case_id not in clerk.page("/desk")
    assert clerk.client.get("/api/v1/cases").get_json() == {"cases": []}
    init_logs(replace(hall.parts.config, log_level="info"))
    with capture_logs() as logged:
        for address in addresses(receipt.case_id):
            assert clerk.get(address).status_code == 404, address
    refused = [line for line in logged if line["event"] == "out_of_reach"]
    assert len(refused) == len(addresses(receipt.case_id))
    assert {line["operator"] for line in refused} == {clerk.operator_id}
    assert refused[0]["items"] == [PROMISED_ITEM]


def test_a_clerk_of_another_department_cannot_decide_it_by_page_or_program(hall, receipt):
    clerk, before = a_clerk_of(hall, OTHER), hall.row_counts()
    path = f"/desk/{receipt.case_id}"
    assert clerk.send("/desk", f"{path}/decisions", action="accept").status_code == 404
    token = clerk.client.get("/api/v1/session").get_json()["csrf_token"]
    answer = clerk.client.post(
        f"/api/v1/cases/{receipt.case_id}/decisions",
        json={"action": "accept"},
        headers={"X-CSRFToken": token},
    )
    assert answer.status_code == 404
    assert hall.row_counts() == before


@pytest.mark.parametrize("role", ["clerk", "admin", "auditor"])
def test_the_general_window_admins_and_auditors_see_every_case(hall, receipt, role):
    assert receipt.case_id in signed_in(hall, role).page("/desk")


def test_there_are_ten_departments_and_forty_nine_windows_once(hall):
    with hall.writing() as session:
        assert departments.set_up(session, hall.parts.catalogue, "command") == 0
    with hall.reading() as session:
        found = session.query(departments.Department).all()
        windows = session.query(departments.DepartmentWindow).all()
    assert len({each.code for each in found}) == departments.DEPARTMENTS
    assert [each.number for each in windows] == list(range(1, departments.WINDOWS + 1))
    assert {each.department for each in windows} == {None, *(each.code for each in found)}


def test_the_counts_of_help_are_those_of_the_clerks_departments(hall):
    with hall.writing() as session:
        session.add(
            HelpRecord(
                id="a-help",
                kind=PRE_CHECK,
                state="ready",
                item=PROMISED_ITEM,
                agent="an agent",
                on_day=date(2026, 11, 2),
                terminal_id="a-terminal",
                station_code="320582100008",
            )
        )
    address = "/help-service/tally?month=2026-11", "/help-service/tally.csv?month=2026-11"
    own, other = a_clerk_of(hall, OWN), a_clerk_of(hall, OTHER)
    for path in address:
        assert "an agent" in own.page(path)
        assert "an agent" not in other.page(path)
