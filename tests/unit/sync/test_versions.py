"""Programs of neighbouring releases: nothing is dropped, and who needs an update is said.

A terminal of the release before is `test_recorded`. Here a newer one writes to today's hall, and a
newer hall answers today's terminal.
"""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from kiosk.cases import desk
from kiosk.cases.awaiting import queue_state
from kiosk.cases.feedback import Feedback
from kiosk.cases.model import Case
from kiosk.cases.proof import prove
from kiosk.cases.queries import progress_of
from kiosk.hall.monitor import overview
from sync import feed, jobs
from sync.envelope import OtherVersion, entry_to_wire, pack, unpack
from sync.feed import Item
from sync.identity import PublicIdentity
from sync.ledger import LedgerEntry
from sync.pull import apply_kept, pull
from sync.state import InboxItem, Peer
from sync.transport import NeedsUpdate
from sync.versions import NEEDS_UPDATE, refused
from tests.builders.cases import a_case_at
from tests.builders.entries import Scribe, envelope, opened
from tests.builders.machines import Pair
from tests.builders.poison import Desk, told


def as_version_3(frame: bytes) -> bytes:
    """The frame with a version in its header that nobody speaks yet."""
    assert b'"v":2' in frame
    return frame.replace(b'"v":2', b'"v":3', 1)


def through(pair: Pair, change: Callable[[bytes], bytes]) -> None:
    """Let every frame of the terminal be changed on its way, as its program would write it."""
    post = pair.line.post
    pair.line.post = lambda path, frame: post(path, change(frame))


def answered(pair: Pair, change: Callable[[bytes], bytes]) -> None:
    """Let every answer be changed on its way, as a newer hall would write it."""
    post = pair.line.post
    pair.line.post = lambda path, frame: change(post(path, frame))


def count(machine, table: type) -> int:
    with machine.reading() as session:
        return session.scalar(select(func.count()).select_from(table))


# ---- a newer terminal, today's hall ----


def test_what_a_newer_terminal_says_besides_is_passed_over_and_unknown_entries_are_held(pair):
    scribe = Scribe()
    known = scribe.submitted()
    newer = scribe.submitted(version=2)
    entries = [
        known,
        newer,
        scribe.withdrawn(newer.subject),
        scribe.write("case.dreamt", known.subject, b"?"),
        scribe.submitted(),
    ]
    frame = envelope(pair, entries, scribe.keys, program="9.0.0", versions=[1, 2], mood="well")
    told_back = opened(pair, pair.line.post("/envelopes", frame))
    assert [(v["verdict"], v["reason"]) for v in told_back["verdicts"]] == [
        ("applied", None),
        ("held", "needs case.submitted of version 2, which program 9.0.0 wrote"),
        ("held", "an earlier entry of this case is quarantined or held"),
        ("held", "needs case.dreamt of version 1, which program 9.0.0 wrote"),
        ("applied", None),
    ]
    terminal = pair.known_terminal()
    assert (terminal.reported_version, terminal.reported_versions) == ("9.0.0", "1 2")
    assert pair.hall.within(prove, pair.hall.parts).faults == []
    words = pair.hall.within(overview)[0].words.en
    assert words == "3 entries wait for an update of the hall"


def test_unknown_members_of_an_envelope_and_of_its_entries_are_passed_over(small_pair):
    pair, scribe = small_pair, Scribe()
    entry = scribe.submitted()
    wire = {**entry_to_wire(entry), "colour": "red"}
    peer = pair.peer()
    frame = pack(
        {"kind": "envelope", "from": peer.terminal_id, "to": peer.hall_id, "colour": "red"},
        {
            "entries": [wire],
            "keys": {entry.subject: scribe.keys[entry.subject].hex()},
            "colour": "red",
        },
        pair.terminal.parts.identity.signing,
        PublicIdentity.from_hex(peer.hall_public).sealing,
    )
    answer = opened(pair, pair.line.post("/envelopes", frame))
    assert [v["verdict"] for v in answer["verdicts"]] == ["applied"]


@pytest.mark.parametrize("exchange", ["push", "pull"])
def test_a_frame_of_another_version_is_refused_with_those_that_are_read(pair, exchange):
    a_case_at(pair.terminal)
    through(pair, as_version_3)
    with pytest.raises(NeedsUpdate):
        getattr(pair, exchange)()
    assert count(pair.hall, LedgerEntry) == 0
    assert pair.known_terminal().unread_version == 3
    assert "writes version 3, this hall reads 2" in pair.hall.within(overview)[0].words.en


def test_the_refusal_names_the_versions_for_a_program_that_speaks_several(small_pair):
    pair = small_pair
    answers = []
    post = pair.line._ask

    def ask(method, path, body, headers):
        try:
            return post(method, path, body, headers)
        except NeedsUpdate as error:
            answers.append(str(error))
            raise

    pair.line._ask = ask
    through(pair, as_version_3)
    with pytest.raises(NeedsUpdate):
        pair.pull()
    assert answers == ["报文是第3版，中心能读第1、2版，需要升级。"]


def test_everything_is_kept_while_an_update_is_needed_and_sent_after_it(pair):
    receipts = [a_case_at(pair.terminal) for _ in range(3)]
    plain = pair.line.post
    through(pair, as_version_3)
    note_errors(pair, pair.push)
    queue = pair.terminal.within(queue_state, pair.terminal.parts)
    assert (queue.pending, queue.needs_update) == (3, True)
    pair.line.post = plain
    assert pair.push() == 3
    queue = pair.terminal.within(queue_state, pair.terminal.parts)
    assert (queue.pending, queue.needs_update) == (0, False)
    assert count(pair.hall, Case) == len(receipts)
    assert pair.known_terminal().unread_version is None


def note_errors(pair: Pair, duty: Callable[[], Any]) -> None:
    """Run a duty as the worker does, keeping its error for people to see."""

    def note(reason: str) -> None:
        with pair.terminal.writing() as session:
            session.get_one(Peer, 1).last_error = reason

    def go_on(supported: Any) -> None:
        with pair.terminal.writing() as session:
            refused(session.get_one(Peer, 1), supported)

    bell = pair.terminal.parts.doorbell
    duties = jobs.Duties(
        push=duty,
        pull=list,
        send_blobs=list,
        note_error=note,
        note_versions=go_on,
        doorbell=bell,
    )
    assert jobs._try(duties, "push", duty) == 0


# ---- an older hall, today's terminal ----


def older(pair: Pair, monkeypatch) -> None:
    """Let the hall be of a release that reads version 1 and knows no dictionary."""
    post = pair.line._ask

    def ask(*request):
        with monkeypatch.context() as program:
            program.setattr("sync.envelope._INFO", {1: b"jishiban frame 1"})
            program.setattr("sync.versions.SPOKEN", (1,))
            program.setattr("sync.dictionaries.names", list)
            return post(*request)

    pair.line._ask = ask


def versions_sent(pair: Pair) -> list[int]:
    return [unpack(frame).version for _, frame in pair.line.sent]


def test_the_highest_version_that_both_speak_is_written_from_the_enrolment_on(small_pair):
    a_case_at(small_pair.terminal)
    assert small_pair.push() == 1
    small_pair.pull()
    assert versions_sent(small_pair) == [2, 2]


def test_a_hall_that_has_told_nothing_is_written_to_in_version_1_and_without_a_dictionary(
    small_pair,
):
    with small_pair.terminal.writing() as session:
        peer = session.get_one(Peer, 1)
        peer.hall_versions = peer.hall_dictionaries = None
    a_case_at(small_pair.terminal)
    assert small_pair.push() == 1
    a_case_at(small_pair.terminal)
    assert small_pair.push() == 1
    assert versions_sent(small_pair) == [1, 2]
    with small_pair.hall.reading() as session:
        first, second = session.scalars(select(LedgerEntry.body).order_by(LedgerEntry.seq))
        assert count(small_pair.hall, Case) == 2
    assert len(second) < 0.8 * len(first)


def test_a_hall_that_became_older_is_written_to_in_what_it_says_that_it_reads(
    small_pair, monkeypatch
):
    pair = small_pair
    pair.pull()
    older(pair, monkeypatch)
    with pytest.raises(NeedsUpdate) as refusal:
        pair.pull()
    assert refusal.value.supported == [1]
    note_errors(pair, pair.pull)
    pair.pull()
    a_case_at(pair.terminal)
    assert pair.push() == 1
    assert (pair.peer().hall_versions, pair.peer().hall_dictionaries) == ("1", None)
    assert count(pair.hall, Case) == 1


@pytest.mark.parametrize("supported", [None, [], [9], ["2"], {"1": 2}, "1", [True]])
def test_a_refusal_that_names_no_version_of_ours_changes_nothing(small_pair, supported):
    before = small_pair.peer().hall_versions
    with small_pair.terminal.writing() as session:
        refused(session.get_one(Peer, 1), supported)
    assert small_pair.peer().hall_versions == before


# ---- a newer hall, today's terminal ----


def rewritten(pair: Pair, more: dict[str, Any]) -> Callable[[bytes], bytes]:
    """What adds members to header and payload of the hall's answers, sealed and signed anew."""
    hall, terminal = pair.hall.parts.identity, pair.terminal.parts.identity

    def rewrite(answer: bytes) -> bytes:
        frame = unpack(answer)
        payload = frame.open(hall.public.signing, terminal.sealing)
        header = {k: v for k, v in frame.header.items() if k not in ("v", "payload_sha256")}
        told = ({**header, "mood": "well"}, {**payload, **more})
        return pack(*told, hall.signing, terminal.public.sealing, frame.version)

    return rewrite


def test_what_a_newer_hall_says_besides_is_passed_over_and_its_program_is_kept(small_pair):
    a_case_at(small_pair.terminal)
    answered(small_pair, rewritten(small_pair, {"program": "9.0.0", "versions": [1, 2], "x": {}}))
    assert small_pair.push() == 1
    small_pair.pull()
    peer = small_pair.peer()
    assert (peer.hall_program, peer.hall_versions) == ("9.0.0", "1 2")


def test_an_answer_of_another_version_says_that_an_update_is_needed(small_pair):
    a_case_at(small_pair.terminal)
    plain = small_pair.line.post
    answered(small_pair, as_version_3)
    with pytest.raises(OtherVersion):
        small_pair.push()
    note_errors(small_pair, small_pair.push)
    assert small_pair.peer().last_error.startswith(NEEDS_UPDATE)
    small_pair.line.post = plain
    assert small_pair.push() == 1


def tell(pair: Pair, kind: str, subject: str | None, body: bytes) -> None:
    with pair.hall.writing() as session:
        feed.publish(session, pair.terminal_id, kind, subject, body, 1)


class Newer:
    """An applier of the next program: it knows one kind more, and remembers what it applied."""

    def __init__(self, pair: Pair) -> None:
        self.known = Feedback(pair.terminal.parts.keyring)
        self.applied: list[tuple[str, bytes]] = []

    def __call__(self, session, item: Item) -> bool:
        if item.kind == "case.sung":
            self.applied.append((item.kind, item.body))
            return True
        return self.known(session, item)


def test_items_of_unknown_kinds_are_kept_and_applied_by_the_next_program_in_order_and_once(
    small_pair,
):
    pair = small_pair
    case_id = a_case_at(pair.terminal).case_id
    pair.push()
    tell(pair, "case.sung", case_id, b"first")
    tell(pair, "hall.moved", None, b"?")
    tell(pair, "case.sung", case_id, b"second")
    pair.hall.within(desk.decide, pair.hall.parts, case_id, "accept", "clerk")
    pair.pull()
    progress = pair.terminal.within(progress_of, pair.terminal.parts, case_id)
    assert progress.state == "accepted"
    newer = Newer(pair)
    transactions = pair.terminal.transactions
    assert apply_kept(transactions, newer, "2.0") == 2
    assert [body for _, body in newer.applied] == [b"first", b"second"]
    assert apply_kept(transactions, newer, "2.0") == 0
    assert apply_kept(transactions, newer, "3.0") == 0
    assert len(newer.applied) == 2
    with pair.terminal.reading() as session:
        kept = session.scalars(select(InboxItem.kind).where(~InboxItem.applied)).all()
    assert kept == ["hall.moved"]


def test_a_verdict_that_an_older_program_kept_does_not_undo_what_was_decided_since(small_pair):
    pair = small_pair
    case_id = a_case_at(pair.terminal).case_id
    told(pair, "case.supplied", case_id, {"attachments": 1, "files": {}})
    pair.push()
    Desk(pair).set_aside(2)
    pair.hall.within(desk.decide, pair.hall.parts, case_id, "accept", "clerk")

    def older(session, item: Item) -> bool:
        known = Feedback(pair.terminal.parts.keyring)
        return item.kind != "entry.verdict" and known(session, item)

    pull(pair.exchange, older, pair._status)
    assert apply_kept(pair.terminal.transactions, Feedback(pair.terminal.parts.keyring), "2") == 1
    with pair.terminal.reading() as session:
        assert session.get_one(Case, case_id).state == "accepted"
