"""Frames and entries: what is accepted, what is refused, and that their bytes never change."""

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
import rfc8785
import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sync import bounded, envelope
from sync.envelope import (
    GENESIS,
    BadFrame,
    Entry,
    OtherVersion,
    canonical_fields,
    chain_digest,
    entry_from_wire,
    entry_to_wire,
    is_genuine,
    pack,
    unpack,
    walk,
)
from sync.identity import Identity
from tests.builders.entries import Scribe, sealed

GOLDEN = Path(__file__).parents[2] / "golden" / "wire"


def an_identity(seed: int) -> Identity:
    return Identity(
        Ed25519PrivateKey.from_private_bytes(bytes([seed] * 32)),
        X25519PrivateKey.from_private_bytes(bytes([seed + 1] * 32)),
    )


SENDER, READER, STRANGER = an_identity(1), an_identity(3), an_identity(5)


def a_frame(payload: object = None) -> bytes:
    header = {"kind": "envelope", "from": "t", "to": "h"}
    return pack(header, payload or {"entries": []}, SENDER.signing, READER.public.sealing)


def opened(data: bytes, signer: Identity = SENDER, reader: Identity = READER) -> object:
    return unpack(data).open(signer.public.signing, reader.sealing)


def an_entry() -> Entry:
    body = b"ciphertext"
    entry = Entry(
        epoch=1,
        seq=7,
        entry_id="01900000-0000-7000-8000-000000000001",
        subject="01900000-0000-7000-8000-000000000002",
        subject_seq=2,
        kind="case.withdrawn",
        version=1,
        recorded_at=1_763_900_000_000_000,
        uptime_ms=123_456,
        blobs=("ab" * 32,),
        body=body,
        body_sha256="",
        prev_digest=hashlib.sha256(b"before").digest(),
        digest=b"",
    )
    return sealed(entry, body)


def test_a_frame_gives_its_payload_back_to_its_reader():
    assert opened(a_frame({"a": [1, "二"]})) == {"a": [1, "二"]}


def test_every_flipped_byte_of_a_frame_is_refused():
    frame = a_frame()
    accepted = []
    for position in range(len(frame)):
        altered = bytearray(frame)
        altered[position] ^= 0x01
        try:
            opened(bytes(altered))
        except BadFrame:
            continue
        accepted.append(position)
    assert accepted == []


def test_another_payload_is_refused_before_it_is_opened():
    frame = a_frame()
    with pytest.raises(BadFrame, match="not the one the header names"):
        unpack(frame[:-1] + bytes([frame[-1] ^ 1]))


def test_every_truncation_of_a_frame_is_refused():
    frame = a_frame()
    for length in range(len(frame)):
        with pytest.raises(BadFrame):
            opened(frame[:length])


def test_a_frame_of_another_sender_is_refused():
    with pytest.raises(BadFrame, match="signature"):
        opened(a_frame(), signer=STRANGER)


def test_a_frame_for_another_reader_cannot_be_opened():
    with pytest.raises(BadFrame, match="cannot be opened"):
        opened(a_frame(), reader=STRANGER)


def test_two_frames_of_one_payload_differ_so_that_nothing_is_told_by_comparing():
    assert a_frame() != a_frame()


def of_version(version: bytes) -> bytes:
    """A frame with something else as the version in its header."""
    frame = a_frame().replace(b'"v":1', b'"v":' + version, 1)
    length = int.from_bytes(frame[4:8], "big") + len(version) - 1
    return frame[:4] + length.to_bytes(4, "big") + frame[8:]


def test_a_frame_of_another_version_is_refused():
    with pytest.raises(OtherVersion) as refusal:
        unpack(of_version(b"3"))
    assert refusal.value.version == 3


@pytest.mark.parametrize("version", [b'"1"', b"true", b"null", b"1.0"])
def test_a_frame_whose_version_is_no_whole_number_is_no_frame(version):
    with pytest.raises(BadFrame, match="names no version"):
        unpack(of_version(version))


def test_a_frame_that_is_too_large_is_refused_before_it_is_read():
    with pytest.raises(BadFrame, match="not a frame"):
        unpack(envelope.MAGIC + bytes(envelope.MAX_FRAME_BYTES))


@pytest.mark.parametrize("tells_its_size", [True, False])
def test_a_payload_that_unpacks_to_too_much_is_refused(monkeypatch, tells_its_size):
    too_much = b'"' + b"0" * (envelope.MAX_PAYLOAD_BYTES + 1) + b'"'
    packer = zstandard.ZstdCompressor(level=1, write_content_size=tells_its_size)
    with monkeypatch.context() as patched:
        patched.setattr(zstandard, "compress", lambda data, _level: packer.compress(data))
        patched.setattr(envelope.orjson, "dumps", lambda _payload: too_much)
        bomb = a_frame()
    assert len(bomb) < 100_000
    with pytest.raises(BadFrame):
        opened(bomb)


@pytest.mark.parametrize("more", [b"junk", zstandard.compress(b"{}")], ids=["bytes", "a frame"])
@pytest.mark.parametrize("version", [envelope.VERSION, envelope.PACKED])
@pytest.mark.parametrize("tells_its_size", [True, False])
def test_a_payload_with_more_behind_its_zstd_frame_is_refused(
    monkeypatch, version, more, tells_its_size
):
    packer = zstandard.ZstdCompressor(level=1, write_content_size=tells_its_size)
    keys = (SENDER.signing, READER.public.sealing)
    with monkeypatch.context() as patched:
        patched.setattr(zstandard, "compress", lambda data, _level: packer.compress(data) + more)
        frame = pack({"kind": "envelope"}, {"entries": []}, *keys, version)
    with pytest.raises(BadFrame):
        opened(frame)


@pytest.mark.parametrize("empty", [b"{}", b"[]", b"0", b'""'])
def test_a_payload_of_more_values_than_anything_honest_has_is_refused(empty):
    many = b"[" + b",".join([empty] * (bounded.MAX_VALUES + 1)) + b"]"
    bomb = a_frame(orjson.Fragment(many))
    assert len(bomb) < 4_000
    with pytest.raises(BadFrame, match="cannot be opened"):
        opened(bomb)


def test_a_header_larger_than_any_is_refused_before_it_is_read():
    frame = a_frame()
    length = int.from_bytes(frame[4:8], "big")
    padded = frame[8 : 8 + length - 1] + b',"more":[' + b"{}," * 50_000 + b"{}]}"
    with pytest.raises(BadFrame, match="header is too large"):
        unpack(frame[:4] + len(padded).to_bytes(4, "big") + padded + frame[8 + length :])


def test_a_whole_envelope_of_version_1_is_within_the_bounds():
    """Five hundred entries with as many files as their bodies can name, and the largest body."""
    scribe = Scribe()
    names = tuple(f"{number:064x}" for number in range(60))
    run = [scribe.write("case.submitted", "s" * 36, os.urandom(2_100), blobs=names)] * 499
    run.append(scribe.write("case.submitted", "s" * 36, os.urandom(4 * 1024 * 1024)))
    payload = {"entries": [entry_to_wire(entry) for entry in run], "keys": {}}
    assert len(opened(a_frame(payload))["entries"]) == 500


def test_a_payload_that_is_not_json_is_refused(monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(envelope.orjson, "dumps", lambda _payload: b"\xff\xfe not json")
        frame = a_frame()
    with pytest.raises(BadFrame):
        opened(frame)


def test_an_entry_survives_the_wire():
    assert entry_from_wire(json.loads(json.dumps(entry_to_wire(an_entry())))) == an_entry()


@pytest.mark.parametrize("name", [*canonical_fields(an_entry()), "body", "prev_digest", "digest"])
def test_an_entry_without_one_of_its_fields_is_refused(name):
    wire = entry_to_wire(an_entry())
    del wire[name]
    with pytest.raises(BadFrame):
        entry_from_wire(wire)


@pytest.mark.parametrize(
    "change",
    [
        {"seq": 8},
        {"epoch": 2},
        {"subject": "another"},
        {"subject_seq": 3},
        {"kind": "case.submitted"},
        {"version": 2},
        {"recorded_at": 1},
        {"uptime_ms": 1},
        {"entry_id": "another"},
        {"blobs": ()},
        {"body": b"another"},
        {"body_sha256": "00" * 32},
        {"prev_digest": bytes(32)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_altered_entry_is_not_genuine(change):
    assert is_genuine(an_entry())
    assert not is_genuine(replace(an_entry(), **change))


def test_an_entry_whose_body_was_wiped_still_proves():
    assert is_genuine(replace(an_entry(), body=b""))


def test_a_chain_goes_on_over_an_epoch():
    scribe = Scribe()
    chain = [scribe.write("k", "s", b"1"), scribe.write("k", "s", b"2")]
    scribe.epoch, scribe.seq = 2, 0
    chain.append(scribe.write("k", "s", b"3"))
    found = walk(chain)
    assert (found.place, found.digest, found.fault) == ((2, 1), chain[-1].digest, None)


@pytest.mark.parametrize("left_out", [0, 1])
def test_a_chain_with_an_entry_left_out_does_not_prove(left_out):
    scribe = Scribe()
    chain = [
        scribe.write("k", "s", b"1"),
        scribe.write("k", "s", b"2"),
        scribe.write("k", "s", b"3"),
    ]
    del chain[left_out]
    assert "does not follow" in str(walk(chain).fault)


@pytest.mark.parametrize("number", [2**53, 0, -1])
def test_numbers_that_no_terminal_writes_are_refused_as_malformed(number):
    with pytest.raises(BadFrame, match="out of range"):
        entry_from_wire({**entry_to_wire(an_entry()), "seq": number})


def golden_entry() -> dict[str, object]:
    entry = an_entry()
    return {
        "wire": entry_to_wire(entry),
        "canonical": canonical_fields(entry),
        "digest_after_genesis": chain_digest(GENESIS, canonical_fields(entry)).hex(),
    }


def test_an_entry_of_version_1_has_the_bytes_it_always_had(request):
    golden = GOLDEN / "entry_v1.json"
    if request.config.getoption("--update-golden"):
        golden.write_text(json.dumps(golden_entry(), indent=1, ensure_ascii=False) + "\n")
    assert golden_entry() == json.loads(golden.read_text())


def test_a_frame_of_version_1_can_always_be_read(request):
    """Sealing is random, so the golden file is a frame that was made once and must still open."""
    golden = GOLDEN / "frame_v1.hex"
    if request.config.getoption("--update-golden"):
        golden.write_text(
            a_frame({"entries": [entry_to_wire(an_entry())], "keys": {}}).hex() + "\n"
        )
    frame = bytes.fromhex(golden.read_text())
    header = unpack(frame).header
    assert {key: header[key] for key in ("kind", "from", "to", "v")} == {
        "kind": "envelope",
        "from": "t",
        "to": "h",
        "v": 1,
    }
    (wire,) = opened(frame)["entries"]
    assert entry_from_wire(wire) == an_entry()


@pytest.mark.parametrize("kind", ["case.submitted", '办件\t\u0001"\\/\u007f\u2028é', ""])
def test_the_digest_is_over_the_canonical_bytes_of_rfc_8785(kind):
    fields = {**canonical_fields(an_entry()), "kind": kind}
    expected = hashlib.sha256(GENESIS + rfc8785.dumps(fields)).digest()
    assert chain_digest(GENESIS, fields) == expected


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "k" * 41),
        ("kind", "case.\0withdrawn"),
        ("entry_id", "e" * 37),
        ("subject", "s" * 37),
        ("body_sha256", "0" * 65),
        ("blobs", ["ab" * 32, "ab" * 33]),
    ],
)
def test_texts_that_no_column_keeps_are_refused_as_malformed(field, value):
    with pytest.raises(BadFrame, match="does not fit"):
        entry_from_wire({**entry_to_wire(an_entry()), field: value})


def test_a_kind_as_long_as_its_column_is_taken():
    assert entry_from_wire({**entry_to_wire(an_entry()), "kind": "k" * 40}).kind == "k" * 40
