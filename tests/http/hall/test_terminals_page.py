"""The overview of terminals: what it proves, letting in, shutting out, inviting."""

from datetime import timedelta

import pytest

from kiosk import clock
from sync.identity import PublicIdentity
from sync.ledger import Terminal
from tests.builders.cases import a_case_at
from tests.builders.clerks import signed_in
from tests.builders.machines import STATION, invited

INVITING = "/terminals/invite"


def standing_of(hall, number):
    with hall.reading() as session:
        return session.query(Terminal).filter_by(number=number).one().standing


def test_the_proof_line_adds_up(small_pair):
    for _ in range(3):
        a_case_at(small_pair.terminal)
    small_pair.settle()
    with small_pair.hall.writing() as session:
        session.get_one(Terminal, small_pair.terminal_id).reported_pending = 2
    page = signed_in(small_pair.hall, "admin").page("/terminals")
    assert "已生成 <b>5</b> = 已收取 <b>3</b> + 等待中 <b>2</b>" in page


def test_a_silent_terminal_is_red_with_the_reason_in_words_and_its_last_error(small_pair):
    with small_pair.hall.writing() as session:
        terminal = session.get_one(Terminal, small_pair.terminal_id)
        terminal.last_seen = clock.now() - timedelta(minutes=43)
        terminal.reported_error = "<b>ConnectTimeoutError</b>"
    admin = signed_in(small_pair.hall, "admin")
    answer = admin.get("/terminals").get_data(as_text=True)
    assert "43 分钟没有联系：停电还是断线？" in answer
    assert "&lt;b&gt;ConnectTimeoutError&lt;/b&gt;" in answer
    assert "43 分钟没有联系" in admin.page("/terminals?light=red")
    assert "43 分钟没有联系" not in admin.page("/terminals?light=green")


def test_the_search_is_in_the_address(small_pair):
    admin = signed_in(small_pair.hall, "admin")
    assert "终端 100001" in admin.page("/terminals?q=前溪")
    assert "终端 100001" not in admin.page("/terminals?q=别处")


def test_the_page_renews_itself_without_script_and_stops_some_time(small_pair):
    admin = signed_in(small_pair.hall, "admin")
    assert 'content="10;url=/terminals?left=53"' in admin.page("/terminals")
    assert 'content="10;url=/terminals?left=53"' in admin.page("/terminals?left=1000000")
    assert "http-equiv" not in admin.page("/terminals?left=0")


def test_an_admin_lets_a_terminal_in_after_comparing_its_fingerprint(a_hall, a_terminal):
    hall, terminal = a_hall(), a_terminal()
    number = invited(hall, terminal)["number"]
    admin = signed_in(hall, "admin")
    shown = terminal.parts.identity.public.fingerprint()
    assert f'name="fingerprint" value="{shown}"' in admin.page("/terminals")
    # Another one was compared: the keys came from somewhere else meanwhile.
    admin.send("/terminals", f"/terminals/{number}/approve", fingerprint="0000 1111")
    assert standing_of(hall, number) == "pending"
    assert "请重新核对指纹" in admin.page("/terminals")
    answer = admin.send("/terminals", f"/terminals/{number}/approve", fingerprint=shown)
    assert answer.status_code == 303
    assert standing_of(hall, number) == "approved"
    assert "/approve" not in admin.page("/terminals")


def test_a_terminal_is_shut_out_after_a_second_question(small_pair):
    admin = signed_in(small_pair.hall, "admin")
    asked = "/terminals/100001/revoke"
    assert asked in admin.page("/terminals")
    assert standing_of(small_pair.hall, "100001") == "approved"
    assert "停用 前溪社区 的终端？" in admin.page(asked)
    assert admin.send(asked, asked).status_code == 303
    assert standing_of(small_pair.hall, "100001") == "revoked"


@pytest.mark.parametrize("verb", ["approve", "revoke"])
def test_an_unknown_terminal_is_not_found(small_pair, verb):
    admin = signed_in(small_pair.hall, "admin")
    assert admin.send("/terminals", f"/terminals/999999/{verb}").status_code == 404


@pytest.mark.parametrize("verb", ["approve", "revoke"])
@pytest.mark.parametrize("role", ["auditor", "clerk"])
def test_only_admins_let_in_and_shut_out(a_hall, a_terminal, role, verb):
    hall = a_hall()
    number = invited(hall, a_terminal())["number"]
    person = signed_in(hall, role)
    assert person.send("/desk", f"/terminals/{number}/{verb}").status_code == 403
    assert standing_of(hall, number) == "pending"


def test_auditors_see_terminals_and_clerks_do_not(small_pair):
    auditor = signed_in(small_pair.hall, "auditor")
    assert "/revoke" not in auditor.page("/terminals")
    assert signed_in(small_pair.hall, "clerk").get("/terminals").status_code == 403


def test_a_code_from_the_page_enrols_one_terminal(a_hall, a_terminal):
    hall, terminal, other = a_hall(), a_terminal(), a_terminal()
    answer = signed_in(hall, "admin").send(INVITING, INVITING, station=STATION)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 201
    assert "data:image/svg+xml;base64," in page
    code = page.split("kiosk terminal enrol http://localhost ")[1].split("<")[0]
    asked = {"code": code, "public": terminal.parts.identity.public.to_hex()}
    enrolled = hall.client().post("/sync/v1/enrolments", json=asked)
    assert enrolled.status_code == 201
    assert PublicIdentity.from_hex(asked["public"]).fingerprint() == enrolled.json["fingerprint"]
    asked["public"] = other.parts.identity.public.to_hex()
    assert hall.client().post("/sync/v1/enrolments", json=asked).status_code == 401


@pytest.mark.parametrize("station", ["", "999999999999", "<b>"])
def test_only_stations_of_the_catalogue_are_invited(a_hall, station):
    answer = signed_in(a_hall(), "admin").send(INVITING, INVITING, station=station)
    assert answer.status_code == 422
    assert 'id="station-error"' in answer.get_data(as_text=True)
