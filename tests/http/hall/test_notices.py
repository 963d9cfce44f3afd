"""Notices of a case as PDF: which there are, what they say, who gets them, how one is verified."""

import re
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from kiosk.cases import desk, history, notices
from kiosk.cases.history import current_body
from kiosk.logs import init_logs
from tests.builders.cases import PROMISED_ITEM, a_case_at, a_submission
from tests.builders.clerks import a_stranger, signed_in
from tests.builders.papers import text_of


@pytest.fixture
def case_id(small_pair) -> str:
    receipt = a_case_at(small_pair.terminal, a_submission(small_pair.terminal, PROMISED_ITEM))
    small_pair.settle()
    return receipt.case_id


def decide(pair, case_id, verb, **more):
    pair.hall.within(desk.decide, pair.hall.parts, case_id, verb, "clerk-1", **more)


def applicant(pair, case_id):
    with pair.hall.reading() as session:
        return current_body(session, pair.hall.parts.keyring, case_id)["answers"]["applicant"]


def offered(page):
    return re.findall(r"/notices/([a-z-]+)\.pdf\"[^>]*>遮挡", page)


def test_a_case_has_a_notice_for_each_step_and_a_reprint_says_the_same(small_pair, case_id):
    clerk = signed_in(small_pair.hall, "clerk")
    assert offered(clerk.page(f"/desk/{case_id}")) == []
    for verb in ("accept", "approve", "deliver"):
        decide(small_pair, case_id, verb)
    page = clerk.page(f"/desk/{case_id}")
    assert offered(page) == ["accepted", "approved", "delivered"]
    first, again = (
        text_of(clerk.get(f"/desk/{case_id}/notices/accepted.pdf").data) for _ in range(2)
    )
    assert first == again
    assert "受理通知书" in first
    assert "盖章处" in first


def test_the_copy_to_hand_out_names_its_addressee_and_no_paper_has_the_id_number(
    small_pair, case_id
):
    decide(small_pair, case_id, "return", reasons=("照片不清楚", "缺少户口簿"))
    clerk, person = signed_in(small_pair.hall, "clerk"), applicant(small_pair, case_id)
    path = f"/desk/{case_id}/notices/returned.pdf"
    covered = text_of(clerk.get(path).data)
    init_logs(replace(small_pair.hall.parts.config, log_level="info"))
    with capture_logs() as logs:
        full = text_of(clerk.send(f"/desk/{case_id}", path).data)
    assert person["name"] not in covered
    assert person["name"] in full
    assert person["id_number"] not in full
    assert "照片不清楚" in full and "缺少户口簿" in full
    assert [each["field"] for each in logs if each["event"] == "revealed"] == ["applicant.name"]


@pytest.mark.parametrize(
    ("steps", "kind", "title"),
    [
        (("refuse",), "not-accepted", "不予受理通知书"),
        (("accept", "refuse"), "refused", "不予许可决定书"),
    ],
)
def test_not_accepting_and_refusing_are_two_decisions(small_pair, case_id, steps, kind, title):
    for verb in steps:
        decide(small_pair, case_id, verb, reasons=("不符合条件",) if verb == "refuse" else ())
    clerk = signed_in(small_pair.hall, "clerk")
    assert kind in offered(clerk.page(f"/desk/{case_id}"))
    shown = text_of(clerk.get(f"/desk/{case_id}/notices/{kind}.pdf").data)
    assert title in shown
    assert "行政复议" in shown


def test_a_stranger_verifies_a_notice_by_its_code_and_learns_no_name(small_pair, case_id):
    decide(small_pair, case_id, "accept")
    hall = small_pair.hall
    with hall.reading() as session:
        (issued,) = notices.issued(history.facts(session, hall.parts.keyring, case_id))
    mark = notices.mark(hall.parts.keyring, case_id, issued)
    stranger = a_stranger(hall)
    page = stranger.page(f"/notices/{case_id}/accepted/{mark}")
    assert "真实有效" in page
    assert applicant(small_pair, case_id)["name"] not in page
    assert stranger.get(f"/notices/{case_id}/accepted/{mark[::-1]}").status_code == 404
    assert stranger.get(f"/notices/{case_id}/refused/{mark}").status_code == 404
    assert stranger.get(f"/notices/{case_id}/accepted/{'验' * 16}").status_code == 404


def test_papers_are_for_who_reads_cases(small_pair, case_id):
    decide(small_pair, case_id, "accept")
    path = f"/desk/{case_id}/notices/accepted.pdf"
    assert a_stranger(small_pair.hall).get(path).status_code == 303
    auditor = signed_in(small_pair.hall, "auditor")
    assert auditor.get(path).status_code == 200
    assert auditor.client.post(path).status_code in (400, 403)
