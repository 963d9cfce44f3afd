"""A program hands in a bundle as it does an item, and reads the one form first."""

import json

import pytest

from tests.builders.bundles import a_bundle
from tests.builders.machines import Machine, Pair


@pytest.fixture
def terminal(small_pair: Pair) -> Machine:
    return small_pair.terminal


def post(terminal: Machine, body: dict, key: str = "key"):
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
    return terminal.client().post("/api/v1/cases", data=json.dumps(body), headers=headers)


def test_a_bundle_is_one_post_one_receipt_and_a_case_for_each_member(terminal):
    body = a_bundle(terminal, "YJS-04", "RS-011", "RS-017").body()
    made = post(terminal, body)
    assert made.status_code == 201, made.text
    receipt = made.get_json()
    assert receipt["item"] == "YJS-04"
    assert post(terminal, body).get_json() == receipt
    progress = terminal.client().get(
        f"/api/v1/cases/{receipt['number']}",
        headers={"Authorization": f"Receipt {receipt['token']}"},
    )
    cases = progress.get_json()["cases"]
    assert [(case["item"], case["state"]) for case in cases] == [
        ("RS-011", "submitted"),
        ("RS-017", "submitted"),
    ]


def test_what_is_wrong_is_named_by_the_one_form_and_nothing_is_stored(terminal):
    body = a_bundle(terminal, "YJS-04", "RS-011", "RS-017").body()
    del body["answers"]["applicant"]["phone"]
    before = terminal.row_counts()
    refused = post(terminal, body)
    assert refused.status_code == 422
    assert [field["field"] for field in refused.get_json()["fields"]] == ["answers.applicant.phone"]
    assert terminal.row_counts() == before


@pytest.mark.parametrize("wanted", [[], ["MZ-001"], "MZ-001", [{"a": 1}], None, 7])
def test_a_choice_that_is_none_is_refused_by_its_name(terminal, wanted):
    body = a_bundle(terminal, "YJS-04", "RS-011").body()
    body["answers"]["members"] = {"wanted": wanted}
    refused = post(terminal, body)
    assert refused.status_code == 422
    assert "answers.members.wanted" in {f["field"] for f in refused.get_json()["fields"]}


def test_one_code_by_itself_is_a_choice_of_that_one(terminal):
    body = a_bundle(terminal, "YJS-04", "RS-011").body()
    body["answers"]["members"] = {"wanted": "RS-011"}
    receipt = post(terminal, body).get_json()
    progress = terminal.client().get(
        f"/api/v1/cases/{receipt['number']}",
        headers={"Authorization": f"Receipt {receipt['token']}"},
    )
    assert [case["item"] for case in progress.get_json()["cases"]] == ["RS-011"]


def test_the_one_form_can_be_read_like_an_item(terminal):
    form = terminal.client().get("/api/v1/items/YJS-01").get_json()
    assert [section["id"] for section in form["sections"]][:2] == ["members", "applicant"]
    assert terminal.client().get("/api/v1/items/YJS-99").status_code == 404
