"""A terminal names another village's case: it gets nothing of it and changes nothing of it."""

import pytest

from kiosk.cases import bodies, desk, service
from sync import keys
from sync.envelope import pack
from sync.identity import PublicIdentity
from tests.builders.cases import a_case_at
from tests.builders.entries import Scribe, envelope, opened
from tests.builders.machines import Machine, Pair, enrolled
from tests.builders.restores import states

OWN = b"k" * 32


def key_at(machine: Machine, subject: str) -> bytes:
    with machine.reading() as session:
        return keys.fetch(session, machine.parts.keyring, [subject])[subject]


def keys_told(pair: Pair) -> dict[str, str]:
    """The keys that the hall gives a terminal with its lost entries."""
    peer = pair.peer()
    header = {"kind": "lost", "from": peer.terminal_id, "to": peer.hall_id}
    reader = PublicIdentity.from_hex(peer.hall_public).sealing
    frame = pack(header, {"after": []}, pair.terminal.parts.identity.signing, reader)
    told = opened(pair, pair.line.post("/entries", frame))
    assert told["entries"]
    return told["keys"]


@pytest.fixture
def neighbours(hall, a_terminal) -> tuple[Pair, Pair]:
    return enrolled(hall, a_terminal()), enrolled(hall, a_terminal())


@pytest.fixture
def one_hall(a_hall, a_terminal) -> tuple[Pair, Pair]:
    hall = a_hall("sqlite")
    return enrolled(hall, a_terminal()), enrolled(hall, a_terminal())


def said_of(pair: Pair, subject: str, kind: str, body: bytes, **changes: object) -> str:
    """Send an entry about a case, with a key that is none of the case's; return the verdict."""
    scribe = Scribe()
    entry = scribe.write(kind, subject, body, **changes)
    answer = opened(pair, pair.line.post("/envelopes", envelope(pair, [entry], {subject: OWN})))
    return answer["verdicts"][0]["verdict"]


def test_the_key_of_a_case_goes_back_to_its_own_terminal_alone(neighbours):
    village, other = neighbours
    case_id = a_case_at(village.terminal).case_id
    village.settle()
    assert said_of(other, case_id, "case.withdrawn", b"x") == "quarantined"
    assert keys_told(other) == {}
    assert keys_told(village) == {case_id: key_at(village.terminal, case_id).hex()}


def test_a_day_at_the_counter_that_bears_the_name_of_a_case_gets_no_key(one_hall):
    village, other = one_hall
    case_id = a_case_at(village.terminal).case_id
    figures = ("wait_median", "wait_p90", "service_median", "service_p90")
    nulls = b",".join(b'"%s":null' % each.encode() for each in figures)
    day = b'{"day":"2026-01-05","drawn":0,"served":0,"dropped":0,%s}' % nulls
    scribe = Scribe()
    entry = scribe.write("counter.day", case_id, day)
    answer = opened(other, other.line.post("/envelopes", envelope(other, [entry])))
    assert answer["verdicts"][0]["verdict"] == "applied"
    village.settle()
    assert keys_told(other) == {}
    assert key_at(village.terminal, case_id).hex() in keys_told(village).values()


def test_a_case_of_which_nothing_was_applied_gives_its_key_back_while_nobody_else_names_it(
    one_hall,
):
    village, other = one_hall
    scribe = Scribe()
    poison = scribe.poison()
    village.line.post("/envelopes", envelope(village, [poison], scribe.keys))
    assert keys_told(village) == {poison.subject: scribe.keys[poison.subject].hex()}
    said_of(other, poison.subject, "case.withdrawn", b"x")
    assert keys_told(other) == {}


def test_no_terminal_changes_the_key_of_anothers_case(neighbours):
    village, other = neighbours
    case_id = a_case_at(village.terminal).case_id
    village.settle()
    before = key_at(village.hall, case_id)
    body = bodies.seal(OWN, case_id, "case.withdrawn", {})
    assert said_of(other, case_id, "case.withdrawn", body) == "quarantined"
    assert key_at(village.hall, case_id) == before == key_at(village.terminal, case_id)


def test_what_another_terminal_says_of_a_case_does_not_stand_before_its_own_later_steps(
    neighbours,
):
    village, other = neighbours
    receipt = a_case_at(village.terminal)
    case_id = receipt.case_id
    village.settle()
    said_of(other, case_id, "case.withdrawn", b"x", subject_seq=2**53 - 1)
    hall = village.hall
    hall.within(desk.decide, hall.parts, case_id, "accept", "clerk-1", "", ())
    village.terminal.within(service.withdraw, village.terminal.parts, case_id)
    village.pull()
    assert states(village.terminal) == {case_id: (receipt.number, "withdrawn")}
