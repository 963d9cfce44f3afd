"""A clerk sees and decides the cases of the departments they work for, and no others."""

from dataclasses import replace
from datetime import date

import pytest
from structlog.testing import capture_logs

from kiosk.cases.desk_model import KeptPromise
from kiosk.cases.help.model import HelpRecord
from kiosk.cases.help.services import PRE_CHECK
from kiosk.cases.model import Case
from kiosk.logs import init_logs
from kiosk.operators import departments
from kiosk.operators.audit import AuditRecord
from tests.builders.cases import PROMISED_ITEM
from tests.builders.clerks import a_clerk_of, signed_in

#: Civil affairs decides `PROMISED_ITEM`; health insurance does not.
OWN, OTHER = "MZ", "YB"


@pytest.fixture
def hall(small_pair, receipt):
    with small_pair.hall.writing() as session:
        departments.set_up(session, small_pair.hall.parts.catalogue, "command")
    return small_pair.hall


def a_pre_check_of(case_id):
    return HelpRecord(
        **{"id": "record", "kind": "pre_check", "state": "sent", "item": PROMISED_ITEM},
        **{"case_id": case_id, "on_day": date(2026, 11, 2), "terminal_id": "t"},
        station_code="s",
    )


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


def test_what_the_general_window_accepts_is_then_decided_by_the_department(hall, receipt):
    window, path = signed_in(hall, "clerk"), f"/desk/{receipt.case_id}"
    window.send(path, f"{path}/take")
    assert window.send(path, f"{path}/decisions", action="accept").status_code == 303
    assert "办件已转到承办部门" in window.page(path)
    clerk = a_clerk_of(hall, OWN)
    assert receipt.case_id in clerk.page("/desk?holder=nobody&state=accepted")
    assert clerk.send(path, f"{path}/decisions", action="approve").status_code == 303
    with hall.reading() as session:
        case = session.get_one(Case, receipt.case_id)
    assert (case.state, case.holder) == ("approved", clerk.operator_id)


def test_what_the_general_window_returns_is_corrected_into_nobodys_hands(hall, receipt):
    window, path = signed_in(hall, "clerk"), f"/desk/{receipt.case_id}"
    returned = window.send(path, f"{path}/decisions", action="return", reasons="缺户口簿")
    assert returned.status_code == 303
    assert "办件已转到承办部门" not in window.page(path)
    with hall.reading() as session:
        assert session.get_one(Case, receipt.case_id).holder is None


def test_the_department_holds_what_it_returns_itself(hall, receipt):
    clerk, path = a_clerk_of(hall, OWN), f"/desk/{receipt.case_id}"
    clerk.send(path, f"{path}/decisions", action="return", reasons="缺户口簿")
    with hall.reading() as session:
        assert session.get_one(Case, receipt.case_id).holder == clerk.operator_id


def test_the_department_holds_what_it_accepts_itself(hall, receipt):
    clerk, path = a_clerk_of(hall, OWN), f"/desk/{receipt.case_id}"
    assert clerk.send(path, f"{path}/decisions", action="accept").status_code == 303
    assert "办件已转到承办部门" not in clerk.page(path)
    with hall.reading() as session:
        assert session.get_one(Case, receipt.case_id).holder == clerk.operator_id


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


def test_only_who_sees_everything_sees_how_many_cases_are_closed(hall, receipt):
    closed = 'state=delivered">已送达 <span class="tab__count'
    assert closed in signed_in(hall, "clerk").page("/desk")
    assert closed not in a_clerk_of(hall, OWN).page("/desk")


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


def test_a_case_is_handed_only_to_a_colleague_who_has_it_within_reach(hall, receipt):
    clerk, path = a_clerk_of(hall, OWN), f"/desk/{receipt.case_id}"
    beyond, colleague = a_clerk_of(hall, OTHER), a_clerk_of(hall, OTHER, OWN)
    clerk.send(path, f"{path}/take")
    page = clerk.page(path)
    assert f'value="{colleague.operator_id}"' in page
    assert beyond.operator_id not in page
    assert clerk.send(path, f"{path}/hand-over", to=beyond.operator_id).status_code == 422
    assert clerk.send(path, f"{path}/hand-over", to=colleague.operator_id).status_code == 303


@pytest.mark.parametrize(
    ("act", "sent"), [("disable", {}), ("rights", {"role": "clerk", "departments": OTHER})]
)
def test_who_may_hold_a_case_no_more_puts_it_back(hall, receipt, act, sent):
    clerk, path = a_clerk_of(hall, OWN), f"/desk/{receipt.case_id}"
    clerk.send(path, f"{path}/take")
    admin, account = signed_in(hall, "admin"), f"/operators/{clerk.operator_id}"
    assert admin.send(account, f"{account}/{act}", **sent).status_code == 303
    with hall.reading() as session:
        case = session.get_one(Case, receipt.case_id)
        last = session.query(AuditRecord).filter_by(act="account.cases_put_back").one()
    assert (case.holder, case.held_at) == (None, None)
    assert (last.actor, last.target) == (admin.operator_id, clerk.operator_id)


def test_promises_to_verify_are_listed_for_the_department_of_the_case_alone(hall, receipt):
    with hall.writing() as session:
        session.add(KeptPromise(case_id=receipt.case_id, check_by=date(2026, 12, 1), state="open"))
    assert receipt.case_id in a_clerk_of(hall, OWN).page("/follow-ups")
    assert receipt.case_id not in a_clerk_of(hall, OTHER).page("/follow-ups")


def test_help_that_belongs_to_a_case_goes_where_the_case_was_sent(hall, receipt):
    with hall.writing() as session:
        authority = next(iter(departments.distribution(session).authorities_of([OTHER])))
        session.get_one(Case, receipt.case_id).department = authority
        session.add(a_pre_check_of(receipt.case_id))
    path = "/help-service/pre-checks/record"
    sent_to, own = a_clerk_of(hall, OTHER), a_clerk_of(hall, OWN)
    assert path in sent_to.page("/help-service")
    assert path not in own.page("/help-service")
    assert own.get(path).status_code == 404
    assert sent_to.get(path).status_code == 200


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
