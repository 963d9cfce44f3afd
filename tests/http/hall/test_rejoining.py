"""Two machines with one identity on the page of the terminals, and words of a lost hall at a case."""

import pytest

from kiosk.cases import desk
from sync.transport import HallRefuses
from tests.builders.cases import PROMISED_ITEM, a_case_at, a_submission
from tests.builders.clerks import signed_in
from tests.builders.restores import begun, hall_begun, kept, numbers


def test_an_admin_lets_a_machine_go_on_by_the_code_on_its_screen(small_pair, tmp_path):
    small_pair.pull()
    clone = begun(small_pair, kept(small_pair.terminal, tmp_path / "image"))
    receipts = [a_case_at(small_pair.terminal), a_case_at(clone.terminal)]
    small_pair.settle()
    with pytest.raises(HallRefuses):
        clone.push()
    assert not clone.recover()
    admin = signed_in(small_pair.hall, "admin")
    assert "身份重复" in admin.page("/terminals")
    assert "让一台机器继续" in admin.page("/terminals")
    code = clone.peer().life_id[:8]
    page = admin.page("/terminals/100001/rejoin")
    assert f"机器 {code}" in page
    assert "它有 1 条中心没有的记录" in page
    wrong = admin.send("/terminals/100001/rejoin", "/terminals/100001/rejoin", machine="00000000")
    assert wrong.status_code == 409
    sent = admin.send("/terminals/100001/rejoin", "/terminals/100001/rejoin", machine=code)
    assert (sent.status_code, sent.location) == (303, "/terminals")
    assert clone.recover()
    clone.settle()
    assert numbers(small_pair.hall) == sorted(receipt.number for receipt in receipts)
    assert "让一台机器继续" not in admin.page("/terminals")
    clone.terminal.close()


def test_a_warning_without_a_second_machine_is_taken_back(small_pair, tmp_path):
    small_pair.pull()
    rolled_back = begun(small_pair, kept(small_pair.terminal, tmp_path / "image"))
    small_pair.pull()
    small_pair.pull()
    # Its first report might be one that comes late.
    rolled_back.pull()
    rolled_back.pull()
    admin = signed_in(small_pair.hall, "admin")
    assert "曾被回退，或另有一台副本" in admin.page("/terminals")
    page = "/terminals/100001/rejoin"
    assert 'name="verb" value="take_back"' in admin.page(page)
    assert admin.send(page, page).status_code == 409
    assert admin.send(page, page, verb="take_back").status_code == 303
    assert "曾被回退" not in admin.page("/terminals")
    rolled_back.terminal.close()


def test_taking_a_warning_back_lets_nobody_go_on_who_waits_by_now(small_pair, tmp_path):
    clone = begun(small_pair, kept(small_pair.terminal, tmp_path / "image"))
    for machine in (small_pair, clone):
        a_case_at(machine.terminal)
    small_pair.settle()
    with pytest.raises(HallRefuses):
        clone.push()
    admin, page = signed_in(small_pair.hall, "admin"), "/terminals/100001/rejoin"
    assert 'value="take_back"' in admin.page(page)
    assert not clone.recover()
    assert admin.send(page, page, verb="take_back").status_code == 409
    assert "身份重复" in admin.page("/terminals")
    assert "中心另存有 1 条分支记录" in admin.page("/terminals")
    assert not clone.recover()
    clone.terminal.close()


@pytest.mark.parametrize("role", ["clerk", "auditor"])
def test_nobody_else_lets_a_machine_go_on(small_pair, role):
    assert signed_in(small_pair.hall, role).get("/terminals/100001/rejoin").status_code == 403


def test_the_page_of_a_case_shows_what_a_lost_hall_had_said(small_pair, tmp_path):
    case = a_case_at(small_pair.terminal, a_submission(small_pair.terminal, PROMISED_ITEM))
    small_pair.settle()
    folder = kept(small_pair.hall, tmp_path / "backup")
    said = (case.case_id, "return", "clerk-1", "", ("少一页",))
    small_pair.hall.within(desk.decide, small_pair.hall.parts, *said)
    small_pair.pull()
    pair = hall_begun(small_pair, folder)
    clerk = signed_in(pair.hall, "clerk")
    assert "中心恢复之前告知服务站的内容" not in clerk.page(f"/desk/{case.case_id}")
    for _ in range(2):
        pair.pull()
    page = clerk.page(f"/desk/{case.case_id}")
    assert "中心恢复之前告知服务站的内容" in page
    assert "少一页" in page
    pair.hall.close()
