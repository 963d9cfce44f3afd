"""What a careless or hostile program writes in version 1: refused whole and named, or harmless."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from kiosk.cases.proof import prove
from sync.envelope import MAX_EPOCH, entry_to_wire, pack
from sync.expecting import ExpectedBlob, expect_missing
from sync.identity import PublicIdentity
from sync.ledger import LedgerEntry, Terminal
from sync.transport import HallRefuses
from tests.builders.entries import RELEASE, Scribe, envelope, opened
from tests.builders.machines import Pair


def wired(pair: Pair, entries: list[dict[str, Any]], keys: dict[str, Any]) -> bytes:
    """A frame of version 1 with entries as they are told."""
    peer = pair.peer()
    header = {"kind": "envelope", "from": peer.terminal_id, "to": peer.hall_id}
    reader = PublicIdentity.from_hex(peer.hall_public).sealing
    signing = pair.terminal.parts.identity.signing
    return pack(header, {"entries": entries, "keys": keys}, signing, reader)


def kept(pair: Pair) -> int:
    with pair.hall.reading() as session:
        return session.scalars(select(func.count()).select_from(LedgerEntry)).one()


def awaited(pair: Pair) -> list[str]:
    """The files that are expected, but for the release that no hall of a test has."""
    with pair.hall.reading() as session:
        found = session.scalars(select(ExpectedBlob.sha256)).all()
    return [sha for sha in found if sha != RELEASE]


def refused(pair: Pair, frame: bytes) -> None:
    """The frame is a `bad_frame`, nothing of it is kept, and nobody is taken for a fork."""
    before = kept(pair)
    with pytest.raises(HallRefuses, match="422: 报文无效"):
        pair.line.post("/envelopes", frame)
    assert kept(pair) == before
    with pair.hall.reading() as session:
        assert session.get_one(Terminal, pair.terminal_id).forked_at is None


def hexed(sha256: str) -> str:
    return f" {sha256}"


WRONG: list[tuple[str, Callable[[Any], Any]]] = [
    ("seq", lambda _: 1.0),
    ("seq", str),
    ("epoch", lambda _: "0_1"),
    ("epoch", lambda _: MAX_EPOCH + 1),
    ("version", lambda _: True),
    ("subject_seq", float),
    ("recorded_at", str),
    ("uptime_ms", lambda _: -(2**53)),
    ("kind", lambda _: 5),
    ("subject", lambda _: ["a"]),
    ("blobs", lambda _: {}),
    ("blobs", lambda _: ""),
    ("blobs", lambda _: [5]),
    ("body", lambda _: 7),
    ("prev_digest", lambda _: "00"),
    ("digest", str.upper),
    ("digest", hexed),
]


@pytest.mark.parametrize(("field", "change"), WRONG)
def test_a_value_of_another_type_or_form_makes_it_a_bad_frame(small_pair, field, change):
    scribe = Scribe()
    wire = entry_to_wire(scribe.submitted())
    keys = {subject: key.hex() for subject, key in scribe.keys.items()}
    refused(small_pair, wired(small_pair, [{**wire, field: change(wire[field])}], keys))


@pytest.mark.parametrize("key", ["ab", "AB" * 32, " " + "ab" * 32, 5, None, "ab" * 33])
def test_a_key_of_another_form_makes_it_a_bad_frame_and_is_not_kept_for_ever(small_pair, key):
    scribe = Scribe()
    entry = scribe.submitted()
    refused(small_pair, wired(small_pair, [entry_to_wire(entry)], {entry.subject: key}))
    told = opened(
        small_pair, small_pair.line.post("/envelopes", envelope(small_pair, [entry], scribe.keys))
    )
    assert [v["verdict"] for v in told["verdicts"]] == ["applied"]


@pytest.mark.parametrize("within", [True, False], ids=["one run", "a later run"])
def test_an_id_that_was_used_before_makes_it_a_bad_frame(pair, within):
    scribe = Scribe()
    first = scribe.submitted()
    before = (scribe.seq, scribe.prev)
    again = scribe.submitted(entry_id=first.entry_id)
    if within:
        refused(pair, envelope(pair, [first, again], scribe.keys))
        return
    pair.line.post("/envelopes", envelope(pair, [first], scribe.keys))
    refused(pair, envelope(pair, [again], scribe.keys))
    # The place is free for an entry with an id of its own.
    scribe.seq, scribe.prev = before
    told = opened(
        pair, pair.line.post("/envelopes", envelope(pair, [scribe.submitted()], scribe.keys))
    )
    assert [v["verdict"] for v in told["verdicts"]] == ["applied"]


ODD = ("hello", "..", "a" * 63, "AB" * 32)


def test_what_cannot_be_a_files_name_is_taken_and_never_asked_for(small_pair):
    pair, scribe = small_pair, Scribe()
    frame = envelope(pair, [scribe.submitted(blobs=(*ODD, "0f" * 32))], scribe.keys)
    told = opened(pair, pair.line.post("/envelopes", frame))
    assert [v["verdict"] for v in told["verdicts"]] == ["applied"]
    assert awaited(pair) == ["0f" * 32]
    found = pair.hall.within(prove, pair.hall.parts)
    assert found.faults == []


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("method", ["HEAD", "PATCH", "GET"])
def test_a_file_without_a_files_name_is_not_expected(small_pair, method, name):
    pair, scribe = small_pair, Scribe()
    pair.line.post("/envelopes", envelope(pair, [scribe.submitted(blobs=(name,))], scribe.keys))
    with pytest.raises(HallRefuses, match="answered 404"):
        pair.line._ask(method, f"/blobs/{name}", b"", {"Upload-Length": "1", "Upload-Offset": "0"})


def test_a_file_that_a_backup_lacks_is_expected_by_its_name_alone(small_pair):
    pair, scribe = small_pair, Scribe()
    pair.line.post("/envelopes", envelope(pair, [scribe.submitted(blobs=ODD)], scribe.keys))
    with pair.hall.writing() as session:
        terminal = session.get_one(Terminal, pair.terminal_id)
        expect_missing(session, terminal, pair.hall.parts.blobs)
    assert awaited(pair) == []


def test_an_entry_of_the_last_epoch_is_taken(small_pair):
    pair, scribe = small_pair, Scribe(epoch=MAX_EPOCH)
    told = opened(
        pair, pair.line.post("/envelopes", envelope(pair, [scribe.submitted()], scribe.keys))
    )
    assert [v["verdict"] for v in told["verdicts"]] == ["applied"]
