"""`/sync/v1` over HTTP: who is let in, and what a hall answers to what no terminal would send."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from kiosk import clock
from kiosk.hall import enrolment
from sync.envelope import pack, unpack
from sync.identity import PublicIdentity
from sync.ledger import LedgerEntry, Terminal
from sync.transport import FRAME_TYPE, HallRefuses, Request, sign_request
from tests.builders.cases import a_case_at
from tests.builders.entries import Scribe, envelope
from tests.builders.machines import HALL_URL, STATION, Machine, Pair, enrolled, invited


@pytest.fixture
def hall(a_hall) -> Machine:
    # What is refused here is refused before a database is asked.
    return a_hall("sqlite")


def post(hall: Machine, path: str, body: bytes, headers: dict[str, str] | None = None):
    return hall.client().post(f"{HALL_URL}/sync/v1{path}", data=body, headers=headers or {})


def signed(pair: Pair, path: str, body: bytes, key_id: str | None = None) -> dict[str, str]:
    request = Request("POST", f"{HALL_URL}/sync/v1{path}", {"Content-Type": FRAME_TYPE})
    sign_request(request, body, key_id or pair.terminal_id, pair.line.identity.signing)
    return request.headers


def entries_at(hall: Machine) -> int:
    with hall.reading() as session:
        return session.scalar(select(func.count()).select_from(LedgerEntry))


# ---- enrolment ------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b"null", b'"code"', b"{", b"\xff\xfe"])
def test_an_enrolment_that_is_no_object_is_refused(hall, body):
    answer = post(hall, "/enrolments", body, {"Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("public", ["", "zz", "00" * 63, "00" * 65, "中" * 128])
def test_malformed_keys_are_refused_by_their_field(hall, public):
    code = hall.within(enrolment.invite, STATION, "s")
    answer = hall.client().post("/sync/v1/enrolments", json={"code": code, "public": public})
    assert (answer.status_code, answer.get_json()["fields"][0]["field"]) == (422, "public")


def a_public_key(terminal: Machine) -> str:
    return terminal.parts.identity.public.to_hex()


def test_a_code_opens_one_enrolment(hall, a_terminal):
    code = hall.within(enrolment.invite, STATION, "s")
    answers = [
        hall.client().post(
            "/sync/v1/enrolments", json={"code": code, "public": a_public_key(a_terminal())}
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 401]


def test_a_code_is_good_for_ten_minutes(hall, terminal):
    start = clock.now()
    code = hall.within(enrolment.invite, STATION, "s")
    body = {"code": code, "public": a_public_key(terminal)}
    with clock.use(lambda: start + timedelta(minutes=10, seconds=1)):
        assert hall.client().post("/sync/v1/enrolments", json=body).status_code == 401
    with clock.use(lambda: start + timedelta(minutes=9, seconds=59)):
        assert hall.client().post("/sync/v1/enrolments", json=body).status_code == 201


def test_an_unknown_and_an_expired_code_are_answered_alike(hall, terminal):
    code = hall.within(enrolment.invite, STATION, "s")
    public = a_public_key(terminal)
    later = clock.now() + timedelta(hours=1)
    with clock.use(lambda: later):
        answers = [
            hall.client().post("/sync/v1/enrolments", json={"code": text, "public": public})
            for text in (code, "A" * 16)
        ]
    assert answers[0].get_json() == answers[1].get_json()


def test_a_terminal_that_nobody_approved_delivers_nothing(hall, terminal):
    pair = enrolled(hall, terminal)
    with hall.writing() as session:
        session.get_one(Terminal, pair.terminal_id).standing = "pending"
    a_case_at(terminal)
    with pytest.raises(HallRefuses, match="403"):
        pair.push()
    assert entries_at(hall) == 0


def test_a_revoked_terminal_is_refused_with_its_next_request(pair):
    pair.push()
    pair.hall.within(enrolment.revoke, "100001")
    a_case_at(pair.terminal)
    for exchange in (pair.push, pair.pull):
        with pytest.raises(HallRefuses, match="403"):
            exchange()
    with pytest.raises(HallRefuses, match="403"):
        pair.line.blob_offset("ab" * 32)
    assert entries_at(pair.hall) == 0


def test_terminals_get_numbers_in_their_order(hall, a_terminal):
    numbers = [invited(hall, a_terminal())["number"] for _ in range(3)]
    assert numbers == ["100001", "100002", "100003"]


# ---- envelopes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/envelopes", "/feed"])
def test_an_unsigned_request_is_refused(pair, path):
    assert post(pair.hall, path, b"anything").status_code == 401


def test_a_signature_by_a_key_that_is_not_known_is_refused(pair):
    frame = envelope(pair, [Scribe().submitted()])
    headers = signed(pair, "/envelopes", frame, key_id="somebody")
    assert post(pair.hall, "/envelopes", frame, headers).status_code == 401
    assert entries_at(pair.hall) == 0


def test_a_signature_for_another_path_is_refused(pair):
    frame = envelope(pair, [Scribe().submitted()])
    assert post(pair.hall, "/envelopes", frame, signed(pair, "/feed", frame)).status_code == 401


@pytest.mark.parametrize("value", ["", "x", "sig1=()", 'sig1=("@path");keyid=7', "sig1=:%%:"])
@pytest.mark.parametrize("name", ["Signature", "Signature-Input", "Content-Digest"])
def test_garbage_for_a_signature_is_answered_with_401(pair, name, value):
    frame = envelope(pair, [Scribe().submitted()])
    headers = {**signed(pair, "/envelopes", frame), name: value}
    assert post(pair.hall, "/envelopes", frame, headers).status_code == 401


def test_a_frame_of_another_terminal_is_refused(pair, a_terminal):
    other = enrolled(pair.hall, a_terminal())
    frame = envelope(other, [Scribe().submitted()])
    answer = post(pair.hall, "/envelopes", frame, signed(pair, "/envelopes", frame))
    assert (answer.status_code, answer.get_json()["code"]) == (422, "bad_frame")


@pytest.mark.parametrize("header", [{"to": "another hall"}, {"kind": "pull"}, {"from": "somebody"}])
def test_a_frame_with_another_address_is_refused(pair, header):
    frame = envelope(pair, [Scribe().submitted()], **header)
    answer = post(pair.hall, "/envelopes", frame, signed(pair, "/envelopes", frame))
    assert (answer.status_code, answer.get_json()["code"]) == (422, "bad_frame")
    assert entries_at(pair.hall) == 0


def test_every_hundredth_flipped_byte_of_an_envelope_is_refused_and_stores_nothing(pair):
    scribe = Scribe()
    frame = envelope(pair, [scribe.submitted()], scribe.keys)
    before = pair.hall.row_counts()
    for position in range(0, len(frame), len(frame) // 40):
        altered = bytearray(frame)
        altered[position] ^= 0x80
        data = bytes(altered)
        answer = post(pair.hall, "/envelopes", data, signed(pair, "/envelopes", data))
        assert answer.status_code == 422, position
    assert pair.hall.row_counts() == before


PAYLOADS = [
    None,
    [],
    {},
    {"entries": []},
    {"entries": {}, "keys": {}},
    {"entries": [{}], "keys": {}},
    {"entries": [7], "keys": {}},
    {"entries": [], "keys": []},
    {"entries": [], "keys": {"s": "zz"}},
    {"entries": [], "keys": {"s": 7}},
]


@pytest.mark.parametrize("payload", PAYLOADS, ids=json.dumps)
def test_a_payload_that_no_terminal_sends_is_refused(pair, payload):
    frame = a_frame(pair, "envelope", payload)
    answer = post(pair.hall, "/envelopes", frame, signed(pair, "/envelopes", frame))
    assert 400 <= answer.status_code < 500 or answer.status_code == 200
    assert entries_at(pair.hall) == 0


@pytest.mark.parametrize("after", [-1, 2**53 - 1, "many", None, [], 1.5])
def test_a_cursor_that_no_terminal_has_is_refused(pair, after):
    frame = a_frame(pair, "pull", pair._status(None), after=after)
    answer = post(pair.hall, "/feed", frame, signed(pair, "/feed", frame))
    assert answer.status_code < 500


STRANGE = [{"pending": "x"}, {"oldest_at": 2**62}]
STRANGE += [{"release_refused": told} for told in ("x", [1], {"release": "x"})]
STRANGE += [{"disk_total": told} for told in ("x", [], 0, -1, 2**62)]
STRANGE += [{"certificate_ends": told} for told in ("x", 2**62)]
STRANGE += [{"devices": told} for told in ({}, [None], [{"id": "x"}], ["x"] * 101)]


@pytest.mark.parametrize("status", [None, [], {}, *STRANGE])
def test_a_report_that_no_terminal_makes_is_refused(pair, status):
    if isinstance(status, dict) and status:
        status = {**pair._status(None), **status}
    frame = a_frame(pair, "pull", status, after=0)
    answer = post(pair.hall, "/feed", frame, signed(pair, "/feed", frame))
    assert 400 <= answer.status_code < 500


@pytest.mark.parametrize(
    "asked",
    [
        None,
        [],
        {},
        {"release": "0" * 64},
        {"release": "0" * 64, "offset": "x"},
        {"release": "0" * 64, "offset": -1},
        {"release": "0" * 64, "offset": 2**62},
    ],
    ids=str,
)
def test_a_question_for_a_release_that_no_terminal_asks_is_refused(small_pair, asked):
    frame = a_frame(small_pair, "fetch", asked)
    answer = post(small_pair.hall, "/releases", frame, signed(small_pair, "/releases", frame))
    assert (answer.status_code, answer.get_json()["code"]) == (422, "bad_frame")


@pytest.mark.parametrize("release", ["0" * 64, "../../keys/master", "", "current"])
def test_what_is_no_release_of_the_hall_has_no_bytes(small_pair, release):
    frame = a_frame(small_pair, "fetch", {"release": release, "offset": 0})
    answer = post(small_pair.hall, "/releases", frame, signed(small_pair, "/releases", frame))
    hall = small_pair.hall.parts.identity.public.signing
    piece = unpack(answer.data).open(hall, small_pair.line.identity.sealing)
    assert (piece["total"], piece["data"]) == (0, "")


def a_frame(pair: Pair, kind: str, payload: object, **more: object) -> bytes:
    peer = pair.peer()
    header = {"kind": kind, "from": peer.terminal_id, "to": peer.hall_id, **more}
    reader = PublicIdentity.from_hex(peer.hall_public).sealing
    return pack(header, payload, pair.line.identity.signing, reader)


def test_json_of_more_values_than_anything_honest_has_is_refused_before_it_is_read(hall):
    bomb = b"[" + b"[]," * 200_000 + b"[]]"
    answer = hall.client().post("/sync/v1/enrolments", data=bomb, content_type="application/json")
    assert (answer.status_code, answer.get_json()["code"]) == (422, "json_malformed")
