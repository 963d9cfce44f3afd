"""Who may ask as a tablet: paired once by a code, bound to its session, refused once revoked."""

import base64
import hashlib
import re
from datetime import timedelta

import pytest

from kiosk import clock
from kiosk.devices import pairing, register
from kiosk.operators import service
from kiosk.operators.model import Operator
from tests.builders.machines import STATION
from tests.builders.tablets import a_tablet, paired
from tests.http.tablet.conftest import STAFF


def refusal(answer):
    problem = answer.get_json()
    assert answer.mimetype == "application/problem+json"
    assert problem["type"] == f"urn:jishiban:problem:{problem['code']}"
    return answer.status_code, problem["code"]


def test_a_paired_tablet_learns_all_that_it_needs_to_work_without_a_line(pair, tablet):
    state = tablet.get().get_json()
    assert state["device"] == {"id": tablet.id, "name": "柜台2"}
    assert state["operator"]["username"] == STAFF[0]
    assert state["terminal"] == {"id": pair.terminal_id, "number": pair.peer().terminal_number}
    assert state["station"] == {"code": STATION, "name": {"zh": "前溪社区", "en": "前溪社区"}}
    assert state["release"] == pair.terminal.parts.catalogue.release
    assert len(base64.b64decode(state["unlock"]["key"])) == 32
    assert tablet.get().get_json()["unlock"] == state["unlock"], "the key is the tablet's for good"
    answer = tablet.client.get("/api/v1/tablet/state")
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_key_is_given_for_two_minutes_after_a_password_and_to_no_open_session(pair, tablet):
    unlock = tablet.get().get_json()["unlock"]
    digest = hashlib.sha256(base64.b64decode(unlock["key"])).digest()
    assert unlock["mark"] == ".".join(str(byte) for byte in digest[:8])
    later = clock.now() + timedelta(minutes=2, seconds=1)
    with clock.use(lambda: later):
        for answer in (tablet.get(), tablet.post("/state", {"backlog": 0})):
            told = answer.get_json()
            assert told["operator"]["username"] == STAFF[0], "the session lives on"
            assert told["unlock"] == {"mark": unlock["mark"]}
        with_token = {"X-CSRFToken": tablet.get().get_json()["csrf_token"]}
        account = {"username": STAFF[0], "password": STAFF[1]}
        tablet.client.post("/api/v1/session", json=account, headers=with_token)
        state = tablet.get().get_json()
        assert state["unlock"] == unlock
    tablet.client.delete("/api/v1/session", headers={"X-CSRFToken": state["csrf_token"]})
    assert refusal(tablet.get()) == (401, "not-signed-in")


def test_a_code_pairs_one_tablet_within_ten_minutes(pair):
    terminal = pair.terminal
    _, code = terminal.within(pairing.invite, terminal.parts, "柜台1", "somebody")
    typed = f"{code[:4].lower()} {code[4:]}"
    first, second = terminal.client(), terminal.client()
    answer = paired(first, typed)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/tablet/")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("device=") and "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert paired(second, code).status_code == 404
    _, late = terminal.within(pairing.invite, terminal.parts, "柜台3", "somebody")
    too_late = clock.now() + pairing.VALID + timedelta(seconds=1)
    with clock.use(lambda: too_late):
        assert paired(second, late).status_code == 404
    assert second.get_cookie("device") is None


def test_what_is_set_by_https_never_goes_by_plain_http(pair):
    _, code = pair.terminal.within(pairing.invite, pair.terminal.parts, "柜台5", "somebody")
    client = pair.terminal.client()
    home = "https://terminal.local"
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/pair", base_url=home).text)
    answer = client.post("/pair", base_url=home, data={"code": code, "csrf_token": token[1]})
    cookies = answer.headers.getlist("Set-Cookie")
    assert len(cookies) == 2 and all("; Secure;" in cookie for cookie in cookies), cookies


def test_a_kiosk_cannot_be_made_a_tablet(pair):
    client = pair.terminal.client()
    client.get("/device/kiosk")
    _, code = pair.terminal.within(pairing.invite, pair.terminal.parts, "柜台4", "somebody")
    assert paired(client, code).status_code == 409


@pytest.mark.parametrize("cookie", ["", "0123456789abcdef", f"{'0' * 36}.{'x' * 43}"])
def test_whoever_is_not_paired_is_told_so(pair, cookie):
    client = pair.terminal.client()
    client.set_cookie("device", cookie)
    for call in (client.get, client.post):
        assert refusal(call("/api/v1/tablet/state")) == (401, "device-unknown")


def test_a_wrong_secret_is_no_tablet(pair, tablet):
    secret = tablet.client.get_cookie("device").value
    tablet.client.set_cookie("device", secret[:-1] + ("a" if secret[-1] != "a" else "b"))
    assert refusal(tablet.get()) == (401, "device-unknown")


def test_a_revoked_tablet_is_refused_with_its_next_request_and_its_session_is_over(pair, tablet):
    pair.terminal.within(register.revoke, tablet.id, "somebody")
    assert refusal(tablet.get()) == (401, "device-revoked")
    assert refusal(tablet.post("/leases", {"count": 1})) == (401, "device-revoked")
    assert tablet.client.get("/staff").status_code == 401
    assert refusal(tablet.sign_in(*STAFF)) == (401, "device-revoked")
    assert tablet.client.get("/staff").status_code == 401


def test_a_session_that_was_taken_from_a_tablet_is_worth_nothing_elsewhere(pair, tablet):
    session = tablet.client.get_cookie("terminal_session").value
    thief, other = pair.terminal.client(), a_tablet(pair.terminal).client
    for client in (thief, other):
        client.set_cookie("terminal_session", session)
        assert client.get("/staff").status_code == 401


def test_nobody_signed_in_and_a_disabled_account_are_told_apart(pair):
    tablet = a_tablet(pair.terminal)
    assert refusal(tablet.get()) == (401, "not-signed-in")
    hall = pair.hall
    account = hall.within(service.create, "li", "李", "staff", STAFF[1], (STATION,))
    pair.settle()
    tablet.sign_in("li", STAFF[1])
    assert tablet.get().status_code == 200
    hall.within(service.disable, account.id)
    pair.settle()
    assert refusal(tablet.get()) == (401, "operator-disabled")


def test_the_backlog_that_a_tablet_tells_is_shown_to_the_staff(pair, tablet):
    told = {"backlog": 3, "oldest": "2025-11-20T08:00:00+08:00"}
    assert tablet.post("/state", told).status_code == 200
    device = pair.terminal.within(register.find, tablet.id)
    assert (device.backlog, device.backlog_oldest_at.isoformat()) == (
        3,
        "2025-11-20T00:00:00+00:00",
    )
    page = tablet.client.get("/staff/tablets").get_data(as_text=True)
    assert "柜台2" in page and "08:00" in page
    for wrong in ({"backlog": -1}, {"backlog": 1, "oldest": "9999-12-31T23:59:59-23:59"}):
        assert tablet.post("/state", wrong).status_code == 422


def test_nothing_that_ends_a_visit_takes_the_tablets_pairing_or_its_queue(pair, tablet):
    before = tablet.client.get_cookie("device").value
    token = re.search(r'name="csrf_token" value="([^"]+)"', tablet.client.get("/device/own").text)
    form = {"csrf_token": token[1]}
    tablet.client.get("/device/kiosk")
    tablet.client.post("/device/own", data=form)
    ended = tablet.client.post("/end", data=form)
    assert ended.status_code == 303 and "storage" not in ended.headers["Clear-Site-Data"]
    assert tablet.client.get_cookie("device").value == before


def test_a_tablet_that_is_paired_again_gets_the_keys_it_had_after_a_sign_in(pair, tablet):
    keys = [tablet.get().get_json()["unlock"]["key"]]
    for _ in range(2):
        pair.terminal.within(register.revoke, tablet.id, "somebody")
        before = tablet.id
        tablet.id, code = pair.terminal.within(pairing.invite, pair.terminal.parts, "柜台2", "x")
        assert paired(tablet.client, code).status_code == 303
        assert refusal(tablet.get()) == (401, "not-signed-in"), "the keys are the staff's to ask"
        tablet.sign_in(*STAFF)
        unlock = tablet.get().get_json()["unlock"]
        assert [each["key"] for each in unlock["previous"]] == keys[::-1]
        assert unlock["previous"][0]["id"] == before
        keys.append(unlock["key"])
    another = a_tablet(pair.terminal)
    another.sign_in(*STAFF)
    assert another.get().get_json()["unlock"]["previous"] == []


def test_a_tablet_serves_nobody_who_is_not_of_this_station(pair, tablet):
    account = tablet.get().get_json()["operator"]["id"]
    with pair.terminal.writing() as session:
        session.get_one(Operator, account).stations = '["999999999999"]'
    try:
        answers = [tablet.get(), tablet.post("/leases", {"count": 1})]
    finally:
        with pair.terminal.writing() as session:
            session.get_one(Operator, account).stations = f'["{STATION}"]'
    assert [(each.status_code, each.get_json()["code"]) for each in answers] == [
        (403, "other_station")
    ] * 2
    assert tablet.get().status_code == 200
