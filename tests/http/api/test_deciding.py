"""The hall's API: the list of cases, and deciding step by step."""

import pytest

from tests.builders.cases import a_case_at, a_submission
from tests.builders.machines import Pair
from tests.http.api.conftest import Person


@pytest.fixture
def clerk(pair: Pair, sign_in) -> Person:
    return sign_in(pair.hall, "clerk")


@pytest.fixture
def case_id(pair: Pair) -> str:
    receipt = a_case_at(pair.terminal, a_submission(pair.terminal, "MZ-001"))
    pair.push()
    return receipt.case_id


def decide(person: Person, case_id: str, body: object):
    return person.post(f"/cases/{case_id}/decisions", body)


def test_a_case_is_accepted_with_its_due_day_and_approved(clerk, case_id):
    accepted = decide(clerk, case_id, {"action": "accept"})
    assert (accepted.status_code, accepted.get_json()["state"]) == (201, "accepted")
    assert accepted.get_json()["due_on"] > accepted.get_json()["submitted_at"][:10]
    approved = decide(clerk, case_id, {"action": "approve", "note": "ok"})
    assert (approved.status_code, approved.get_json()["state"]) == (201, "approved")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "action"),
        ({"action": ""}, "action"),
        ({"action": "burn"}, "action"),
        ({"action": "withdraw"}, "action"),
        ({"action": "correct"}, "action"),
        ({"action": ["accept"]}, "action"),
        ({"action": "return"}, "reasons"),
        ({"action": "return", "reasons": ["  "]}, "reasons"),
        ({"action": "refuse", "reasons": []}, "reasons"),
        ({"action": "refuse", "reasons": "because"}, "reasons"),
        ({"action": "accept", "note": "x" * 2001}, "note"),
        ({"action": "accept", "state": "approved"}, "state"),
        ({"action": "accept", "terminal_id": "x"}, "terminal_id"),
        ({"action": "accept", "holder": "x"}, "holder"),
    ],
    ids=str,
)
def test_a_step_of_another_form_is_refused_by_its_field(pair, clerk, case_id, body, field):
    before = pair.hall.row_counts()
    answer = decide(clerk, case_id, body)
    assert (answer.status_code, answer.get_json()["fields"][0]["field"]) == (422, field)
    assert pair.hall.row_counts() == before


def test_a_step_that_does_not_fit_the_state_is_a_conflict_and_tells_no_terminal(
    pair, clerk, case_id
):
    before = pair.hall.row_counts()
    answer = decide(clerk, case_id, {"action": "approve"})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "step_illegal")
    assert pair.hall.row_counts() == before


def test_the_same_step_twice_is_a_conflict(clerk, case_id):
    assert decide(clerk, case_id, {"action": "accept"}).status_code == 201
    assert decide(clerk, case_id, {"action": "accept"}).status_code == 409


def test_a_case_is_returned_once(pair, clerk, case_id):
    reasons = {"action": "return", "reasons": ["The photo is blurred."]}
    assert decide(clerk, case_id, reasons).status_code == 201
    assert decide(clerk, case_id, reasons).status_code == 409


def test_a_colleague_cannot_step_in(pair, clerk, sign_in, case_id):
    decide(clerk, case_id, {"action": "accept"})
    admin = sign_in(pair.hall, "admin")
    answer = decide(admin, case_id, {"action": "approve"})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "case_held")


@pytest.mark.parametrize("unknown", ["nothing", "0" * 36, "x" * 500])
def test_a_case_that_there_is_not_is_not_found(clerk, unknown):
    assert decide(clerk, unknown, {"action": "accept"}).status_code == 404


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_no_column_can_hold_is_no_fault_of_ours(a_hall, sign_in, kind):
    clerk = sign_in(a_hall(kind), "clerk")
    assert decide(clerk, "%00", {"action": "accept"}).status_code in {404, 422}
    assert clerk.get("/cases?number=%00").status_code in {200, 422}


def test_the_list_is_filtered_and_paged_and_holds_nothing_personal(pair, clerk, case_id):
    others = [a_case_at(pair.terminal) for _ in range(3)]
    pair.push()
    decide(clerk, case_id, {"action": "accept"})
    assert len(clerk.get("/cases").get_json()["cases"]) == 4
    (accepted,) = clerk.get("/cases?state=accepted").get_json()["cases"]
    assert accepted["id"] == case_id
    (found,) = clerk.get(f"/cases?number={others[0].number}").get_json()["cases"]
    assert found["id"] == others[0].case_id
    pages = [clerk.get(f"/cases?limit=2&offset={n}").get_json()["cases"] for n in (0, 2, 4)]
    assert [len(page) for page in pages] == [2, 2, 0]
    after = f"/cases?limit=2&after={pages[0][-1]['id']}"
    assert clerk.get(after).get_json()["cases"] == pages[1]
    assert clerk.get("/cases?after=nothing").status_code == 404
    refused = clerk.get("/cases?offset=10001")
    assert refused.status_code == 422
    assert "offset" in refused.get_data(as_text=True)
    assert set(accepted) == {
        "id",
        "number",
        "item",
        "state",
        "station",
        "submitted_at",
        "due_on",
        "holder",
    }


@pytest.mark.parametrize("query", ["state=asleep", "limit=0", "limit=201", "offset=-1", "limit=x"])
def test_a_filter_that_there_is_not_is_named(clerk, query):
    answer = clerk.get(f"/cases?{query}")
    assert answer.status_code == 422
    assert answer.get_json()["fields"][0]["field"] == query.partition("=")[0]


@pytest.mark.parametrize("number", ["%ff", "12345678901234567890", "'"])
def test_a_number_that_is_none_finds_nothing(clerk, number):
    assert clerk.get(f"/cases?number={number}").status_code in {200, 422}


def test_terminals_are_told_with_light_and_words(pair, sign_in):
    pair.pull()
    admin = sign_in(pair.hall, "admin")
    (row,) = admin.get("/terminals", headers={"Accept-Language": "en"}).get_json()["terminals"]
    assert (row["number"], row["light"]) == ("100001", "yellow")
    assert row["words"] == "Less than 1 GB or 10 % of disk left"
