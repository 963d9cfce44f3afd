"""The document is enough for version 2, dictionaries, and a terminal that has lost everything."""

import base64
import os
from pathlib import Path

import pytest
import uuid_utils
import zstandard
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kiosk.cases import bodies, desk
from kiosk.hall import enrolment
from sync import ledger
from sync.ledger import LedgerEntry, Terminal
from tests.builders.machines import Machine
from tests.conformance.client import SUITE, sha256
from tests.conformance.packed_client import columns
from tests.conformance.recovering_client import Diverging, RecoveringClient
from tests.conformance.wire import BAD_FRAME, a_case, approved, cases_at, on_the_wire_of, refusal

#: The dictionaries as they are published.
PUBLISHED = Path(__file__).parents[2] / "sync" / "dictionaries"


@pytest.fixture
def hall(a_hall) -> Machine:
    return a_hall("sqlite")


@pytest.fixture
def client(hall: Machine) -> RecoveringClient:
    """A client that is enrolled and approved, without any dictionary."""
    return approved(hall, on_the_wire_of(hall, RecoveringClient))


@pytest.fixture
def with_dictionaries(client: RecoveringClient) -> RecoveringClient:
    client.dictionaries = {file.stem: file.read_bytes() for file in PUBLISHED.glob("*.zdict")}
    return client


def a_file(size: int) -> tuple[bytes, dict[str, object]]:
    """A file as it lies, and what a body says of it."""
    material, key, nonce = str(uuid_utils.uuid7()), os.urandom(32), os.urandom(12)
    data = nonce + AESGCM(key).encrypt(nonce, os.urandom(size), f"material:{material}".encode())
    told = {"sha256": sha256(data), "key": key.hex(), "media_type": "image/jpeg", "bytes": size}
    paper = {"requirement": "id_card", "mode": "file", "materials": [material]}
    return data, {"files": {material: told}, "attachments": [paper]}


def at_hall(hall: Machine, client: RecoveringClient) -> Terminal:
    with hall.reading() as session:
        return session.get_one(Terminal, client.id)


def body_at(hall: Machine, client: RecoveringClient, entry: dict) -> dict:
    """What the hall reads in an entry that it has."""
    with hall.reading() as session:
        row = session.get_one(LedgerEntry, (client.id, entry["epoch"], entry["seq"]))
        return bodies.open_fact(client.keys[row.subject], ledger.entry_of(row))


def test_one_digest_names_the_entries_of_a_run_and_those_are_told_that_were_not_applied(
    hall, client
):
    cases = [a_case(client), a_case(client, version=9), a_case(client)]
    envelope = client.envelope(client.pending())
    first, again = client.push(envelope), client.push(envelope)
    assert [each["verdict"] for each in first["verdicts"]] == ["applied", "held", "applied"]
    assert first["told"]["run"] == [1, 1, 3]
    assert first["told"]["others"][0][:2] == [1, "held"]
    assert again["told"] == first["told"]
    assert cases_at(hall) == {cases[0]: 1, cases[2]: 1}
    assert (client.acknowledged, at_hall(hall, client).forked_at) == (3, None)
    assert at_hall(hall, client).reported_versions == "1 2"


def test_an_empty_run_and_a_gap_get_the_list_of_version_1_without_a_verdict(client):
    assert client.push(client.envelope([]))["told"] == []
    for _ in range(3):
        a_case(client)
    told = client.push(client.envelope(client.journal[1:]))
    assert (told["told"], told["gap"]) == ([], True)
    told = client.push(client.envelope([client.journal[0], client.journal[2]]))
    assert (told["told"], told["forked"]) == ([], True)


def test_columns_say_what_does_not_follow_from_the_rest(hall, client):
    wiped, whole = a_case(client), a_case(client)
    client.journal[0] |= {"body": ""}
    told = client.push()
    assert [each["verdict"] for each in told["verdicts"]] == ["quarantined", "applied"]
    assert cases_at(hall) == {whole: 1}
    assert columns(client.journal)[13] == [[0, client.journal[0]["body_sha256"], None, None]]
    assert wiped in client.keys
    a_case(client)
    del client.keys[client.journal[-1]["subject"]]
    assert [each["verdict"] for each in client.push()["verdicts"]] == ["quarantined"]


def test_a_frame_of_version_2_that_breaks_a_rule_is_refused_and_nothing_is_stored(hall, client):
    a_case(client)
    run, before = client.pending(), hall.row_counts()
    plain = {"entries": columns(run), "keys": client.keys[run[0]["subject"]], "keyless": []}
    header = {"kind": "envelope", "epoch": 1, "first": 1, "last": 1, "head": run[0]["digest"]}
    many = columns(run * 501)
    for altered in (
        plain | {"entries": plain["entries"][:13]},
        plain | {"keys": plain["keys"] + b"x"},
        plain | {"keyless": [0]},
        plain | {"entries": many},
        {"entries": run, "keys": {}},
    ):
        frame = client.frame(header, altered)
        assert refusal(lambda sent=frame: client.push(sent)) == BAD_FRAME
    wrong = client.frame({**header, "head": "ab" * 32}, plain)
    assert refusal(lambda: client.push(wrong)) == BAD_FRAME
    assert hall.row_counts() == before
    assert client.push(client.frame(header, plain))["verdicts"][0]["verdict"] == "applied"


def test_nothing_may_follow_the_zstd_frame_and_it_may_be_of_any_kind(client):
    packer = zstandard.ZstdCompressor(level=9, write_content_size=False, write_checksum=True)
    payload = client.written({"entries": columns([]), "keys": b"", "keyless": []})
    for more, outcome in ((b"", None), (b"more", BAD_FRAME)):
        sealed = SUITE.encrypt(packer.compress(payload) + more, client.hall_reader, client.info)
        whole = client.frame({"kind": "envelope", "payload_sha256": sha256(sealed)}, {})
        end = 8 + int.from_bytes(whole[4:8], "big") + 64
        sent = whole[:end] + sealed
        if outcome is None:
            assert client.push(sent)["verdicts"] == []
        else:
            assert refusal(lambda sent=sent: client.push(sent)) == outcome


def test_a_decision_comes_in_a_frame_of_version_2_and_reports_carry_the_last_token(hall, client):
    case = a_case(client)
    client.push()
    client.pull()
    hall.within(desk.decide, hall.parts, case, "accept", "clerk-1", "齐全")
    client.pull()
    client.pull()
    assert [client.opened(item)["note"] for item in client.inbox] == ["齐全"]
    assert (at_hall(hall, client).cloned_at, at_hall(hall, client).twins_at) == (None, None)


def test_a_body_packed_with_a_dictionary_says_the_same_in_fewer_bytes(hall, with_dictionaries):
    client = with_dictionaries
    _, told = a_file(10)
    blobs = [each["sha256"] for each in told["files"].values()]
    more = {**told, "later": {"of another": "ab" * 32, "id": str(uuid_utils.uuid7())}}
    a_case(client, more=more, blobs=blobs)
    client.at_hall = []
    a_case(client, more=more, blobs=blobs)
    packed, plain = client.journal
    assert len(packed["body"]) < 0.8 * len(plain["body"])
    assert [each["verdict"] for each in client.push()["verdicts"]] == ["applied"] * 2
    for entry in client.journal:
        assert client.content_of(entry) == body_at(hall, client, entry)
        assert client.content_of(entry)["later"] == more["later"]


def test_a_terminal_that_lost_everything_gets_it_back_and_goes_on_in_a_new_epoch(
    hall, with_dictionaries
):
    client = with_dictionaries
    data, more = a_file(600_000)
    case = a_case(client, more=more, blobs=[sha256(data)])
    a_case(client, version=9)
    client.push()
    client.pull()
    client.send_blob(data)
    hall.within(desk.decide, hall.parts, case, "accept", "clerk-1", "齐全")
    lost, client = client, client.put_back()
    assert client.recover() == "granted"
    assert (client.journal, client.keys) == (lost.journal, lost.keys)
    assert (client.verdicts, client.acknowledged) == (lost.verdicts, 2)
    assert client.content_of(client.journal[0]) == lost.content_of(lost.journal[0])
    assert client.fetch_blob(sha256(data), case) == data
    client.pull()
    assert client.opened(client.inbox[-1])["note"] == "齐全"
    another = a_case(client)
    assert (client.journal[-1]["epoch"], client.journal[-1]["seq"]) == (2, 1)
    assert client.push()["verdicts"][0]["verdict"] == "applied"
    assert cases_at(hall) == {case: 1, another: 1}
    assert at_hall(hall, client).forked_at is None


def test_what_was_recorded_before_the_backup_and_not_sent_goes_with_the_old_life(hall, client):
    cases = [a_case(client) for _ in range(3)]
    client.push(client.envelope(client.journal[:1]))
    client.acknowledged = 1
    assert client.recover() == "granted"
    assert cases_at(hall) == dict.fromkeys(cases, 1)
    assert client.epoch == 2


def test_a_machine_whose_entries_contradict_is_told_and_writes_nothing_in_the_old_epoch(
    hall, client
):
    a_case(client)
    client.push()
    other = client.put_back(1)
    case = a_case(client)
    client.push()
    a_case(other)
    with pytest.raises(Diverging):
        other.fetch_back()
    assert client.recover() == "granted"
    with pytest.raises(RuntimeError, match="another"):
        other.push(other.envelope(other.journal[1:]))
    assert at_hall(hall, client).forked_at is not None
    assert case in cases_at(hall)


def test_a_rollback_that_nobody_declared_waits_when_the_machine_reports(hall, client):
    a_case(client)
    client.push()
    client.pull()
    life = str(uuid_utils.uuid4())
    assert client.ask_life(life, "behind") == "behind"
    client.pull()
    assert client.ask_life(life, "behind") == "waiting"
    assert client.epoch == 1


def test_a_file_comes_back_in_parts_and_a_part_behind_its_end_is_refused(hall, client):
    data, more = a_file(300)
    case = a_case(client, more=more, blobs=[sha256(data)])
    client.push()
    path = f"/blobs/{sha256(data)}"
    assert refusal(lambda: client.fetch_blob(sha256(data), case)) == (404, "blob_unknown")
    client.send_blob(data)
    status, told, part = client.signed("GET", path, b"", {"Range": "bytes=5-9"})
    assert (status, told["Content-Range"], part) == (206, "bytes 5-9/328", data[5:10])
    assert client.signed("GET", path, b"", {})[2] == data
    beyond = {"Range": "bytes=329-"}
    assert refusal(lambda: client.signed("GET", path, b"", beyond)) == (
        416,
        "requested_range_not_satisfiable",
    )
    assert refusal(lambda: client.fetch_blob(sha256(data), "no case")) == (404, "blob_unknown")


def test_another_machine_in_its_place_gets_all_of_it_back(hall, client):
    case = a_case(client)
    client.push()
    code = hall.within(enrolment.invite, "320582001001", "前溪社区", replaces=client.id)
    successor = on_the_wire_of(hall, RecoveringClient)
    known = successor.enrol(code)
    assert (known["replaces"], known["terminal_id"]) == (True, client.id)
    hall.within(enrolment.approve, known["number"])
    assert refusal(client.pull) == (401, "signature_invalid")
    assert successor.recover() == "granted"
    assert base64.b64decode(successor.journal[0]["body"])
    another = a_case(successor)
    successor.push()
    assert cases_at(hall) == {case: 1, another: 1}
