"""The page *Audit*: everything that people do at the hall is there, is found, and can be taken away."""

import csv
import io
import json

import pytest
from sqlalchemy import event

from kiosk.cases.history import current_body
from kiosk.figures import files
from kiosk.hall import enrolment, exporting
from kiosk.hall.acts import ACTS
from kiosk.operators import chain
from kiosk.operators.audit import AuditRecord
from tests.builders.clerks import a_stranger, signed_in
from tests.builders.machines import STATION


@pytest.fixture
def hall(small_pair):
    return small_pair.hall


def applicant_of(hall, case_id):
    with hall.reading() as session:
        body = current_body(session, hall.parts.keyring, case_id)
    return body["answers"]["applicant"]


def acts(hall, actor=None):
    with hall.reading() as session:
        found = session.query(AuditRecord).order_by(AuditRecord.seq).all()
    return [(each.act, each.target) for each in found if actor in (None, each.actor)]


def test_what_a_clerk_looks_at_and_does_is_recorded_in_order(hall, receipt):
    clerk, case = signed_in(hall, "clerk"), receipt.case_id
    path = f"/desk/{case}"
    clerk.page(path)
    clerk.send("/desk", f"{path}/take")
    clerk.send("/desk", f"{path}/reveal", field="applicant.id_number")
    clerk.send("/desk", f"{path}/decisions", action="accept")
    clerk.send("/desk", f"{path}/signed-copy.pdf")
    clerk.send("/desk", "/sign-out")
    assert acts(hall, clerk.operator_id) == [
        ("sign_in.passed", clerk.operator_id),
        ("case.opened", case),
        ("case.taken", case),
        ("case.revealed", case),
        ("case.accepted", case),
        ("case.printed_in_full", case),
        ("sign_out", clerk.operator_id),
    ]


def test_a_refused_step_shows_the_case_and_so_is_recorded_as_a_look(hall, receipt):
    clerk, case = signed_in(hall, "clerk"), receipt.case_id
    for path, sent, status in (
        ("decisions", {"action": "return"}, 422),
        ("decisions", {"action": "deliver"}, 409),
        ("pause", {"why": "hearing", "days": "0"}, 422),
        ("checklist", {"mark:m:other": "ok"}, 422),
    ):
        before = acts(hall, clerk.operator_id).count(("case.opened", case))
        assert clerk.send("/desk", f"/desk/{case}/{path}", **sent).status_code == status
        assert acts(hall, clerk.operator_id).count(("case.opened", case)) == before + 1, path


def test_no_personal_data_of_an_applicant_is_in_the_log(hall, receipt):
    applicant = applicant_of(hall, receipt.case_id)
    clerk = signed_in(hall, "clerk")
    path = f"/desk/{receipt.case_id}"
    clerk.send("/desk", f"{path}/reveal", field="applicant.id_number")
    clerk.send("/desk", f"{path}/decisions", action="return", reasons="张三 13900001111 缺照片")
    admin = signed_in(hall, "admin")
    everything = admin.get("/audit/records.jsonl").get_data(as_text=True)
    assert "case.returned" in everything
    personal = ("张三", "13900001111", applicant["id_number"], applicant["phone"])
    assert [each for each in personal if each in everything] == []


def test_wrong_passwords_are_recorded_without_what_was_typed(hall):
    signed_in(hall, "admin")
    stranger = a_stranger(hall)
    for name in ("admin", "my-secret-password"):
        stranger.send("/sign-in", "/sign-in", username=name, password="wrong")
    with hall.reading() as session:
        found = session.query(AuditRecord).filter_by(act="sign_in.failed").all()
    assert [each.actor for each in found] == ["nobody", "nobody"]
    assert found[1].target == "nobody"
    assert all("secret" not in each.detail + each.target for each in found)


def test_guessing_locks_the_account_and_leaves_one_record_of_it(hall):
    admin, stranger = signed_in(hall, "admin"), a_stranger(hall)
    for _ in range(8):
        stranger.send("/sign-in", "/sign-in", username="admin", password="wrong")
    told = [act for act, target in acts(hall) if target == admin.operator_id]
    assert told.count("sign_in.failed") == 5
    assert told.count("sign_in.locked") == 1


def test_records_are_found_by_act_kind_account_target_and_day(hall):
    admin = signed_in(hall, "admin")
    number = "100001"
    hall.within(enrolment.revoke, number)
    found = admin.page("/audit?act=terminal.&who=command")
    assert "停用终端" in found and "批准终端" in found and "开设账号</strong>" not in found
    assert "停用终端</strong>" not in admin.page("/audit?act=terminal.approved")
    assert "停用终端</strong>" in admin.page(f"/audit?target={number}")
    assert "登录</strong>" in admin.page("/audit?who=admin&act=sign_in.passed")
    for nothing in ("since=2999-01-01", "until=1999-01-01", "who=nobody.at.all", "act=x.y"):
        assert "没有这样的记录" in admin.page(f"/audit?{nothing}"), nothing


@pytest.mark.parametrize("asked", ["until=9999-12-31", "since=0001-01-01", "before=" + "9" * 30])
def test_no_day_or_number_is_too_far_away_to_ask_for(hall, asked):
    assert signed_in(hall, "admin").get(f"/audit?{asked}").status_code == 200


def test_pages_lead_from_the_newest_to_the_oldest(hall):
    admin = signed_in(hall, "admin")
    for _ in range(60):
        hall.within(enrolment.invite, STATION, "s")
    page = admin.page("/audit?act=terminal.invited")
    assert page.count("生成接入码</strong>") == 50
    assert 'rel="next"' in page
    last = hall.row_counts()["audit"] - 49
    rest = admin.page(f"/audit?act=terminal.invited&before={last}")
    # The pair itself was invited once, too.
    assert rest.count("生成接入码</strong>") == 11
    assert 'rel="next"' not in rest


def test_an_export_is_safe_in_a_spreadsheet_and_complete_as_lines(hall):
    admin = signed_in(hall, "admin")
    with hall.writing() as session:
        session.get_one(AuditRecord, 1).target = "=HYPERLINK(1)"
    told = admin.get("/audit/records.csv").get_data(as_text=True)
    rows = list(csv.reader(io.StringIO(told.removeprefix("\ufeff"))))
    assert rows[1][4] == "'=HYPERLINK(1)"
    lines = admin.get("/audit/records.jsonl").get_data(as_text=True).splitlines()
    assert [json.loads(line)["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert len(lines) == len(rows)
    assert acts(hall)[-1] == ("audit.exported", "-")


def test_the_page_says_when_a_file_is_longer_than_a_spreadsheet_shows(hall, monkeypatch):
    admin, words = signed_in(hall, "admin"), "电子表格软件只显示文件的前"
    assert words not in admin.page("/audit")
    monkeypatch.setattr(files, "MOST_LINES", 2)
    assert f"{words} 2 行" in admin.page("/audit")


def test_an_export_holds_one_portion_at_a_time(hall, monkeypatch):
    admin = signed_in(hall, "admin")
    for _ in range(30):
        hall.within(enrolment.invite, STATION, "s")
    monkeypatch.setattr(chain, "BATCH", 5)
    asked, sent = [], []

    def hear(_connection, _cursor, statement, *_more) -> None:
        if "FROM audit" in statement and "LIMIT" in statement:
            asked.append(statement)

    event.listen(hall.engine, "before_cursor_execute", hear)
    answer = admin.client.get("/audit/records.csv", buffered=False)
    for line in answer.response:
        sent.append((len(asked), line.count(b"\n")))
    answer.close()
    event.remove(hall.engine, "before_cursor_execute", hear)
    read = [portions for portions, _ in sent]
    assert len(read) > 30
    assert read[6] <= 3 < 6 < read[-1], "the next portion is read when the last one was sent"


def test_an_export_that_takes_too_long_ends_and_says_so(hall, monkeypatch):
    monkeypatch.setattr(exporting, "LONGEST_SECONDS", -1.0)
    admin = signed_in(hall, "admin")
    told = admin.get("/audit/records.csv").get_data(as_text=True).splitlines()
    assert len(told) == 3
    assert files.CUT.en in told[-1]
    told = admin.get("/audit/records.jsonl").get_data(as_text=True).splitlines()
    assert json.loads(told[-1]) == {"cut": files.CUT.en}


def test_the_page_proves_the_chain_and_names_the_first_break(hall):
    auditor = signed_in(hall, "auditor")
    shown = auditor.send("/audit", "/audit/proof")
    assert shown.status_code == 200
    assert "链条完整" in shown.get_data(as_text=True)
    with hall.writing() as session:
        newest = session.query(AuditRecord).order_by(AuditRecord.seq.desc()).first()
        newest.actor, broken = "somebody else", newest.seq
    told = auditor.send("/audit", "/audit/proof").get_data(as_text=True)
    assert f"第 {broken} 条" in told


def test_every_act_of_the_log_has_words(hall):
    signed_in(hall, "admin")
    assert {act for act, _ in acts(hall)} <= set(ACTS)
