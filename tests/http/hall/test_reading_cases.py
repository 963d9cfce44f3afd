"""What the desk shows of cases, and what it keeps covered."""

from dataclasses import replace

from sqlalchemy import event
from structlog.testing import capture_logs

from kiosk import crypto
from kiosk.cases.history import current_body
from kiosk.logs import init_logs
from tests.builders.cases import PROMISED_ITEM, SHORT_ITEM, a_case_at, a_submission
from tests.builders.clerks import signed_in


def answers_of(pair, case_id):
    with pair.hall.reading() as session:
        return current_body(session, pair.hall.parts.keyring, case_id)


def test_the_list_names_the_applicant_masked_and_nothing_else_personal(small_pair, receipt):
    applicant = answers_of(small_pair, receipt.case_id)["answers"]["applicant"]
    page = signed_in(small_pair.hall, "clerk").page("/desk")
    assert f"{applicant['name'][0]}**" in page
    assert not {value for value in applicant.values() if value != "self" and value in page}


def test_a_page_of_the_list_costs_the_same_however_many_cases_it_holds(small_pair, receipt):
    clerk = signed_in(small_pair.hall, "clerk")
    asked = []
    event.listen(
        small_pair.hall.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_: asked.append(statement),
    )
    clerk.page("/desk")
    for_one = len(asked)
    for _ in range(3):
        a_case_at(small_pair.terminal)
    small_pair.settle()
    asked.clear()
    assert clerk.page("/desk").count("/desk/") == 4
    assert len(asked) == for_one


def test_filters_are_in_the_address(small_pair, receipt):
    a_case_at(small_pair.terminal, a_submission(small_pair.terminal, SHORT_ITEM))
    small_pair.settle()
    clerk = signed_in(small_pair.hall, "clerk")
    link = f'href="/desk/{receipt.case_id}"'
    assert link in clerk.page(f"/desk?item={PROMISED_ITEM}")
    assert link not in clerk.page(f"/desk?item={SHORT_ITEM}")
    assert link not in clerk.page("/desk?state=approved")
    assert link not in clerk.page("/desk?station=320582100099")
    assert link in clerk.page("/desk?holder=nobody")
    assert link not in clerk.page("/desk?holder=mine")
    number = receipt.number
    assert link in clerk.page(f"/desk?state=all&number={number[:4]}+{number[4:]}")


def test_an_unknown_filter_is_no_filter(small_pair, receipt):
    clerk = signed_in(small_pair.hall, "clerk")
    assert f"/desk/{receipt.case_id}" in clerk.page("/desk?state=<b>&holder=me&page=x")
    assert clerk.get("/desk?page=99999999999999999999").status_code == 200


def test_personal_numbers_are_covered_until_somebody_asks_and_that_is_logged(small_pair, receipt):
    clerk = signed_in(small_pair.hall, "clerk")
    init_logs(replace(small_pair.hall.parts.config, log_level="info"))
    path = f"/desk/{receipt.case_id}"
    applicant = answers_of(small_pair, receipt.case_id)["answers"]["applicant"]
    assert applicant["id_number"] not in clerk.page(path)
    with capture_logs() as logs:
        shown = clerk.send(path, f"{path}/reveal", field="applicant.id_number")
    page = shown.get_data(as_text=True)
    assert applicant["id_number"] in page
    assert applicant["phone"] not in page
    entries = [entry for entry in logs if entry["event"] == "revealed"]
    assert entries == [
        {
            "event": "revealed",
            "log_level": "info",
            "case": receipt.case_id,
            "operator": clerk.operator_id,
            "field": "applicant.id_number",
        }
    ]
    assert applicant["id_number"] not in clerk.page(path)


def test_nothing_but_an_answer_can_be_uncovered(small_pair, receipt):
    clerk = signed_in(small_pair.hall, "clerk")
    path = f"/desk/{receipt.case_id}"
    assert clerk.send(path, f"{path}/reveal", field="token").status_code == 404


def test_a_picture_is_decrypted_for_those_who_may_read_and_never_runs(small_pair, receipt):
    files = answers_of(small_pair, receipt.case_id)["files"]
    material = next(iter(files))
    clerk = signed_in(small_pair.hall, "clerk")
    answer = clerk.get(f"/desk/{receipt.case_id}/materials/{material}")
    assert answer.status_code == 200
    assert answer.data.startswith(b"\xff\xd8")
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_picture_of_another_case_is_not_found(small_pair, receipt):
    other = a_case_at(small_pair.terminal)
    small_pair.settle()
    material = next(iter(answers_of(small_pair, receipt.case_id)["files"]))
    clerk = signed_in(small_pair.hall, "clerk")
    assert clerk.get(f"/desk/{other.case_id}/materials/{material}").status_code == 404


def test_a_picture_on_its_way_is_said_to_be(small_pair):
    made = a_case_at(small_pair.terminal)
    small_pair.push()
    clerk = signed_in(small_pair.hall, "clerk")
    assert "还在从服务站传来的路上" in clerk.page(f"/desk/{made.case_id}")
    material = next(iter(answers_of(small_pair, made.case_id)["files"]))
    assert clerk.get(f"/desk/{made.case_id}/materials/{material}").status_code == 503


def test_a_picture_that_was_exchanged_does_not_open(small_pair, receipt):
    file = next(iter(answers_of(small_pair, receipt.case_id)["files"].items()))
    material, sealed = file[0], small_pair.hall.parts.blobs.path(file[1]["sha256"])
    sealed.write_bytes(crypto.encrypt(crypto.new_key(), b"another picture", b"material:x"))
    clerk = signed_in(small_pair.hall, "clerk")
    assert clerk.get(f"/desk/{receipt.case_id}/materials/{material}").status_code == 404


def test_a_case_that_is_not_there_is_a_page_that_says_so(small_pair):
    clerk = signed_in(small_pair.hall, "clerk")
    answer = clerk.get("/desk/no-such-case")
    assert answer.status_code == 404
    assert "找不到这个页面" in answer.get_data(as_text=True)


def test_an_admin_of_terminals_reads_cases_too_and_strangers_none(small_pair, receipt):
    admin = signed_in(small_pair.hall, "admin")
    assert receipt.case_id in admin.page("/desk")
    assert small_pair.hall.client().get(f"/desk/{receipt.case_id}").status_code == 303
