"""`POST /cases` and what goes before it: clear errors by field, and nothing stored when refused."""

import copy
import json
import threading
import uuid
from dataclasses import replace

import pytest

from kiosk import clock
from tests.builders.cases import a_submission
from tests.builders.machines import Machine, Pair


def submit(terminal: Machine, body: object, key: str | None = None, **headers: str):
    headers = {"Accept-Language": "en", "Idempotency-Key": key or str(uuid.uuid4()), **headers}
    headers["Content-Type"] = "application/json"
    return terminal.client().post("/api/v1/cases", data=json.dumps(body), headers=headers)


@pytest.fixture
def terminal(pair: Pair) -> Machine:
    return pair.terminal


@pytest.fixture
def body(terminal) -> dict:
    return a_submission(terminal).body()


@pytest.fixture
def refuses(terminal):
    """Sends a body, asserts that nothing was stored, and returns the fields that were named."""

    def send(body: object, status: int = 422, **headers: str) -> dict[str, str]:
        before = terminal.row_counts()
        answer = submit(terminal, body, **headers)
        assert answer.status_code == status, answer.get_data(as_text=True)
        assert answer.mimetype == "application/problem+json"
        assert terminal.row_counts() == before
        return {field["field"]: field["code"] for field in answer.get_json().get("fields", [])}

    return send


def test_a_whole_application_gets_its_receipt(terminal, body):
    answer = submit(terminal, body)
    receipt = answer.get_json()
    assert answer.status_code == 201
    assert set(receipt) == {"number", "token", "case_id", "item", "state", "submitted_at"}
    assert (len(receipt["number"]), len(receipt["token"])) == (15, 26)
    assert (receipt["item"], receipt["state"]) == ("RS-001", "submitted")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("applicant.id_number", "320582196603101244", "id_check_digit"),
        ("applicant.id_number", "320582196602301241", None),
        ("applicant.id_number", None, "required"),
        ("applicant.id_number", {"a": 1}, None),
        ("applicant.phone", "123", None),
        ("applicant.name", "", "required"),
        ("applicant.name", "<script>", None),
        ("applicant.shoe_size", "42", "unknown_field"),
        ("nonsense.field", "x", "unknown_field"),
    ],
)
def test_a_wrong_answer_is_named_by_its_field(terminal, refuses, path, value, code):
    found = refuses(a_submission(terminal).answering(path, value).body())
    where = next(field for field in found if f"answers.{path}".startswith(field))
    assert code is None or found[where] == code


@pytest.mark.parametrize("day", ["2026-02-30", "2026-13-01", "yesterday", "20260230", 7, None])
def test_an_impossible_date_is_named_by_its_field(terminal, refuses, day):
    wrong = a_submission(terminal, "RS-018").answering("unemployment.registered_on", day)
    assert "answers.unemployment.registered_on" in refuses(wrong.body())


def test_every_wrong_field_is_told_at_once(terminal, refuses):
    wrong = a_submission(terminal).answering("applicant.phone", "1").answering("applicant.name", "")
    assert set(refuses(wrong.without_consent().body())) == {
        "answers.applicant.phone",
        "answers.applicant.name",
        "consent",
    }


@pytest.mark.parametrize("code", ["ZZ-999", "../items", "rs-001", " ", "中"])
def test_an_item_that_there_is_not_is_named(body, refuses, code):
    assert refuses({**body, "item": code}) == {"item": "item_unknown"}


@pytest.mark.parametrize("release", ["0" * 64, "../../etc/passwd", "x", "F" * 64, "é" * 64])
def test_a_release_that_there_is_not_is_named(body, refuses, release):
    assert refuses({**body, "release": release}) == {"release": "release_unknown"}


def test_a_release_is_no_path_to_another_file_and_a_damaged_one_is_named(terminal, body, refuses):
    folder = terminal.parts.releases.folder
    (folder / "elsewhere").mkdir()
    path = "elsewhere/".ljust(63, "/") + "x"
    for name in (path, "a" * 64):
        (folder / f"{name}.json").write_text("{}")
        assert refuses({**body, "release": name}) == {"release": "release_unknown"}


@pytest.mark.parametrize("field", ["state", "terminal_id", "role", "number", "operator", "channel"])
def test_what_only_the_product_may_say_is_refused(body, refuses, field):
    assert refuses({**body, field: "admin"}) == {field: "invalid"}


@pytest.mark.parametrize("place", ["signature", "attachments.0"])
def test_what_only_the_product_may_say_is_refused_further_down_too(body, refuses, place):
    if place == "signature":
        body["signature"]["operator"] = "x"
    else:
        body["attachments"][0]["case_id"] = "x"
    assert len(refuses(body)) == 1


def test_a_missing_document_is_named(body, refuses):
    missing = body["attachments"].pop()["requirement"]
    assert refuses(body) == {f"attachments.{missing}": "material_missing"}


def test_a_document_that_is_not_asked_for_is_named(body, refuses):
    body["attachments"].append({"requirement": "pilots_licence", "mode": "deferred"})
    assert refuses(body) == {"attachments.2.requirement": "not_asked"}


def test_a_document_that_may_not_come_later_is_named(body, refuses):
    body["attachments"][0] = {**body["attachments"][0], "mode": "deferred", "materials": []}
    assert refuses(body) == {"attachments.0.mode": "not_deferrable"}


def test_a_picture_that_is_not_here_is_named(body, refuses):
    body["attachments"][0]["materials"] = [str(uuid.uuid4())]
    assert refuses(body) == {"attachments.0.materials": "material_unknown"}


def test_a_picture_of_another_case_is_not_here(terminal, body, refuses):
    assert submit(terminal, body).status_code == 201
    assert set(refuses(body).values()) == {"material_unknown"}


@pytest.mark.parametrize("what", ["consent", "signature"])
def test_what_every_case_needs_is_named_when_missing(body, refuses, what):
    del body[what]
    assert refuses(body) == {what: "invalid"}


def test_a_drawn_signature_needs_its_picture(body, refuses):
    assert refuses({**body, "signature": {"method": "drawn"}}) == {
        "signature.material": "signature_missing"
    }


@pytest.mark.parametrize(
    "value",
    ["x" * 100_000, "\x00", [[[]]], "\u202e\u2066"],
    ids=["long", "NUL", "nested", "bidi"],
)
def test_a_strange_answer_is_refused_like_any_other(terminal, refuses, value):
    found = refuses(a_submission(terminal).answering("applicant.name", value).body())
    assert "answers.applicant.name" in found


@pytest.mark.parametrize("value", ["\ud800", 2**70, float("inf"), float("nan")], ids=repr)
def test_what_cannot_be_written_down_again_is_refused(terminal, refuses, value):
    refuses(a_submission(terminal).answering("applicant.name", value).body())


def test_answers_nested_without_end_are_refused(terminal, refuses, body):
    deep: object = "x"
    for _ in range(300):
        deep = [deep]
    body["answers"]["applicant"]["name"] = deep
    refuses(body)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"null", b"7", b'"x"', b"\xff\xfe", b"[" * 100_000]
)
def test_a_body_that_is_no_object_is_refused(terminal, data):
    before = terminal.row_counts()
    answer = terminal.client().post(
        "/api/v1/cases",
        data=data,
        headers={"Content-Type": "application/json", "Idempotency-Key": "k"},
    )
    assert 400 <= answer.status_code < 500, answer.get_data(as_text=True)
    assert answer.mimetype == "application/problem+json"
    assert terminal.row_counts() == before


def test_a_body_that_is_far_too_large_is_refused(terminal):
    answer = submit(terminal, {"item": "x" * 17_000_000})
    assert answer.status_code == 413
    assert answer.mimetype == "application/problem+json"


def test_whoever_chooses_to_promise_must_make_the_promise(terminal, refuses):
    chosen = a_submission(terminal, "YB-09").answering(
        "filing.starts_on", clock.today().isoformat()
    )
    body = chosen.answering("filing.proof", "promise").body()
    assert refuses({**body, "commitment": False}) == {"commitment": "commitment_missing"}
    assert submit(terminal, {**body, "commitment": True}).status_code == 201


def test_whoever_brings_the_papers_need_not_promise(terminal):
    papers = a_submission(terminal, "YB-09").answering("filing.proof", "papers")
    dated = papers.answering("filing.starts_on", clock.today().isoformat())
    assert submit(terminal, dated.with_pictures_at(terminal).body()).status_code == 201


# ---- Idempotency-Key ------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["", "x" * 81, "tab\there"])
def test_a_key_is_needed_and_named(terminal, body, key):
    before = terminal.row_counts()
    headers = {"Idempotency-Key": key} if key else {}
    answer = terminal.client().post("/api/v1/cases", json=body, headers=headers)
    assert answer.status_code == 422
    assert answer.get_json()["fields"][0]["field"] == "Idempotency-Key"
    assert terminal.row_counts() == before


def test_the_same_key_and_body_give_the_same_receipt(terminal, body):
    first = submit(terminal, body, "key-1")
    rows = terminal.row_counts()
    again = submit(terminal, json.loads(json.dumps(body)), "key-1")
    assert (again.status_code, again.get_json()) == (201, first.get_json())
    assert terminal.row_counts() == rows


def test_the_same_body_is_the_same_after_the_catalogue_was_renewed(terminal, body):
    first = submit(terminal, body, "key-1")
    parts = terminal.parts
    newer = copy.copy(parts.catalogue)
    newer.release = "f" * 64
    parts.releases.opened[newer.release] = newer
    terminal.app.extensions["kiosk"] = replace(
        parts, releases=replace(parts.releases, shipped=newer)
    )
    again = submit(terminal, body, "key-1")
    assert (again.status_code, again.get_json()) == (201, first.get_json())


def test_the_same_body_is_the_same_whoever_is_signed_in(terminal, body, sign_in):
    first = submit(terminal, body, "key-1")
    person = sign_in(terminal, "staff")
    headers = {"Idempotency-Key": "key-1", "X-CSRFToken": person.token}
    again = person.client.post("/api/v1/cases", json=body, headers=headers)
    assert (again.status_code, again.get_json()) == (201, first.get_json())


def test_another_release_that_was_named_is_another_body(terminal, body, refuses):
    assert submit(terminal, body, "key-1").status_code == 201
    named = {**body, "release": terminal.parts.catalogue.release}
    assert refuses(named, 409, **{"Idempotency-Key": "key-1"})


def test_the_same_key_with_another_body_is_a_conflict(terminal, body, refuses):
    assert submit(terminal, body, "key-1").status_code == 201
    other = {**body, "commitment": True}
    assert refuses(other, 409, **{"Idempotency-Key": "key-1"}) == {
        "Idempotency-Key": "idempotency_key_reused"
    }


def test_a_refused_submission_leaves_its_key_free(terminal, body):
    wrong = json.loads(json.dumps(body))
    wrong["answers"]["applicant"]["name"] = ""
    assert submit(terminal, wrong, "key-1").status_code == 422
    assert submit(terminal, body, "key-1").status_code == 201


def test_a_double_tap_makes_one_case(terminal, body):
    answers = []
    start = threading.Barrier(6)

    def tap() -> None:
        start.wait()
        answers.append(submit(terminal, body, "key-1"))

    threads = [threading.Thread(target=tap) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.get_json()["number"] for answer in answers}) == 1
    assert terminal.row_counts()["journal"] == 1


def test_a_terminal_that_is_not_enrolled_takes_nothing_and_says_so(a_terminal):
    lonely = a_terminal()
    before = lonely.row_counts()["cases"]
    answer = submit(lonely, a_submission(lonely).body())
    assert (answer.status_code, answer.get_json()["code"]) == (503, "not_enrolled")
    assert lonely.row_counts()["cases"] == before


# ---- pictures and codes ---------------------------------------------------------------------------
