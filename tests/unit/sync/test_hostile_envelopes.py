"""What a terminal with a key and bad intent writes in version 2: refused whole, or waits alone."""

from collections.abc import Callable
from typing import Any

import pytest
import zstandard
from sqlalchemy import func, select

from kiosk import clock, crypto
from kiosk.cases import bodies
from kiosk.cases.proof import prove
from sync import columns, dictionaries, packed
from sync.envelope import Entry, pack
from sync.expecting import ExpectedBlob
from sync.identity import PublicIdentity
from sync.ledger import LedgerEntry
from sync.transport import HallRefuses
from tests.builders.entries import Scribe, opened
from tests.builders.machines import Pair

SHA = "0f" * 32
DICTIONARY = dictionaries.agreed(dictionaries.names()[-1])


def frame_of(pair: Pair, run: list[Entry], payload: Any, **header: Any) -> bytes:
    peer = pair.peer()
    full = {
        **{"kind": "envelope", "from": peer.terminal_id, "to": peer.hall_id, "epoch": 1},
        **{"first": 1, "last": len(run), "head": run[-1].digest.hex(), **header},
    }
    reader = PublicIdentity.from_hex(peer.hall_public).sealing
    return pack(full, payload, pair.terminal.parts.identity.signing, reader, 2)


def kept(pair: Pair) -> int:
    with pair.hall.reading() as session:
        rows = (
            session.scalar(select(func.count()).select_from(t)) for t in (LedgerEntry, ExpectedBlob)
        )
        return sum(rows)


def _without(column: int) -> Callable[[dict[str, Any]], Any]:
    def change(payload: dict[str, Any]) -> Any:
        del payload["entries"][column]
        return payload

    return change


@pytest.mark.parametrize(
    "change",
    [
        lambda payload: None,
        lambda payload: [payload],
        lambda payload: {**payload, "entries": [payload["entries"]] * 14},
        lambda payload: {**payload, "entries": [[]] * 50_000},
        lambda payload: {**payload, "keys": payload["keys"][:-1]},
        lambda payload: {**payload, "keyless": [0]},
        lambda payload: {**payload, "entries": [2**60, *payload["entries"][1:]]},
        _without(0),
        _without(13),
    ],
)
def test_a_malformed_envelope_is_refused_and_nothing_of_it_is_kept(small_pair, change):
    scribe = Scribe()
    run = [scribe.submitted(blobs=(SHA,)), scribe.submitted()]
    payload = change(columns.written(run, scribe.keys))
    with pytest.raises(HallRefuses, match="422"):
        small_pair.line.post("/envelopes", frame_of(small_pair, run, payload))
    assert kept(small_pair) == 0


@pytest.mark.parametrize(
    "plain", [b"\x91" * 200_000, b"\xdd\xff\xff\xff\xff", b"\x90" * 9_000_000, b""]
)
def test_a_payload_that_is_a_bomb_or_cut_off_is_refused(small_pair, monkeypatch, plain):
    scribe = Scribe()
    run = [scribe.submitted()]
    with monkeypatch.context() as writer:
        writer.setattr("sync.packed.dumps", lambda value: plain)
        frame = frame_of(small_pair, run, {})
    with pytest.raises(HallRefuses, match="422"):
        small_pair.line.post("/envelopes", frame)
    assert kept(small_pair) == 0


def test_a_head_that_does_not_follow_is_refused(small_pair):
    scribe = Scribe()
    run = [scribe.submitted()]
    frame = frame_of(small_pair, run, columns.written(run, scribe.keys), head="0" * 64)
    with pytest.raises(HallRefuses, match="422"):
        small_pair.line.post("/envelopes", frame)
    assert kept(small_pair) == 0


def _unknown_dictionary(key: bytes, context: bytes) -> bytes:
    own = zstandard.train_dictionary(
        2048, [b"%d%d" % (n, n * n) * 20 for n in range(500)], dict_id=40_000
    )
    return crypto.encrypt(key, zstandard.ZstdCompressor(dict_data=own).compress(b"{}"), context)


def _bomb(key: bytes, context: bytes) -> bytes:
    data = b'{"a":"' + b"0" * bodies.MAX_BODY_BYTES + b'"}'
    return crypto.encrypt(key, dictionaries.packed(data, DICTIONARY), context)


def _file_of_another(key: bytes, context: bytes) -> bytes:
    return crypto.encrypt(key, dictionaries.packed(b'{"files":\xfd\x01}', DICTIONARY), context)


def _cut_off(key: bytes, context: bytes) -> bytes:
    return crypto.encrypt(key, dictionaries.packed(b'{"a":\xff12', DICTIONARY), context)


@pytest.mark.parametrize("body", [_unknown_dictionary, _bomb, _file_of_another, _cut_off])
def test_a_body_that_cannot_be_unpacked_waits_alone_and_the_others_go_on(small_pair, body):
    scribe = Scribe()
    good = scribe.submitted()
    subject = clock.new_id()
    scribe.keys[subject] = crypto.new_key()
    sealed = body(scribe.keys[subject], f"{subject}:case.submitted".encode())
    bad = scribe.write("case.submitted", subject, sealed, blobs=(SHA,))
    run = [good, bad, scribe.submitted()]
    frame = frame_of(small_pair, run, columns.written(run, scribe.keys))
    told = opened(small_pair, small_pair.line.post("/envelopes", frame))["verdicts"]
    ((place, verdict, reason),) = told["others"]
    assert (told["run"], place, verdict) == ([1, 1, 3], 1, "quarantined")
    assert reason in {"ValueError", "JSONDecodeError"}
    assert small_pair.hall.within(prove, small_pair.hall.parts).faults == []


def test_what_a_payload_may_say_besides_is_passed_over(small_pair):
    scribe = Scribe()
    run = [scribe.submitted()]
    payload = columns.written(run, scribe.keys)
    payload = {**payload, "mood": "well", "entries": [*payload["entries"], ["more"]]}
    assert packed.loads(packed.dumps(payload)) == payload
    told = opened(
        small_pair, small_pair.line.post("/envelopes", frame_of(small_pair, run, payload))
    )
    assert told["verdicts"]["others"] == []
