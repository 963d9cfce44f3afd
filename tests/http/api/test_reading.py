"""What both roles' APIs let one read: items, progress, health, figures, and the form of errors."""

import json

import pytest

from kiosk.cases import desk
from tests.builders.cases import a_case_at
from tests.builders.machines import Machine, Pair

ZH, EN = {"Accept-Language": "zh-CN,zh;q=0.9"}, {"Accept-Language": "en-GB,en;q=0.8"}


@pytest.fixture(params=["terminal", "hall"])
def machine(request, pair: Pair) -> Machine:
    return pair.terminal if request.param == "terminal" else pair.hall


def get(machine: Machine, path: str, **headers: str):
    return machine.client().get(f"/api/v1{path}", headers=headers)


def test_all_items_are_listed_and_each_can_be_read_whole(machine):
    found = get(machine, "/items").get_json()
    assert len(found["items"]) == 110
    for item in found["items"]:
        answer = get(machine, f"/items/{item['code']}")
        assert answer.status_code == 200
        assert answer.get_json()["release"] == found["release"]


@pytest.mark.parametrize("query", ["zlj", "zunlaojin", "尊老金", "高龄", "MZ-006"])
def test_an_item_is_found_by_pinyin_initials_name_and_code(machine, query):
    found = machine.client().get("/api/v1/items", query_string={"q": query}).get_json()
    assert found["items"][0]["code"] == "MZ-006"


@pytest.mark.parametrize(
    ("headers", "name"), [(ZH, "尊老金（高龄津贴）申领"), (EN, "Old-age (80+) allowance claim")]
)
def test_texts_are_in_the_language_that_is_asked_for(machine, headers, name):
    assert get(machine, "/items/MZ-006", **headers).get_json()["name"] == name


@pytest.mark.parametrize("language", ["", "fr", "*", "x" * 3000, "en;q=abc", "\x01"])
def test_a_language_that_is_not_there_is_answered_in_chinese_or_english(machine, language):
    answer = get(machine, "/items/ZZ-999", **{"Accept-Language": language})
    assert answer.status_code == 404
    assert answer.headers["Content-Language"] in {"zh", "en"}


@pytest.mark.parametrize(
    ("headers", "title"), [(ZH, "没有这个服务事项。"), (EN, "There is no such service item.")]
)
def test_an_error_is_a_problem_in_the_readers_language(machine, headers, title):
    answer = get(machine, "/items/ZZ-999", **headers)
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json() == {
        "type": "urn:jishiban:problem:item_unknown",
        "title": title,
        "status": 404,
        "code": "item_unknown",
    }
    assert "Accept-Language" in answer.headers["Vary"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("DELETE", "/items", 405),
        ("GET", "/items?limit=0", 422),
        ("GET", "/items?limit=many", 422),
        ("GET", "/items?q=" + "x" * 101, 422),
        ("GET", "/items/%00", 404),
        ("GET", "/items/%ff", 404),
    ],
)
def test_every_error_has_one_form(machine, method, path, status):
    answer = machine.client().open(f"/api/v1{path}", method=method, headers=EN)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    problem = answer.get_json()
    assert (problem["status"], set(problem) - {"fields"}) == (
        status,
        {"type", "title", "status", "code"},
    )


def test_a_wrong_parameter_is_named(machine):
    problem = get(machine, "/items?limit=many", **EN).get_json()
    assert problem["fields"] == [
        {"field": "limit", "code": "invalid", "message": "Not a valid integer."}
    ]


@pytest.mark.parametrize(
    "path",
    ["/items?limits=5&q=x", "/items/MZ-006?limits=", "/session?limits=a", "/openapi.json?limits"],
)
def test_a_parameter_that_there_is_not_is_named(machine, sign_in, path):
    answer = sign_in(machine, "admin").get(path, headers=EN)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "request_invalid")
    assert answer.get_json()["fields"] == [
        {"field": "limits", "code": "unknown", "message": "There is no such parameter."}
    ]


def test_a_parameter_that_there_is_not_changes_nothing(pair):
    client = pair.terminal.client()
    before = pair.terminal.row_counts()
    answer = client.post("/api/v1/scan?follow=1", data={"text": "x"}, headers=ZH)
    assert [f["field"] for f in answer.get_json()["fields"]] == ["follow"]
    assert pair.terminal.row_counts() == before


# ---- progress -------------------------------------------------------------------------------------


def progress(terminal: Machine, number: str, token: str | None):
    headers = {"Authorization": f"Receipt {token}"} if token else {}
    return get(terminal, f"/cases/{number}", **headers)


def test_the_receipt_opens_its_case_and_shows_the_decision(pair):
    receipt = a_case_at(pair.terminal)
    pair.settle()
    for verb in ("accept", "approve"):
        pair.hall.within(desk.decide, pair.hall.parts, receipt.case_id, verb, "c", note="ok")
    pair.pull()
    found = progress(pair.terminal, receipt.number, receipt.token).get_json()
    assert (found["number"], found["state"], found["at_hall"]) == (receipt.number, "approved", True)
    assert [event["kind"] for event in found["events"]] == [
        "submitted",
        "received",
        "accepted",
        "approved",
    ]


def test_what_the_receipt_opens_holds_nothing_personal(pair):
    receipt = a_case_at(pair.terminal)
    text = progress(pair.terminal, receipt.number, receipt.token).get_data(as_text=True)
    sample = next(s for s in pair.terminal.parts.catalogue.item("RS-001").samples if not s.expect)
    for name in ("name", "id_number", "phone"):
        assert str(sample.answers["applicant"][name]) not in text


def test_without_its_token_a_case_is_not_shown(pair):
    receipt = a_case_at(pair.terminal)
    assert progress(pair.terminal, receipt.number, None).status_code == 401


@pytest.mark.parametrize("token", ["A" * 26, "x", "é", "a" * 5000])
def test_a_wrong_token_opens_nothing(pair, token):
    receipt = a_case_at(pair.terminal)
    assert progress(pair.terminal, receipt.number, token).status_code == 404


def test_a_token_opens_no_other_number_and_the_answer_tells_nothing(pair):
    mine, other = a_case_at(pair.terminal), a_case_at(pair.terminal)
    known = progress(pair.terminal, other.number, mine.token)
    unknown = progress(pair.terminal, "100001000000001", mine.token)
    assert known.status_code == unknown.status_code == 404
    assert known.get_json() == unknown.get_json()


# ---- health, figures, description -----------------------------------------------------------------


def test_a_role_without_redis_is_ready_and_says_what_is_missing(machine):
    answer = machine.client().get("/healthz")
    found = answer.get_json()
    assert (answer.status_code, found["ready"], found["role"]) == (
        200,
        True,
        machine.parts.config.role,
    )
    assert found["parts"]["redis"]["ok"] is False
    assert "sent later" in found["parts"]["redis"]["reason"]


def test_figures_are_in_the_text_format_of_prometheus(pair):
    a_case_at(pair.terminal)
    at_terminal = pair.terminal.client().get("/metrics").get_data(as_text=True)
    assert 'jishiban_cases{state="submitted"} 1.0' in at_terminal
    assert "jishiban_queue_pending 1.0" in at_terminal
    pair.push()
    at_hall = pair.hall.client().get("/metrics").get_data(as_text=True)
    assert "jishiban_entries_taken_total 1.0" in at_hall
    assert 'jishiban_cases{state="submitted"} 1.0' in at_hall


PATHS = {
    "terminal": {
        "/items",
        "/items/{code}",
        "/items/{code}/schema",
        "/help-items",
        "/search-index",
        "/search-index/{digest}",
        "/session",
        "/cases",
        "/cases/{number}",
        "/materials",
        "/scan",
        "/queue",
        "/tablet/work",
        "/tablet/state",
        "/tablet/leases",
        "/tablet/cases",
        "/tablet/uploads",
        "/tablet/uploads/{upload_id}",
        "/tablet/sealed",
    },
    "hall": {
        "/items",
        "/items/{code}",
        "/items/{code}/schema",
        "/help-items",
        "/search-index",
        "/search-index/{digest}",
        "/session",
        "/cases",
        "/cases/{case_id}/decisions",
        "/terminals",
    },
}


def test_the_api_describes_itself(machine):
    answer = get(machine, "/openapi.json")
    document = answer.get_json()
    assert document["openapi"].startswith("3.")
    described = {path.removeprefix("/api/v1") for path in document["paths"]}
    assert described == PATHS[machine.parts.config.role]
    names = [
        operation["operationId"]
        for methods in document["paths"].values()
        for operation in methods.values()
        if isinstance(operation, dict) and "operationId" in operation
    ]
    assert len(names) == len(set(names))
    json.dumps(document)


def test_an_items_definition_is_sent_once_for_each_release_and_language(machine):
    first = get(machine, "/items/MZ-006", **ZH)
    assert first.headers["Cache-Control"] == "public, no-cache"
    tag = first.headers["ETag"]
    again = get(machine, "/items/MZ-006", **ZH, **{"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    english = get(machine, "/items/MZ-006", **EN, **{"If-None-Match": tag})
    assert english.status_code == 200
    assert "Accept-Language" in first.headers["Vary"]
