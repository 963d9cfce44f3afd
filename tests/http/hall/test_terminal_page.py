"""The page of one terminal: its proof, what happened, and what admins do about it."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from kiosk import clock
from kiosk.operators import audit
from kiosk.operators.audit import AuditRecord
from sync.ledger import LedgerEntry, Terminal
from tests.builders.cases import a_case_at
from tests.builders.clerks import signed_in

PAGE = "/terminals/100001"


def terminal_of(pair):
    with pair.hall.reading() as session:
        return session.get_one(Terminal, pair.terminal_id)


def acts(pair):
    with pair.hall.reading() as session:
        query = select(AuditRecord.act).where(AuditRecord.actor != "command")
        found = session.scalars(query.order_by(AuditRecord.seq)).all()
    # How the pair and the people came here is proved elsewhere.
    return [act for act in found if act != "terminal.enrolled" and not act.startswith("sign_in")]


def test_the_chain_is_proved_on_demand_and_a_change_in_the_ledger_is_found(small_pair):
    for _ in range(3):
        a_case_at(small_pair.terminal)
    small_pair.settle()
    admin = signed_in(small_pair.hall, "admin")
    assert "还没有核验到最后" in admin.page(PAGE)
    assert admin.send(PAGE, f"{PAGE}/proof").status_code == 303
    assert "完整，已核验" in admin.page(PAGE)
    a_case_at(small_pair.terminal)
    small_pair.settle()
    with small_pair.hall.writing() as session:
        session.execute(update(LedgerEntry).where(LedgerEntry.seq == 4).values(uptime_ms=7))
    admin.send(PAGE, f"{PAGE}/proof")
    page = admin.page(PAGE)
    assert "链条核验不通过" in page
    assert "the digest of entry 1/4 does not prove" in page


def test_of_many_entries_the_newest_are_counted_and_the_page_says_that_there_are_more(
    small_pair, monkeypatch
):
    for _ in range(3):
        a_case_at(small_pair.terminal)
    small_pair.settle()
    auditor = signed_in(small_pair.hall, "auditor")
    with small_pair.hall.reading() as session:
        count = len(session.scalars(select(LedgerEntry.seq)).all())
    monkeypatch.setattr("kiosk.hall.terminal.COUNTED", count)
    page = auditor.page(PAGE)
    assert f"24 小时内 {count} 条" in page
    assert "至少" not in page
    monkeypatch.setattr("kiosk.hall.terminal.COUNTED", count - 1)
    page = auditor.page(PAGE)
    assert f"24 小时内至少 {count - 1} 条" in page
    assert f"只统计最新的 {count - 1} 条" in page
    yesterday = clock.now() + timedelta(hours=25)
    with clock.use(lambda: yesterday):
        assert "至少" not in signed_in(small_pair.hall, "auditor", "another").page(PAGE)


@pytest.mark.parametrize("page", ["", "/revoke", "/replace", "/rejoin", "/pause"])
def test_a_page_of_a_terminal_is_shown_while_somebody_else_writes(small_pair, page):
    admin = signed_in(small_pair.hall, "admin")
    with small_pair.hall.writing() as session:
        session.get_one(Terminal, small_pair.terminal_id).reported_pending = 7
        session.flush()
        assert admin.get(PAGE + page).status_code == 200


def test_a_terminal_that_was_shut_out_is_let_in_again_from_its_page(small_pair, on_sqlite):
    hall = small_pair.hall
    admin = signed_in(hall, "admin")
    link = f'href="{PAGE}/replace"'
    assert link not in admin.page(PAGE)
    admin.send(f"{PAGE}/revoke", f"{PAGE}/revoke")
    assert link in admin.page(PAGE)
    assert link not in signed_in(hall, "auditor").page(PAGE)
    made = admin.send(f"{PAGE}/replace", f"{PAGE}/replace")
    assert made.status_code == 201
    code = re.search(r">([A-Z2-7]{4}(?: ?[A-Z2-7]{4}){3})<", made.get_data(as_text=True))[1]
    machine = on_sqlite("terminal")
    public = machine.parts.identity.public
    asked = {"code": code.replace(" ", ""), "public": public.to_hex()}
    assert hall.client().post("/sync/v1/enrolments", json=asked).status_code == 201
    machine.close()
    approved = admin.send(
        "/terminals", "/terminals/100001/approve", fingerprint=public.fingerprint()
    )
    assert approved.status_code == 303
    terminal = terminal_of(small_pair)
    assert (terminal.standing, terminal.public) == ("approved", public.to_hex())
    assert link not in admin.page(PAGE)


def test_a_missing_entry_is_counted(small_pair):
    for _ in range(3):
        a_case_at(small_pair.terminal)
    small_pair.settle()
    with small_pair.hall.writing() as session:
        place = {"terminal_id": small_pair.terminal_id, "epoch": 1, "seq": 2}
        session.delete(session.get_one(LedgerEntry, place))
    page = signed_in(small_pair.hall, "auditor").page(PAGE)
    assert "条目有缺失或重复" in page
    assert '<dt>缺少</dt><dd class="number">1</dd>' in page


def test_a_paused_terminal_is_grey_until_its_time_is_over_or_somebody_ends_it(small_pair):
    admin = signed_in(small_pair.hall, "admin")
    assert "两台机器共用身份时仍显示红色" in admin.page(f"{PAGE}/pause")
    sent = admin.send(PAGE, f"{PAGE}/pause", hours="4", why="换屏幕")
    assert sent.status_code == 303
    page = admin.page(PAGE)
    assert "换屏幕" in page
    assert "维护中，至" in page
    assert "维护中，至" in admin.page("/terminals?light=grey")
    later = clock.now() + timedelta(hours=4, minutes=1)
    with clock.use(lambda: later):
        with small_pair.hall.reading() as session:
            assert session.get_one(Terminal, small_pair.terminal_id).paused_until < later
        anew = signed_in(small_pair.hall, "auditor")
        assert "维护中，至" not in anew.page("/terminals")
    assert admin.send(PAGE, f"{PAGE}/resume").status_code == 303
    assert terminal_of(small_pair).paused_until is None
    assert acts(small_pair) == ["terminal.paused", "terminal.resumed"]


def test_asking_anew_has_the_files_compared_and_the_release_told_at_the_next_contact(small_pair):
    small_pair.settle()
    admin = signed_in(small_pair.hall, "admin")
    before = terminal_of(small_pair).feed_head
    assert admin.send(f"{PAGE}/ask", f"{PAGE}/ask").status_code == 303
    assert terminal_of(small_pair).files_epoch == 0
    assert "之后还没有联系" in admin.page(PAGE)
    small_pair.pull()
    assert terminal_of(small_pair).files_epoch == 1
    assert terminal_of(small_pair).feed_head >= before
    assert "之后已联系过" in admin.page(PAGE)
    assert acts(small_pair) == ["terminal.asked"]


def test_notes_and_whom_to_call_are_kept_and_told(small_pair):
    admin = signed_in(small_pair.hall, "admin")
    admin.send(PAGE, f"{PAGE}/notes", note="钥匙在门卫 <b>")
    admin.send(PAGE, f"{PAGE}/caretaker", caretaker="王站长", phone="0512 5888 1234")
    page = signed_in(small_pair.hall, "auditor").get(PAGE).get_data(as_text=True)
    assert "钥匙在门卫 &lt;b&gt;" in page
    assert 'href="tel:051258881234"' in page
    assert "/notes" not in page, "auditors change nothing"
    assert acts(small_pair) == ["terminal.noted", "terminal.caretaker_named"]


@pytest.mark.parametrize(
    ("verb", "values", "field"),
    [
        ("pause", {"hours": "5", "why": "x"}, "hours"),
        ("pause", {"hours": "4", "why": " "}, "why"),
        ("notes", {"note": ""}, "note"),
        ("notes", {"note": "长" * 501}, "note"),
        ("caretaker", {"caretaker": "王", "phone": ""}, "caretaker"),
        ("caretaker", {"caretaker": "王", "phone": "javascript:1"}, "phone"),
    ],
)
def test_what_cannot_stay_names_its_field_and_nothing_is_stored(small_pair, verb, values, field):
    admin = signed_in(small_pair.hall, "admin")
    before = small_pair.hall.row_counts()
    answer = admin.send(PAGE, f"{PAGE}/{verb}", **values)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.get_data(as_text=True)
    assert small_pair.hall.row_counts() == before


@pytest.mark.parametrize("verb", ["ask", "pause", "resume", "notes", "caretaker", "proof"])
def test_only_admins_change_anything_and_only_with_the_token_of_a_page(small_pair, verb):
    auditor = signed_in(small_pair.hall, "auditor")
    assert auditor.send("/terminals", f"{PAGE}/{verb}").status_code == 403
    admin = signed_in(small_pair.hall, "admin")
    assert admin.client.post(f"{PAGE}/{verb}").status_code == 400
    assert admin.send(PAGE, f"/terminals/999999/{verb}").status_code in {404, 422}
    assert acts(small_pair) == []


def test_what_happened_to_its_machine_stands_there_in_words(small_pair):
    with small_pair.hall.writing() as session:
        for act in ("terminal.replaced", "terminal.rejoined", "terminal.taken_back"):
            audit.record(session, act, "100001", audit.TERMINAL)
    page = signed_in(small_pair.hall, "admin").page(PAGE)
    assert "换机" in page and "恢复接入" in page and "撤回警告" in page
    assert "terminal.re" not in page
    # Who acted is in words as well where it was no account.
    assert (
        page.count('<span class="soft">终端</span>') == 4
        and '<span class="soft">command' not in page
    )


def test_letting_in_and_shutting_out_are_in_the_audit_log(small_pair):
    admin = signed_in(small_pair.hall, "admin")
    for _ in range(2):
        admin.send(PAGE, f"{PAGE}/revoke")
    assert acts(small_pair) == ["terminal.revoked"]
    assert "停用" in admin.page(PAGE)
    assert admin.get("/terminals/999999").status_code == 404
