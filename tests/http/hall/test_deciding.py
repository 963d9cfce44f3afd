"""A clerk's way with one case, as the pages offer it."""

import pytest

from kiosk.cases import afterwards
from kiosk.cases.help.model import HelpRecord
from kiosk.cases.model import Case
from kiosk.cases.service import correct
from tests.builders.cases import PROMISED_ITEM, a_picture_at, a_submission
from tests.builders.clerks import signed_in
from tests.builders.promises import WANTED, a_promising_case_at


def state_of(pair, case_id):
    with pair.hall.reading() as session:
        case = session.get_one(Case, case_id)
        return case.state, case.holder


def step(person, case_id, verb, **more):
    path = f"/desk/{case_id}"
    return person.send(path, f"{path}/decisions", action=verb, **more)


def test_a_clerk_takes_a_case(small_pair, receipt):
    clerk = signed_in(small_pair.hall, "clerk")
    page = f"/desk/{receipt.case_id}"
    assert clerk.send(page, f"{page}/take").status_code == 303
    assert state_of(small_pair, receipt.case_id) == ("submitted", clerk.operator_id)
    assert "由您经办" in clerk.page(page)


def test_what_a_colleague_holds_offers_no_steps_and_takes_none(small_pair, receipt):
    clerk = signed_in(small_pair.hall, "clerk")
    colleague = signed_in(small_pair.hall, "clerk", "liu")
    page = f"/desk/{receipt.case_id}"
    clerk.send(page, f"{page}/take")
    assert "/decisions" not in colleague.page(page)
    assert step(colleague, receipt.case_id, "accept").status_code == 409
    assert colleague.send(page, f"{page}/take").status_code == 409
    assert state_of(small_pair, receipt.case_id) == ("submitted", clerk.operator_id)


def test_a_return_without_reasons_is_asked_for_them_at_the_field(small_pair, receipt):
    clerk = signed_in(small_pair.hall, "clerk")
    answer = step(clerk, receipt.case_id, "return", reasons=" \n ")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'href="#return-reasons"' in page
    assert 'id="return-reasons-error"' in page
    assert state_of(small_pair, receipt.case_id)[0] == "submitted"


def test_reasons_one_per_line_reach_the_applicant(small_pair, receipt):
    clerk = signed_in(small_pair.hall, "clerk")
    reasons = "户口簿缺户主页\r\n\r\n收入证明没有盖章"
    assert step(clerk, receipt.case_id, "return", reasons=reasons).status_code == 303
    shown = clerk.page(f"/desk/{receipt.case_id}")
    assert "<li>户口簿缺户主页</li><li>收入证明没有盖章</li>" in shown


def test_a_case_is_returned_one_time_only(small_pair, receipt):
    clerk = signed_in(small_pair.hall, "clerk")
    page = f"/desk/{receipt.case_id}"
    step(clerk, receipt.case_id, "return", reasons="户口簿缺户主页")
    small_pair.settle()
    terminal = small_pair.terminal
    again = a_submission(terminal, PROMISED_ITEM).submission()
    terminal.within(correct, terminal.parts, receipt.case_id, again, "second")
    small_pair.settle()
    assert 'id="return-reasons"' not in clerk.page(page)
    assert "已退回过一次" in clerk.page(page)
    assert step(clerk, receipt.case_id, "return", reasons="还缺").status_code == 409
    assert state_of(small_pair, receipt.case_id)[0] == "submitted"


def test_a_case_goes_from_acceptance_to_delivery(small_pair, receipt):
    clerk = signed_in(small_pair.hall, "clerk")
    for verb in ("accept", "approve", "deliver"):
        assert f'value="{verb}"' in clerk.page(f"/desk/{receipt.case_id}")
        assert step(clerk, receipt.case_id, verb, note=f"说明-{verb}").status_code == 303
    assert state_of(small_pair, receipt.case_id)[0] == "delivered"
    shown = clerk.page(f"/desk/{receipt.case_id}")
    assert "说明-approve" in shown
    assert "/decisions" not in shown


@pytest.mark.parametrize(("before", "after"), [("open", ["done"]), ("unread", [])])
def test_a_case_is_approved_when_the_promised_document_is_there_and_not_before(
    small_pair, before, after
):
    clerk, parts = signed_in(small_pair.hall, "clerk"), small_pair.terminal.parts
    case_id = a_promising_case_at(small_pair.terminal).case_id
    small_pair.settle()
    step(clerk, case_id, "accept")
    with small_pair.hall.writing() as session:
        promise = session.get_one(HelpRecord, case_id)
        due, promise.state = promise.due_on, before
    answer = step(clerk, case_id, "approve")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    missing = f"收入证明或工资流水（{due.year}年{due.month}月{due.day}日前补交）"
    assert f"容缺材料还没有补齐：{missing}" in page
    assert state_of(small_pair, case_id) == ("accepted", clerk.operator_id)
    picture = a_picture_at(small_pair.terminal)
    small_pair.terminal.within(afterwards.supply, parts, case_id, WANTED, [picture], "kiosk")
    small_pair.settle()
    for verb in ("approve", "deliver"):
        assert step(clerk, case_id, verb).status_code == 303
    with small_pair.hall.reading() as session:
        assert [record.state for record in session.query(HelpRecord)] == after


def test_a_case_whose_promised_document_is_not_there_may_be_refused(small_pair):
    clerk = signed_in(small_pair.hall, "clerk")
    case_id = a_promising_case_at(small_pair.terminal).case_id
    small_pair.settle()
    step(clerk, case_id, "accept")
    assert step(clerk, case_id, "refuse", reasons="不符合条件").status_code == 303


def test_a_step_that_does_not_fit_is_refused_with_the_case_as_it_is(small_pair, receipt):
    clerk = signed_in(small_pair.hall, "clerk")
    answer = step(clerk, receipt.case_id, "approve")
    assert answer.status_code == 409
    assert "办件现在的状态不能这样办" in answer.get_data(as_text=True)


@pytest.mark.parametrize("verb", ["accept", "return", "refuse"])
def test_an_auditor_reads_and_decides_nothing(small_pair, receipt, verb):
    auditor = signed_in(small_pair.hall, "auditor")
    assert "/decisions" not in auditor.page(f"/desk/{receipt.case_id}")
    assert step(auditor, receipt.case_id, verb, reasons="x").status_code == 403
    assert state_of(small_pair, receipt.case_id)[0] == "submitted"


def test_a_decision_without_the_token_is_refused(small_pair, receipt):
    clerk = signed_in(small_pair.hall, "clerk")
    path = f"/desk/{receipt.case_id}/decisions"
    assert clerk.client.post(path, data={"action": "accept"}).status_code == 400
    assert state_of(small_pair, receipt.case_id)[0] == "submitted"


@pytest.mark.parametrize("verb", ["", "withdraw", "correct", "delete", "<b>"])
def test_verbs_that_are_not_the_desks_are_refused(small_pair, receipt, verb):
    clerk = signed_in(small_pair.hall, "clerk")
    assert step(clerk, receipt.case_id, verb).status_code == 422


@pytest.mark.parametrize("reasons", ["x" * 501, "\n".join("x" * 21)])
def test_reasons_without_end_are_refused_and_kept_in_the_form(small_pair, receipt, reasons):
    clerk = signed_in(small_pair.hall, "clerk")
    answer = step(clerk, receipt.case_id, "return", reasons=reasons)
    assert answer.status_code == 422
    assert reasons in answer.get_data(as_text=True)
