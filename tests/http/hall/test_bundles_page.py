"""The lead department's clerk sees how all cases of a bundle stand, and closes it."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text, update

from kiosk import clock
from kiosk.cases import desk, service
from kiosk.cases.model import Case
from kiosk.hall import leading
from kiosk.operators import departments
from sync.keys import SubjectKey
from tests.builders.bundles import a_bundle
from tests.builders.clerks import a_clerk_of, signed_in

#: Civil affairs lead 身后一件事; one of the two is decided by the social insurance.
BUNDLE, MEMBERS = "YJS-10", ("MZ-017", "RS-004")
LEAD, OTHER = "MZ", "RS"
RESULT = "丧葬补贴已发放，养老保险关系已终止。"


@pytest.fixture
def cases(small_pair) -> list[Case]:
    terminal = small_pair.terminal
    submission = a_bundle(terminal, BUNDLE, *MEMBERS).submission()
    terminal.within(service.submit, terminal.parts, submission, "key")
    small_pair.settle()
    with small_pair.hall.writing() as session:
        departments.set_up(session, small_pair.hall.parts.catalogue, "command")
    with small_pair.hall.reading() as session:
        return list(session.scalars(select(Case).order_by(Case.id)))


def decided(hall, cases: list[Case]) -> None:
    for case in cases:
        for verb in ("accept", "approve"):
            hall.within(desk.decide, hall.parts, case.id, verb, "clerk")


def test_the_leads_clerk_sees_all_cases_but_opens_only_the_own_ones(small_pair, cases) -> None:
    clerk, path = a_clerk_of(small_pair.hall, LEAD), f"/bundles/{cases[0].id}"
    assert path in clerk.page("/bundles?which=going_on")
    page = clerk.page(path)
    assert "惠民殡葬补贴申领" in page
    assert "城乡居民养老保险注销登记" in page
    assert f"/desk/{cases[0].id}" in page
    assert f"/desk/{cases[1].id}" not in page
    assert "全部办结后" in page
    assert 'name="result"' not in page


def test_other_departments_neither_see_nor_close_it(small_pair, cases) -> None:
    decided(small_pair.hall, cases)
    clerk, path = a_clerk_of(small_pair.hall, OTHER), f"/bundles/{cases[0].id}"
    assert path not in clerk.page("/bundles")
    assert clerk.get(path).status_code == 404
    sent = clerk.send("/desk", f"{path}/close", result=RESULT)
    assert sent.status_code == 404
    assert "查看整件事" not in clerk.page(f"/desk/{cases[1].id}")


def test_the_result_is_stated_and_shown_to_lead_and_resident(small_pair, cases) -> None:
    hall, path = small_pair.hall, f"/bundles/{cases[0].id}"
    clerk = a_clerk_of(hall, LEAD)
    decided(hall, cases)
    assert path in clerk.page("/bundles")
    assert clerk.send(path, f"{path}/close", result="").status_code == 422
    assert clerk.send(path, f"{path}/close", result=RESULT).status_code == 303
    assert RESULT in clerk.page(path)
    assert path not in clerk.page("/bundles")
    assert path in clerk.page("/bundles?which=closed")
    again = clerk.send("/bundles?which=closed", f"{path}/close", result=RESULT)
    assert again.status_code == 409
    assert "这件事已经告知过结果" in again.get_data(as_text=True)
    story = clerk.page(f"/desk/{cases[0].id}")
    assert RESULT not in story, "it is no step of the case"


def test_an_open_case_is_named_when_somebody_closes_too_early(small_pair, cases) -> None:
    decided(small_pair.hall, cases[:1])
    clerk, path = a_clerk_of(small_pair.hall, LEAD), f"/bundles/{cases[0].id}"
    sent = clerk.send("/desk", f"{path}/close", result=RESULT)
    assert sent.status_code == 409
    assert "还有 1 项没有办结：城乡居民养老保险注销登记" in sent.get_data(as_text=True)


def test_a_bundle_of_which_nothing_can_be_told_is_not_waited_for(small_pair, cases) -> None:
    hall, path = small_pair.hall, f"/bundles/{cases[0].id}"
    clerk = a_clerk_of(hall, LEAD)
    decided(hall, cases[:1])
    small_pair.terminal.within(service.withdraw, small_pair.terminal.parts, cases[1].id)
    small_pair.settle()
    assert path in clerk.page("/bundles")
    with hall.writing() as session:
        session.execute(delete(SubjectKey).where(SubjectKey.subject == cases[0].id))
    assert path not in clerk.page("/bundles")
    page = clerk.page(path)
    assert 'name="result"' not in page
    assert "没有结果可告知" in page


def test_a_bundle_that_its_station_has_wiped_is_not_waited_for(small_pair, cases) -> None:
    hall, path = small_pair.hall, f"/bundles/{cases[0].id}"
    for case in cases:
        hall.within(desk.decide, hall.parts, case.id, "accept", "clerk")
        hall.within(desk.decide, hall.parts, case.id, "refuse", "clerk", "", ("不符合条件",))
    clerk = a_clerk_of(hall, LEAD)
    assert path in clerk.page("/bundles")
    with hall.writing() as session:
        session.execute(update(Case).values(changed_at=clock.now() - timedelta(days=31)))
    assert path not in clerk.page("/bundles")


@pytest.mark.parametrize("role", ["admin", "clerk"])
def test_who_has_the_whole_hall_sees_it_and_states_nothing_in_the_leads_name(
    small_pair, cases, role
) -> None:
    decided(small_pair.hall, cases)
    person, path = signed_in(small_pair.hall, role), f"/bundles/{cases[0].id}"
    page = person.page(path)
    assert "由牵头部门的工作人员告知" in page
    assert 'name="result"' not in page
    assert person.send(path, f"{path}/close", result=RESULT).status_code == 403


def test_the_general_window_closes_what_no_department_leads(small_pair, cases) -> None:
    decided(small_pair.hall, cases)
    with small_pair.hall.writing() as session:
        session.execute(delete(departments.DepartmentAuthority))
    person, path = signed_in(small_pair.hall, "clerk"), f"/bundles/{cases[0].id}"
    assert person.send(path, f"{path}/close", result=RESULT).status_code == 303


def test_what_goes_on_is_not_looked_for_among_all_bundles_there_ever_were(small_pair) -> None:
    hall = small_pair.hall
    query = hall.within(leading.listed, hall.parts, leading.GOING_ON)
    with hall.reading() as session:
        asked = query.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        plan = session.execute(text(f"EXPLAIN QUERY PLAN {asked}")).all()
    assert "ix_cases_member" in str(plan)
