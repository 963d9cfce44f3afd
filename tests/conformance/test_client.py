"""The document is enough: a client written from it alone exchanges with a real hall."""

import ast
import base64
import json
import os
from pathlib import Path

import pytest
import rfc8785
import uuid_utils
import zstandard
from cryptography.exceptions import InvalidSignature

from kiosk.cases import desk, statement
from kiosk.hall import enrolment
from tests.builders.machines import STATION, Machine
from tests.builders.releases import released
from tests.conformance.client import Client, sha256
from tests.conformance.wire import BAD_FRAME, a_case, approved, cases_at, on_the_wire_of, refusal


@pytest.fixture
def hall(a_hall) -> Machine:
    return a_hall("sqlite")


@pytest.fixture
def client(hall: Machine) -> Client:
    """A client that is enrolled and approved."""
    return approved(hall, on_the_wire_of(hall, Client))


def told_apart_from_time(told: dict) -> dict:
    return {name: value for name, value in told.items() if name != "hall_time"}


@pytest.mark.parametrize("name", ["client", "packed_client", "recovering_client"])
def test_no_client_shares_code_with_this_project(name):
    tree = ast.parse((Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8"))
    modules = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    modules += [
        each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names
    ]
    assert len(modules) > 5
    assert not {str(module).split(".")[0] for module in modules} & {"forms", "kiosk", "sync"}
    own = {module for module in modules if str(module).startswith("tests")}
    assert own <= {"tests.conformance.client", "tests.conformance.packed_client"}


def test_what_was_signed_has_the_digest_that_the_document_says(hall):
    signed = {
        "item": "RS-001",
        "release": hall.parts.catalogue.release,
        "answers": {"applicant": {"name": "王小明", "age": 60}},
        "attachments": [{"requirement": "id", "mode": "file", "materials": ["m"]}],
        "consent": True,
        "commitment": False,
    }
    told = {**signed, "statement": sha256(rfc8785.dumps({**signed, "promises": []}))}
    assert statement.holds(hall.parts.catalogue.item("RS-001"), told) is True


def test_a_terminal_is_taken_seriously_once_it_is_approved(hall):
    client = on_the_wire_of(hall, Client)
    code = hall.within(enrolment.invite, STATION, "前溪社区")
    known = client.enrol(code)
    assert known["fingerprint"].replace(" ", "") == sha256(bytes.fromhex(client.public))[:16]
    assert refusal(client.pull) == (403, "terminal_pending")
    assert refusal(lambda: on_the_wire_of(hall, Client).enrol(code)) == (401, "code_invalid")
    hall.within(enrolment.approve, known["number"])
    assert client.pull()["feed_head"] == 0
    hall.within(enrolment.revoke, known["number"])
    assert refusal(client.pull) == (403, "terminal_revoked")
    hall.within(enrolment.approve, known["number"])
    assert client.pull()["feed_head"] == 0


def test_a_case_is_at_the_hall_once_however_often_its_envelope_arrives(hall, client):
    case = a_case(client)
    envelope = client.envelope(client.pending())
    first = client.push(envelope)
    assert [each["verdict"] for each in first["verdicts"]] == ["applied"]
    assert cases_at(hall) == {case: 1}
    before = hall.row_counts()
    again = client.push(envelope)
    sealed_anew = client.push(client.envelope(client.journal))
    assert told_apart_from_time(again) == told_apart_from_time(first)
    assert told_apart_from_time(sealed_anew) == told_apart_from_time(first)
    assert hall.row_counts() == before


def test_a_changed_byte_of_a_frame_is_refused_and_nothing_is_stored(hall, client):
    a_case(client)
    before = hall.row_counts()
    for place in (0, 20, -1):
        altered = bytearray(client.envelope(client.pending()))
        altered[place] ^= 1
        assert refusal(lambda sent=bytes(altered): client.push(sent)) == BAD_FRAME
    assert hall.row_counts() == before


def test_a_request_that_is_not_what_was_signed_is_refused(client):
    carry = client.ask
    client.ask = lambda method, path, body, headers: carry(method, path, body + b" ", headers)
    assert refusal(client.pull) == (401, "signature_invalid")


def test_an_answer_that_another_hall_gave_is_not_believed(hall, client):
    a_case(client)
    client.hall_signer = client.signing.public_key()
    with pytest.raises(InvalidSignature):
        client.push()
    assert client.acknowledged == 0


def test_a_malformed_entry_is_refused_with_its_whole_frame(hall, client):
    a_case(client)
    before = hall.row_counts()
    for changes in ({"seq": 0}, {"body": "%"}, {"blobs": None}):
        altered = {**client.journal[0], **changes}
        assert refusal(lambda one=altered: client.push(client.envelope([one]))) == BAD_FRAME
    assert hall.row_counts() == before


def test_an_entry_whose_key_did_not_come_is_quarantined_and_an_empty_run_tells_the_cursor(
    hall, client
):
    a_case(client)
    header = {"kind": "envelope"}
    told = client.push(client.frame(header, {"entries": client.journal, "keys": {}}))
    assert [each["verdict"] for each in told["verdicts"]] == ["quarantined"]
    asked = client.push(client.frame(header, {"entries": [], "keys": {}}))
    assert (asked["cursor"], asked["verdicts"]) == ({"epoch": 1, "seq": 1}, [])
    assert asked["head"] == client.journal[0]["digest"]


def test_a_frame_of_another_version_hall_or_kind_is_refused(client):
    a_case(client)
    for changes in ({"to": str(uuid_utils.uuid7())}, {"kind": "pull"}):
        sent = client.envelope(client.pending(), **changes)
        assert refusal(lambda sent=sent: client.push(sent)) == BAD_FRAME
    newer = client.envelope(client.pending(), v=3)
    assert refusal(lambda: client.push(newer)) == (422, "version_unsupported")


def test_an_entry_of_another_version_or_kind_is_held_and_others_go_on(hall, client):
    for changes in ({"version": 2}, {"kind": "case.unheard_of"}):
        client.record("case.withdrawn", a_case(client, **changes), {})
    other = a_case(client)
    client.push()
    assert list(client.verdicts.values()) == ["held", "held"] * 2 + ["applied"]
    assert cases_at(hall) == {other: 1}


def test_a_run_with_a_gap_before_it_is_not_taken_and_the_cursor_says_where_to_go_on(hall, client):
    cases = [a_case(client) for _ in range(3)]
    for run in (client.journal[1:], client.journal[::-1]):
        told = client.push(client.envelope(run))
        assert (told["gap"], told["forked"], told["verdicts"]) == (True, False, [])
        assert told["cursor"] == {"epoch": 0, "seq": 0}
        assert told["head"] == "0" * 64
    assert client.acknowledged == 0
    client.push()
    assert cases_at(hall) == dict.fromkeys(cases, 1)
    assert not client.pending()


def test_an_altered_entry_is_a_fork_and_the_true_one_goes_on(hall, client):
    case = a_case(client)
    told = client.push(client.envelope([{**client.journal[0], "recorded_at": 1}]))
    assert (told["forked"], told["verdicts"], told["cursor"]["seq"]) == (True, [], 0)
    assert not cases_at(hall)
    assert client.push()["forked"] is False
    assert cases_at(hall) == {case: 1}


def test_a_run_with_a_hole_in_it_is_a_fork(hall, client):
    for _ in range(3):
        a_case(client)
    told = client.push(client.envelope([client.journal[0], client.journal[2]]))
    assert (told["gap"], told["forked"], told["verdicts"]) == (False, True, [])
    assert not cases_at(hall)


def test_a_hole_right_after_what_the_hall_has_is_a_gap(hall, client):
    cases = [a_case(client) for _ in range(4)]
    client.push(client.envelope(client.journal[:2]))
    told = client.push(client.envelope([*client.journal[:2], client.journal[3]]))
    assert (told["gap"], told["forked"], told["verdicts"]) == (True, False, [])
    assert cases_at(hall) == dict.fromkeys(cases[:2], 1)


def test_a_wrong_place_at_the_terminal_mends_itself(hall, client):
    cases = [a_case(client), a_case(client)]
    client.acknowledged = 1
    assert client.push()["gap"] is True
    client.push()
    client.acknowledged = 0
    client.push()
    assert cases_at(hall) == dict.fromkeys(cases, 1)


def test_a_decision_comes_by_pull_and_opens_with_the_key_of_the_case(hall, client):
    case = a_case(client)
    client.push()
    hall.within(desk.decide, hall.parts, case, "accept", "clerk-1", "齐全")
    hall.within(desk.decide, hall.parts, case, "refuse", "clerk-1", "", ("条件不符",))
    client.pull()
    accepted, refused = map(client.opened, client.inbox)
    assert [item["kind"] for item in client.inbox] == ["case.accepted", "case.refused"]
    assert (accepted["state"], accepted["note"], accepted["after_entry"]) == ("accepted", "齐全", 1)
    assert (refused["state"], refused["reasons"]) == ("refused", ["条件不符"])
    client.record("case.withdrawn", case, {})
    client.push()
    assert list(client.verdicts.values()) == ["applied", "refused"]


def test_a_place_in_the_feed_that_is_wrong_loses_nothing_that_is_told_afterwards(hall, client):
    case = a_case(client)
    client.push()
    hall.within(desk.decide, hall.parts, case, "accept", "clerk-1")
    assert [item["seq"] for item in client.pull(after=0)["items"]] == [1]
    assert [item["seq"] for item in client.pull(after=0)["items"]] == [1]
    assert len(client.inbox) == 1
    ahead = client.pull(after=7)
    assert ahead["items"] == []
    hall.within(desk.decide, hall.parts, case, "approve", "clerk-1")
    assert [item["seq"] for item in client.pull(after=7)["items"]] == [1_000_008]
    for nowhere in (-1, 2**53 - 1):
        assert refusal(lambda after=nowhere: client.pull(after=after)) == BAD_FRAME
    assert [item["seq"] for item in client.pull(after=1)["items"]] == [1_000_008]


def test_a_file_is_named_by_its_digest_and_wanted_until_it_is_whole(hall, client):
    blob = os.urandom(600_000)
    assert refusal(lambda: client.send_blob(blob)) == (404, "")
    a_case(client, blobs=[sha256(blob)])
    client.push()
    assert sha256(blob) in client.pull()["wanted"]
    carry = client.ask

    def cut_after_the_first_piece(method, path, body, headers):
        if headers.get("Upload-Offset", "0") != "0":
            raise OSError("the line is cut")
        return carry(method, path, body, headers)

    client.ask = cut_after_the_first_piece
    with pytest.raises(OSError, match="cut"):
        client.send_blob(blob)
    client.ask = carry
    assert sha256(blob) in client.pull()["wanted"]
    client.send_blob(blob)
    assert sha256(blob) not in client.pull()["wanted"]
    assert hall.parts.blobs.read(sha256(blob)) == blob


def test_a_release_is_proved_by_the_hall_and_fetched_in_pieces(hall, client):
    release = released(hall, hall.parts.catalogue.content)
    client.pull()
    statement_of = json.loads(base64.b64decode(client.inbox[-1]["body"]))
    signature = bytes.fromhex(statement_of.pop("signature"))
    client.hall_signer.verify(signature, b"jishiban release 1\n" + rfc8785.dumps(statement_of))
    assert (statement_of["release"], statement_of["hall_id"]) == (release, client.hall_id)
    packed, total = b"", 1
    while len(packed) < total:
        asked = client.frame({"kind": "fetch"}, {"release": release, "offset": len(packed)})
        piece = client.unframed(client.post("/releases", asked), "piece")
        packed, total = packed + base64.b64decode(piece["data"]), piece["total"]
    content = zstandard.decompress(packed)
    assert (sha256(content), len(content)) == (release, statement_of["size"])
