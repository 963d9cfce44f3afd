"""Papers at the hall: covered for readers, in full for who decides, and that is logged."""

import io
from dataclasses import replace

import pytest
from PIL import Image, ImageDraw
from structlog.testing import capture_logs

from kiosk import clock
from kiosk.cases import afterwards, service
from kiosk.cases.history import current_body
from kiosk.cases.service import Receipt
from kiosk.cases.submission import Signature
from kiosk.logs import init_logs
from tests.builders.cases import PROMISED_ITEM, a_picture_at, a_submission
from tests.builders.clerks import a_stranger, signed_in
from tests.builders.machines import Pair
from tests.builders.papers import text_of
from tests.builders.promises import WANTED, a_promising_case_at


@pytest.fixture
def signed(small_pair: Pair) -> Receipt:
    """A case at the hall whose applicant drew a signature."""
    drawing = Image.new("RGB", (600, 200), "white")
    ImageDraw.Draw(drawing).line([(40, 150), (300, 40), (560, 120)], fill="black", width=6)
    jpeg = io.BytesIO()
    drawing.save(jpeg, "JPEG")
    material = a_picture_at(small_pair.terminal, jpeg.getvalue())
    submission = replace(
        a_submission(small_pair.terminal, PROMISED_ITEM).submission(),
        signature=Signature("drawn", material),
    )
    made = small_pair.terminal.within(
        service.submit, small_pair.terminal.parts, submission, "signed-1"
    )
    small_pair.settle()
    return made


@pytest.fixture
def applicant(small_pair: Pair, signed: Receipt) -> dict[str, str]:
    with small_pair.hall.reading() as session:
        body = current_body(session, small_pair.hall.parts.keyring, signed.case_id)
    return body["answers"]["applicant"]


def paths(receipt: Receipt) -> tuple[str, str, str]:
    page = f"/desk/{receipt.case_id}"
    return page, f"{page}/application.pdf", f"{page}/signed-copy.pdf"


@pytest.mark.parametrize("role", ["clerk", "admin", "auditor"])
def test_who_reads_cases_can_print_one_with_numbers_hidden(small_pair, signed, applicant, role):
    page, application, _ = paths(signed)
    person = signed_in(small_pair.hall, role)
    assert application in person.page(page)
    answer = person.get(application)
    assert answer.headers["Cache-Control"] == "no-store"
    text = text_of(answer.data)
    number = applicant["id_number"]
    assert f"{number[:6]}********{number[-4:]}" in text
    assert number not in text
    assert applicant["name"] not in text


@pytest.mark.parametrize("role", ["clerk", "admin"])
def test_who_decides_can_print_the_signed_copy_and_that_is_logged(
    small_pair, signed, applicant, role
):
    page, _, signed_copy = paths(signed)
    person = signed_in(small_pair.hall, role)
    init_logs(replace(small_pair.hall.parts.config, log_level="info"))
    with capture_logs() as logged:
        answer = person.send(page, signed_copy)
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    text = text_of(answer.data)
    assert applicant["id_number"] in text
    assert applicant["name"] in text
    assert b"/DCTDecode" in answer.data, "the drawn signature is a JPEG"
    revealed = [entry for entry in logged if entry["event"] == "revealed"]
    assert [(e["case"], e["operator"], e["field"]) for e in revealed] == [
        (signed.case_id, person.operator_id, "*")
    ]
    assert not any(applicant["id_number"] in str(entry) for entry in logged)


def test_an_auditor_gets_no_signed_copy(small_pair, signed):
    page, _, signed_copy = paths(signed)
    auditor = signed_in(small_pair.hall, "auditor")
    assert signed_copy not in auditor.page(page)
    assert auditor.send(page, signed_copy).status_code == 403


def test_a_stranger_gets_nothing(small_pair, signed):
    _, application, _ = paths(signed)
    answer = a_stranger(small_pair.hall).get(application)
    assert answer.status_code == 303
    assert "/sign-in" in answer.headers["Location"]


def test_another_site_cannot_ask_for_the_signed_copy(small_pair, signed):
    _, _, signed_copy = paths(signed)
    clerk = signed_in(small_pair.hall, "clerk")
    assert clerk.client.post(signed_copy).status_code == 400
    assert clerk.get(signed_copy).status_code == 405


def test_no_paper_of_the_hall_opens_the_applicants_progress(small_pair, signed):
    _, application, _ = paths(signed)
    answer = signed_in(small_pair.hall, "clerk").get(application)
    assert "扫码查进度" not in text_of(answer.data)


def test_an_unknown_case_cannot_be_printed(small_pair):
    clerk = signed_in(small_pair.hall, "clerk")
    assert clerk.get("/desk/no-such-case/application.pdf").status_code == 404


def test_a_case_whose_key_is_destroyed_cannot_be_printed(small_pair, signed):
    _, application, _ = paths(signed)
    clerk = signed_in(small_pair.hall, "clerk")
    with small_pair.hall.writing() as session:
        session.connection().exec_driver_sql("DELETE FROM subject_key")
    answer = clerk.get(application)
    assert answer.status_code == 503
    assert "不能打印" in answer.get_data(as_text=True)


def test_the_signed_copy_keeps_the_promise_when_the_paper_has_come(small_pair):
    terminal = small_pair.terminal
    case_id = a_promising_case_at(terminal).case_id
    picture = a_picture_at(terminal)
    terminal.within(afterwards.supply, terminal.parts, case_id, WANTED, [picture], "kiosk")
    small_pair.settle()
    clerk, page = signed_in(small_pair.hall, "clerk"), f"/desk/{case_id}"
    answer = clerk.send(page, f"{page}/signed-copy.pdf")
    text = text_of(answer.data)
    assert "本人承诺在" in text and "前补交收入证明" in text
    assert f"{clock.today().isoformat()}" in text.partition("提交情况")[2].partition("补交")[0]
