"""What no database keeps or compares, in a report or a question: refused as malformed, never a fault."""

from contextlib import suppress
from typing import Any

import pytest

from sync.envelope import pack
from sync.identity import PublicIdentity
from sync.transport import HallRefuses
from tests.builders.entries import Scribe, envelope
from tests.builders.machines import Machine, Pair, enrolled

NUL, FAR = "a\0b", 2**70


@pytest.fixture(params=["sqlite", "postgresql"])
def pair(request, a_hall, terminal: Machine) -> Pair:
    return enrolled(a_hall(request.param), terminal)


def ask(pair: Pair, path: str, kind: str, payload: Any, **header: Any) -> bytes:
    peer = pair.peer()
    full = {"kind": kind, "from": peer.terminal_id, "to": peer.hall_id, **header}
    reader = PublicIdentity.from_hex(peer.hall_public).sealing
    return pair.line.post(
        path, pack(full, payload, pair.terminal.parts.identity.signing, reader, 2)
    )


def report(pair: Pair) -> dict[str, Any]:
    return dict(pair._status(None))


@pytest.mark.parametrize(
    "odd",
    [
        {"error": NUL},
        {"version": NUL},
        {"release": NUL},
        {"release_refused": {"release": NUL, "reason": "size"}},
        {"release_refused": {"release": "0" * 64, "reason": NUL}},
        {"lost_words": [{"seq": 1, "kind": NUL, "subject": "", "recorded_at": 1, "body": ""}]},
        {"lost_words": [{"seq": 1, "kind": "k", "subject": NUL, "recorded_at": 1, "body": ""}]},
    ],
    ids=lambda odd: next(iter(odd)),
)
def test_a_text_that_no_database_keeps_makes_a_report_malformed(pair, odd):
    with pytest.raises(HallRefuses, match="422"):
        ask(pair, "/feed", "pull", report(pair) | odd, after=0)
    assert ask(pair, "/feed", "pull", report(pair), after=0)


def test_a_program_whose_version_no_database_keeps_is_heard_all_the_same(pair):
    assert ask(pair, "/feed", "pull", report(pair), after=0, program=NUL)
    assert pair.known_terminal().reported_version == "test"


PLACE = {"epoch": 1, "seq": 1, "digest": "00" * 32}


@pytest.mark.parametrize("odd", [{"epoch": 2**63}, {"seq": 2**63}, {"seq": -1}, {"digest": "x"}])
def test_a_place_that_there_cannot_be_makes_a_question_for_entries_malformed(pair, odd):
    with pytest.raises(HallRefuses, match="422"):
        ask(pair, "/entries", "lost", {"after": [PLACE | odd]})


@pytest.mark.parametrize(
    "odd",
    [
        {"life": "\0" * 36},
        {"reason": NUL},
        {"diverging": 2**63 - 1},
        {"head": PLACE | {"seq": 2**63}},
    ],
    ids=lambda odd: next(iter(odd)),
)
def test_a_wish_that_no_database_keeps_is_malformed(pair, odd):
    wish = {"life": "l" * 36, "reason": "restored", "diverging": 0, "epoch": 1, "head": PLACE}
    with pytest.raises(HallRefuses, match="422"):
        ask(pair, "/lives", "life", wish | odd)


@pytest.mark.parametrize("uptime", [-(2**63), -(2**53), 2**53])
def test_an_uptime_beyond_all_numbers_makes_an_envelope_malformed(pair, uptime):
    scribe = Scribe()
    with pytest.raises(HallRefuses, match="422"):
        run = [scribe.submitted(uptime_ms=uptime)]
        pair.line.post("/envelopes", envelope(pair, run, scribe.keys))


def test_a_release_or_a_file_of_a_case_of_an_odd_name_is_no_fault_either(pair):
    with suppress(HallRefuses):
        ask(pair, "/releases", "fetch", {"release": NUL, "offset": 0})
    with pytest.raises(HallRefuses):
        pair.line.fetch_piece("0f" * 32, "%00", 0, 10)
