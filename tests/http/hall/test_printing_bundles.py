"""The applications of a bundle at the hall: all its cases in one paper, each reading logged."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from kiosk.cases import service
from kiosk.cases.history import current_body
from kiosk.cases.model import Case
from kiosk.logs import init_logs
from kiosk.operators.audit import AuditRecord
from kiosk.receipts.number import grouped
from tests.builders.bundles import a_bundle
from tests.builders.cases import a_case_at
from tests.builders.clerks import signed_in
from tests.builders.papers import pages_of, text_of

MEMBERS = ("RS-011", "RS-017")


@pytest.fixture
def cases(small_pair) -> list[Case]:
    terminal = small_pair.terminal
    submission = a_bundle(terminal, "YJS-04", *MEMBERS).submission()
    terminal.within(service.submit, terminal.parts, submission, "key")
    small_pair.settle()
    with small_pair.hall.reading() as session:
        return list(session.scalars(select(Case).order_by(Case.id)))


def test_who_reads_one_case_can_print_all_of_its_bundle_covered(small_pair, cases):
    paper = f"/desk/{cases[1].id}/bundle.pdf"
    auditor = signed_in(small_pair.hall, "auditor")
    page = auditor.page(f"/desk/{cases[1].id}")
    assert paper in page
    assert "signed-bundle.pdf" not in page
    init_logs(replace(small_pair.hall.parts.config, log_level="info"))
    with capture_logs() as logged:
        answer = auditor.get(paper)
    assert answer.headers["Cache-Control"] == "no-store"
    text = text_of(answer.data)
    applicant = _applicant(small_pair, cases[0])
    assert applicant["id_number"] not in text
    assert applicant["name"] not in text
    assert "扫码查进度" not in text
    printed = {entry["case"] for entry in logged if entry["event"] == "application_printed"}
    assert printed == {case.id for case in cases}
    assert _recorded(small_pair, "case.printed") == sorted(printed)


def test_the_signed_copies_have_everything_and_each_is_logged(small_pair, cases):
    page = f"/desk/{cases[0].id}"
    clerk = signed_in(small_pair.hall, "clerk")
    init_logs(replace(small_pair.hall.parts.config, log_level="info"))
    with capture_logs() as logged:
        answer = clerk.send(page, f"{page}/signed-bundle.pdf")
    applicant = _applicant(small_pair, cases[0])
    cover, *forms = pages_of(answer.data)
    assert applicant["id_number"] not in cover
    assert sum(applicant["id_number"] in form for form in forms) == len(cases)
    assert _recorded(small_pair, "case.printed_in_full") == sorted(case.id for case in cases)
    revealed = {(e["case"], e["field"]) for e in logged if e["event"] == "revealed"}
    assert revealed == {(case.id, "*") for case in cases}
    auditor = signed_in(small_pair.hall, "auditor")
    assert auditor.send(page, f"{page}/signed-bundle.pdf").status_code == 403


def test_a_case_that_has_been_wiped_is_named_on_the_cover_and_the_others_are_printed(
    small_pair, cases
):
    clerk = signed_in(small_pair.hall, "clerk")
    with small_pair.hall.writing() as session:
        session.connection().exec_driver_sql(
            "DELETE FROM subject_key WHERE subject = ?", (cases[1].id,)
        )
    answer = clerk.get(f"/desk/{cases[0].id}/bundle.pdf")
    cover, *forms = pages_of(answer.data)
    assert "内容已清除" in cover
    assert grouped(cases[1].number) in cover
    assert any(grouped(cases[0].number) in form for form in forms)
    assert not any(grouped(cases[1].number) in form for form in forms)


def test_a_case_by_itself_is_no_bundle(small_pair):
    receipt = a_case_at(small_pair.terminal)
    small_pair.settle()
    clerk = signed_in(small_pair.hall, "clerk")
    assert "bundle.pdf" not in clerk.page(f"/desk/{receipt.case_id}")
    assert clerk.get(f"/desk/{receipt.case_id}/bundle.pdf").status_code == 404


def _recorded(pair, act) -> list[str]:
    query = select(AuditRecord.target).where(AuditRecord.act == act).order_by(AuditRecord.target)
    with pair.hall.reading() as session:
        return list(session.scalars(query))


def _applicant(pair, case: Case) -> dict[str, str]:
    with pair.hall.reading() as session:
        body = current_body(session, pair.hall.parts.keyring, case.id)
    return body["answers"]["applicant"]
