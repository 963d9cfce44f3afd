"""Signing in over the API, and what each role may do."""

from datetime import timedelta

import pytest

from kiosk import clock
from kiosk.cases.model import Case
from kiosk.operators import service
from tests.builders.cases import a_case_at
from tests.builders.machines import STATION, Machine, Pair
from tests.http.api.conftest import PASSWORD


@pytest.fixture
def hall(pair: Pair) -> Machine:
    return pair.hall


def ask(machine: Machine, username: object, password: object):
    return machine.client().post(
        "/api/v1/session", json={"username": username, "password": password}
    )


def test_who_is_signed_in_is_told_until_they_sign_out(hall, sign_in):
    clerk = sign_in(hall, "clerk")
    found = clerk.get("/session").get_json()
    assert (found["username"], found["role"]) == ("clerk.one", "clerk")
    gone = clerk.client.delete("/api/v1/session", headers={"X-CSRFToken": clerk.token})
    assert gone.status_code == 204
    assert clerk.get("/session").status_code == 401


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(hall):
    hall.within(service.create, "clerk.one", "王芳", "clerk", PASSWORD)
    wrong, unknown = ask(hall, "clerk.one", "wrong"), ask(hall, "nobody", "wrong")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.get_json() == unknown.get_json()


def test_five_failures_lock_out_even_the_right_password_for_fifteen_minutes(hall):
    hall.within(service.create, "clerk.one", "王芳", "clerk", PASSWORD)
    assert [ask(hall, "clerk.one", "wrong").status_code for _ in range(5)] == [401] * 5
    assert ask(hall, "clerk.one", PASSWORD).status_code == 429
    later = clock.now() + timedelta(minutes=15, seconds=1)
    with clock.use(lambda: later):
        assert ask(hall, "clerk.one", PASSWORD).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"username": "x"},
        {"username": "x", "password": ""},
        {"username": "", "password": "x"},
        {"username": "x" * 41, "password": "x"},
        {"username": 7, "password": "x"},
        {"username": None, "password": None},
        {"username": "x", "password": "x", "role": "admin"},
        {"username": "x\x00y", "password": "x"},
        {"username": "' OR 1=1 --", "password": "x"},
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_credentials_of_another_form_open_nothing(a_hall, kind, body):
    answer = a_hall(kind).client().post("/api/v1/session", json=body)
    assert answer.status_code in {401, 422}
    assert answer.mimetype == "application/problem+json"


def test_a_cookie_alone_changes_nothing(pair, sign_in):
    receipt = a_case_at(pair.terminal)
    pair.push()
    clerk = sign_in(pair.hall, "clerk")
    path = f"/api/v1/cases/{receipt.case_id}/decisions"
    assert clerk.client.post(path, json={"action": "accept"}).status_code == 400
    assert (
        clerk.post(f"/cases/{receipt.case_id}/decisions", {"action": "accept"}).status_code == 201
    )


def test_a_disabled_account_is_out_with_its_next_request(hall, sign_in):
    clerk = sign_in(hall, "clerk")
    assert clerk.get("/cases").status_code == 200
    with hall.reading() as session:
        identifier = session.query(service.Operator).one().id
    hall.within(service.disable, identifier)
    assert clerk.get("/cases").status_code == 401
    assert ask(hall, "clerk.one", PASSWORD).status_code == 401


def test_a_new_password_ends_older_sessions(hall, sign_in):
    clerk = sign_in(hall, "clerk")
    hall.within(service.set_up, "clerk.one", "王芳", "clerk", "another long password")
    assert clerk.get("/session").status_code == 401


def test_the_cookie_is_for_this_site_and_no_script(hall):
    hall.within(service.create, "clerk.one", "王芳", "clerk", PASSWORD)
    cookie = ask(hall, "clerk.one", PASSWORD).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert cookie.startswith("hall_session=")


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("staff", set()),
        ("clerk", {"/cases"}),
        ("admin", {"/cases", "/terminals"}),
        ("auditor", {"/cases", "/terminals"}),
    ],
)
def test_each_role_reads_what_it_may_and_nothing_else(hall, sign_in, role, allowed):
    person = sign_in(hall, role)
    for path in ("/cases", "/terminals"):
        assert person.get(path).status_code == (200 if path in allowed else 403)


@pytest.mark.parametrize("path", ["/cases", "/terminals", "/session"])
def test_nobody_reads_nothing_at_the_hall(hall, path):
    assert hall.client().get(f"/api/v1{path}").status_code == 401


@pytest.mark.parametrize("role", ["staff", "auditor"])
def test_who_may_not_decide_decides_nothing(pair, sign_in, role):
    receipt = a_case_at(pair.terminal)
    pair.push()
    person = sign_in(pair.hall, role)
    path = f"/cases/{receipt.case_id}/decisions"
    assert person.post(path, {"action": "accept"}).status_code == 403
    with pair.hall.reading() as session:
        assert session.get_one(Case, receipt.case_id).state == "submitted"


# ---- operators at their terminal ------------------------------------------------------------------


def test_staff_sign_in_at_their_terminal_with_the_line_cut(pair):
    pair.hall.within(service.create, "li.ming", "李明", "staff", PASSWORD, (STATION,))
    pair.pull()
    pair.line.is_down = True
    client = pair.terminal.client()
    answer = client.post("/api/v1/session", json={"username": "li.ming", "password": PASSWORD})
    assert answer.get_json()["role"] == "staff"
    assert client.get("/api/v1/queue").get_json()["pending"] == 0


def test_staff_of_another_station_and_clerks_do_not_reach_a_terminal(pair):
    pair.hall.within(service.create, "far.away", "赵", "staff", PASSWORD, ("320582100004",))
    pair.hall.within(service.create, "wang.fang", "王芳", "clerk", PASSWORD)
    pair.pull()
    assert ask(pair.terminal, "far.away", PASSWORD).status_code == 401
    assert ask(pair.terminal, "wang.fang", PASSWORD).status_code == 401


def test_staff_that_the_hall_disabled_are_out_with_the_next_request_at_the_terminal(pair):
    operator = pair.hall.within(service.create, "li.ming", "李明", "staff", PASSWORD, (STATION,))
    pair.pull()
    client = pair.terminal.client()
    client.post("/api/v1/session", json={"username": "li.ming", "password": PASSWORD})
    assert client.get("/api/v1/queue").status_code == 200
    pair.hall.within(service.disable, operator.id)
    pair.pull()
    assert client.get("/api/v1/queue").status_code == 401


def test_the_queue_is_not_for_everybody(pair):
    assert pair.terminal.client().get("/api/v1/queue").status_code == 401
