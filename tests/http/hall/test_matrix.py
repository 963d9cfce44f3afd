"""Every address of the hall, called by everybody: let in or refused as the table says, and logged.

A request that writes is sent without its token, which is asked for only after rights are: who is let
in gets 400, and nothing happens. Neighbour: `tests/builders/rights.py` is the table.
"""

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from kiosk.logs import init_logs
from kiosk.operators import departments, service
from tests.builders import rights
from tests.builders.clerks import PASSWORD, an_account, signed_in
from tests.builders.machines import STATION

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
OTHER_STATION = "320582100004"
#: What an address gets where it names something; a case is the fixture's.
PARTS = {
    "number": "100001",
    "epoch": 1,
    "seq": 1,
    "verb": "replay",
    "word": "agree",
    "form": "csv",
    "record_id": "none",
    "bundle_id": "none",
    "redress_id": "none",
    "release": "0" * 64,
    "material_id": "none",
    "tablet_id": "none",
    "operator_id": "none",
    "silence_id": "none",
    "channel_id": "none",
    "kind": "accepted",
    "digits": "00000000",
    "month": "2026-01",
    "queue": "none",
    "job_id": "none",
    "item": "none",
}
#: What an address takes where others with the same word take another.
OWN = {
    "hall.tending.ask": {"verb": "ask"},
    "hall.tending.do": {"verb": "ask"},
    "hall.alert_channels.ask": {"kind": "webhook"},
    "hall.alert_channels.add": {"kind": "webhook"},
}


def addresses(hall, case_id):
    """Yield endpoint, method, path and whether a case is named, of all that has somebody to it."""
    to = hall.app.url_map.bind("localhost")
    for rule in hall.app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) & METHODS):
            parts = {**PARTS, "case_id": case_id, "code": 1, "sha256": "0" * 64, "digest": "0" * 64}
            if rule.endpoint != "static":
                own = parts | OWN.get(rule.endpoint, {})
                wanted = {name: own[name] for name in rule.arguments}
                yield rule.endpoint, method, to.build(rule.endpoint, wanted, method), rule.arguments


def through_the_api(hall, username, stations=()):
    """Sign in as a program does: staff of a station get no further than that here."""
    hall.within(service.create, username, "周", "staff", PASSWORD, stations)
    client = hall.client()
    given = {"username": username, "password": PASSWORD}
    assert client.post("/api/v1/session", json=given).status_code == 200
    return client


def clerk_of(hall, code):
    hall.within(service.create, f"clerk.{code}", "王", "clerk", PASSWORD, (), (code,))
    client = hall.client()
    given = {"username": f"clerk.{code}", "password": PASSWORD}
    assert client.post("/api/v1/session", json=given).status_code == 200
    return client


@pytest.fixture
def people(small_pair, receipt):
    """Somebody of every kind, by what they are called; with their role."""
    hall = small_pair.hall
    with hall.writing() as session:
        departments.set_up(session, hall.parts.catalogue, "command")
    init_logs(replace(hall.parts.config, log_level="info"))
    return {
        "stranger": ("", hall.client()),
        "staff": ("staff", through_the_api(hall, "zhou", (STATION,))),
        "staff of another station": ("staff", through_the_api(hall, "qian", (OTHER_STATION,))),
        "clerk": ("clerk", signed_in(hall, "clerk").client),
        "clerk of another department": ("clerk", clerk_of(hall, "YB")),
        "admin": ("admin", signed_in(hall, "admin").client),
        "auditor": ("auditor", signed_in(hall, "auditor").client),
    }


def test_everybody_is_let_in_or_refused_as_the_table_says(small_pair, receipt, people):
    hall, wrong = small_pair.hall, []
    for endpoint, method, path, parts in addresses(hall, receipt.case_id):
        who = rights.at_hall(endpoint, method)
        if who is None:
            wrong.append(f"{method} {endpoint} is not in the table of rights")
        if not isinstance(who, frozenset):
            continue
        for name, (role, client) in people.items():
            with capture_logs() as logged:
                answer = client.open(path, method=method, json=None if method == "GET" else {})
                answer.close()
            told = [line["event"] for line in logged]
            out_of_reach = "case_id" in parts and name == "clerk of another department"
            found = outcome(answer)
            if role not in who:
                fits = found == ("sign in" if not role else "refused")
                fits = fits and ("access_refused" if role else "stranger_refused") in told
            elif out_of_reach and method == "GET":
                fits = answer.status_code == 404 and "out_of_reach" in told
            else:
                fits = found == "let in"
            if not fits:
                wrong.append(f"{name}: {method} {path}: {answer.status_code} {told}")
    assert wrong == []


def outcome(answer):
    if answer.status_code == 401 or "/sign-in" in answer.headers.get("Location", ""):
        return "sign in"
    return "refused" if answer.status_code == 403 else "let in"


def test_nothing_is_taken_or_told_without_a_terminals_signature(small_pair, receipt, people):
    hall, wrong = small_pair.hall, []
    for endpoint, method, path, _ in addresses(hall, receipt.case_id):
        if rights.at_hall(endpoint, method) == rights.SIGNED:
            for name, (_, client) in people.items():
                status = client.open(path, method=method, data=b"x").status_code
                if status != 401:
                    wrong.append(f"{name}: {method} {path}: {status}")
    assert wrong == []


def test_a_clerk_of_another_department_writes_to_no_case(small_pair, receipt, people):
    hall, client = small_pair.hall, people["clerk of another department"][1]
    token = client.get("/api/v1/session").get_json()["csrf_token"]
    before, wrong = hall.row_counts(), []
    for endpoint, method, path, parts in addresses(hall, receipt.case_id):
        who = rights.at_hall(endpoint, method)
        if "case_id" in parts and method != "GET" and "clerk" in (who or ()):
            body = {"json": {"action": "accept"}} if path.startswith("/api") else {"data": {}}
            answer = client.open(path, method=method, headers={"X-CSRFToken": token}, **body)
            if answer.status_code != 404:
                wrong.append(f"{method} {path}: {answer.status_code}")
    assert wrong == []
    assert hall.row_counts() == before


@pytest.mark.parametrize(
    "path",
    [
        "/terminals/100001/revoke",
        "/terminals/invite",
        "/operators",
        "/departments",
        "/audit/proof",
    ],
)
def test_an_admin_whose_account_is_closed_in_mid_action_is_refused(small_pair, path):
    """The page was open already: what is sent from it stores nothing."""
    hall = small_pair.hall
    admin = signed_in(hall, "admin")
    token = admin.token("/terminals/invite")
    hall.within(service.disable, admin.operator_id)
    before = hall.row_counts()
    sent = admin.client.post(path, data={"csrf_token": token, "station": STATION})
    assert (sent.status_code, "/sign-in" in sent.headers["Location"]) == (303, True)
    assert hall.row_counts() == before
    assert small_pair.known_terminal().standing == "approved"


def test_an_admin_who_was_made_a_clerk_in_mid_action_is_refused(small_pair):
    hall = small_pair.hall
    admin, other = signed_in(hall, "admin"), an_account(hall, "clerk")
    token = admin.token("/terminals/invite")
    hall.within(service.change, admin.operator_id, "clerk", (), ())
    before = hall.row_counts()
    sent = admin.client.post(f"/operators/{other}/disable", data={"csrf_token": token})
    assert sent.status_code == 303
    assert hall.row_counts() == before
