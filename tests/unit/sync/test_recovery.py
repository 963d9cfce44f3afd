"""A terminal that was restored gets back what it wrote, and goes on in a new life."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from kiosk import clock, crypto
from kiosk.cases import bodies, desk, service
from kiosk.cases.model import Case
from kiosk.cases.proof import prove
from kiosk.cases.rebuilding import Rebuild
from kiosk.errors import Unavailable
from kiosk.materials.model import Material
from sync import journal, keys, lives, push, recovery
from sync.envelope import BadFrame
from sync.expecting import ExpectedBlob
from sync.ledger import LedgerEntry
from sync.state import Verdict
from sync.transport import HallRefuses, LineDown
from tests.builders.cases import PROMISED_ITEM, a_case_at, a_submission
from tests.builders.machines import Pair
from tests.builders.restores import begun, hall_begun, kept, numbers, places, states


def decided(pair: Pair, case_id: str, verb: str) -> None:
    pair.hall.within(desk.decide, pair.hall.parts, case_id, verb, "clerk-1", "", ())


def proved(pair: Pair) -> None:
    for machine in (pair.hall, pair.terminal):
        assert machine.within(prove, machine.parts).faults == []
    assert states(pair.hall) == states(pair.terminal)


@pytest.fixture(autouse=True)
def nobody_else_is_waited_for(monkeypatch):
    monkeypatch.setattr(lives, "WATCH", timedelta(0))


@pytest.fixture
def restored(small_pair, tmp_path):
    """Restores the terminal of a pair from a backup that was made before ``afterwards`` ran."""
    made: list[Pair] = []

    def restore(afterwards, *, declared: bool = True) -> Pair:
        folder = kept(small_pair.terminal, tmp_path / "backup")
        afterwards(small_pair)
        made.append(begun(small_pair, folder, declared=declared))
        return made[-1]

    yield restore
    for pair in made:
        pair.terminal.close()


def test_a_restored_terminal_takes_nothing_new_until_it_had_contact(small_pair, restored):
    pair = restored(lambda _: None)
    with pytest.raises(Unavailable) as refused:
        a_case_at(pair.terminal)
    assert refused.value.code == "terminal_recovering"
    assert places(pair.terminal) == []
    assert pair.recover()
    assert a_case_at(pair.terminal).number[6] == "1"
    assert places(pair.terminal) == [(2, 1)]
    pair.settle()
    proved(pair)


def test_a_restored_terminal_is_asked_again_for_what_was_given_up(small_pair, restored):
    pair = restored(lambda _: None)
    with pair.hall.writing() as session:
        told = {"terminal_id": pair.terminal_id, "subject": "x" * 36, "lost_at": clock.now()}
        session.add(ExpectedBlob(sha256="a" * 64, given_up_at=clock.now(), **told))
    assert pair.recover()
    assert pair.pull() == ["a" * 64]


@pytest.mark.parametrize("kind", ["case.supplied", "case.corrected", "help.step"])
def test_an_entry_of_what_is_not_here_does_not_stop_the_recovery(small_pair, restored, kind):
    def written(pair: Pair) -> None:
        a_case_at(pair.terminal)
        record(pair, kind)
        a_case_at(pair.terminal)
        pair.settle()

    pair = restored(written)
    assert pair.recover()
    assert len(states(pair.terminal)) == 2
    pair.settle()
    proved(pair)


def record(pair: Pair, kind: str) -> None:
    """Let the terminal record a step of a case or help that nobody has begun."""
    subject, key, now = clock.new_id(), crypto.new_key(), clock.now()
    body = bodies.seal(key, subject, kind, {"release": "", "attachments": [], "step": "x"})
    times = int(now.timestamp() * 1_000_000), clock.uptime_ms()
    with pair.terminal.writing() as session:
        keys.add(session, pair.terminal.parts.keyring, subject, key)
        fact = journal.Fact(clock.new_id(), subject, kind, body, (), *times)
        journal.append(session, fact, 1)


@pytest.mark.parametrize("killed", [False, True], ids=["at once", "killed between"])
def test_what_a_hall_that_was_restored_meanwhile_says_moves_the_case(
    small_pair, restored, tmp_path, killed
):
    case = a_case_at(small_pair.terminal).case_id
    small_pair.settle()
    hall = kept(small_pair.hall, tmp_path / "hall")

    def refused_and_withdrawn(pair: Pair) -> None:
        pair.hall.within(desk.decide, pair.hall.parts, case, "refuse", "clerk-1", "", ("why",))
        pair.terminal.within(service.withdraw, pair.terminal.parts, case)
        pair.push()

    pair = restored(refused_and_withdrawn)
    pair.line.faults = iter(["", "lost"])
    with pytest.raises(LineDown):
        pair.recover()
    after = hall_begun(pair, hall)
    if killed:
        with pytest.raises(InterruptedError):
            recovery.recover(after.exchange, ends_here)
    assert after.recover()
    after.settle()
    proved(after)
    assert states(after.hall)[case][1] == "withdrawn"
    after.hall.close()


def ends_here(_session, _entries) -> None:
    raise InterruptedError


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "noticed"])
def test_what_was_written_after_the_backup_comes_back_whole(small_pair, restored, declared):
    first = a_case_at(small_pair.terminal)
    small_pair.settle()
    lost = []

    def afterwards(pair: Pair) -> None:
        lost.extend(
            a_case_at(pair.terminal, a_submission(pair.terminal, PROMISED_ITEM)) for _ in "12"
        )
        pair.terminal.within(service.withdraw, pair.terminal.parts, first.case_id)
        pair.settle()
        decided(pair, lost[0].case_id, "accept")
        pair.pull()

    pair = restored(afterwards, declared=declared)
    if not declared:
        with pytest.raises(HallRefuses, match="has lost"):
            pair.pull()
    assert pair.recover()
    pair.settle()
    assert pair.fetch_files() == []
    proved(pair)
    assert states(pair.terminal) == states(small_pair.terminal)
    newest = a_case_at(pair.terminal)
    pair.settle()
    proved(pair)
    assert numbers(pair.hall) == sorted([first.number, *(r.number for r in lost), newest.number])
    with pair.terminal.reading() as session, small_pair.terminal.reading() as before:
        for column in (Case.idempotency_key, Case.person, Case.supply_by, Case.holder):
            query = select(Case.id, column).where(Case.number != newest.number).order_by(Case.id)
            assert session.execute(query).all() == before.execute(query).all()
        for material in before.scalars(select(Material)):
            again = session.get_one(Material, material.id)
            assert (again.sha256, again.case_id) == (material.sha256, material.case_id)
            assert pair.terminal.parts.blobs.has(again.sha256)


def test_a_repeat_of_what_was_handed_in_before_gets_the_same_receipt(small_pair, restored):
    key, submission = str(uuid.uuid4()), a_submission(small_pair.terminal).submission()
    first = []

    def afterwards(pair: Pair) -> None:
        first.append(pair.terminal.within(service.submit, pair.terminal.parts, submission, key))
        pair.settle()

    pair = restored(afterwards)
    assert pair.recover()
    again = pair.terminal.within(service.submit, pair.terminal.parts, submission, key)
    assert again == first[0]


def test_what_had_not_been_sent_at_the_time_of_the_backup_is_sent_before_the_new_life(
    small_pair, restored
):
    unsent = a_case_at(small_pair.terminal)
    pair = restored(lambda _: None)
    assert pair.recover()
    assert numbers(pair.hall) == [unsent.number]
    assert a_case_at(pair.terminal).number[6] == "1"
    pair.settle()
    assert places(pair.terminal) == [(1, 1), (2, 1)]
    proved(pair)


def test_a_queue_that_takes_more_than_one_push_is_sent_before_the_new_life(
    small_pair, restored, monkeypatch
):
    monkeypatch.setattr(journal, "MAX_ENTRIES", 1)
    monkeypatch.setattr(push, "MOST_SECONDS", 0)
    unsent = [a_case_at(small_pair.terminal).number for _ in range(3)]
    pair = restored(lambda _: None)
    # What is not sent yet is no sign of another machine.
    assert [pair.recover() for _ in range(3)] == [False, False, True]
    assert sorted(numbers(pair.hall)) == sorted(unsent)
    proved(pair)


def test_a_verdict_on_what_waited_at_the_time_of_the_backup_is_heard(small_pair, restored):
    receipt = a_case_at(small_pair.terminal)
    small_pair.settle()
    decided(small_pair, receipt.case_id, "accept")
    decided(small_pair, receipt.case_id, "approve")
    small_pair.terminal.within(service.withdraw, small_pair.terminal.parts, receipt.case_id)

    def afterwards(pair: Pair) -> None:
        pair.push()
        a_case_at(pair.terminal)
        pair.settle()

    pair = restored(afterwards)
    assert pair.recover()
    pair.settle()
    with pair.terminal.reading() as session:
        told = [(row.seq, row.verdict) for row in session.scalars(select(Verdict))]
    assert told == [(2, "refused")]
    proved(pair)


def test_a_recovery_may_be_cut_anywhere_and_goes_on(small_pair, restored, monkeypatch):
    monkeypatch.setattr(journal, "MAX_ENTRIES", 2)

    def afterwards(pair: Pair) -> None:
        for _ in range(5):
            a_case_at(pair.terminal)
        pair.settle()

    a_case_at(small_pair.terminal)
    pair = restored(afterwards)
    for spared in range(40):
        # Each time the line holds for one frame more, and the answer of the next is lost.
        pair.line.faults = iter([*[""] * (spared % 4), "unheard", *["lost"] * 50])
        try:
            if pair.recover():
                break
        except LineDown:
            proved_so_far(pair)
    else:
        raise AssertionError("the recovery never ended")
    pair.line.faults = iter(())
    a_case_at(pair.terminal)
    pair.settle()
    assert pair.fetch_files() == []
    proved(pair)
    assert places(pair.terminal) == [*((1, seq) for seq in range(1, 7)), (2, 1)]


def proved_so_far(pair: Pair) -> None:
    found = pair.terminal.within(prove, pair.terminal.parts)
    assert found.faults == []


def test_a_rolled_back_terminal_applies_nothing_of_the_feed_before_its_cases_are_back(
    small_pair, restored
):
    def afterwards(pair: Pair) -> None:
        receipt = a_case_at(pair.terminal, a_submission(pair.terminal, PROMISED_ITEM))
        pair.settle()
        decided(pair, receipt.case_id, "accept")

    pair = restored(afterwards, declared=False)
    with pytest.raises(HallRefuses):
        pair.pull()
    assert pair.peer().feed_cursor == 0
    assert pair.recover()
    pair.settle()
    assert [state for _, state in states(pair.terminal).values()] == ["accepted"]


def test_a_piece_that_breaks_in_the_middle_leaves_nothing_of_itself(small_pair, restored):
    def afterwards(pair: Pair) -> None:
        for _ in range(3):
            a_case_at(pair.terminal)
        pair.settle()

    pair = restored(afterwards)

    def breaking(session, entries):
        Rebuild(pair.terminal.parts.keyring)(session, entries[:2])
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        recovery.recover(pair.exchange, breaking)
    counts = pair.terminal.row_counts()
    assert {counts[name] for name in ("journal", "cases", "subject_key", "expected_blob")} == {0}
    assert pair.recover()
    assert len(states(pair.terminal)) == 3


def test_entries_that_do_not_prove_are_not_taken(small_pair, restored):
    pair = restored(lambda pair: (a_case_at(pair.terminal), pair.settle()))
    with pair.hall.writing() as session:
        entry = session.scalars(select(LedgerEntry)).one()
        entry.recorded_at += 1
    with pytest.raises(BadFrame, match="do not prove"):
        pair.recover()
    assert pair.terminal.row_counts()["journal"] == 0


def test_what_nobody_can_read_comes_back_as_it_is_and_stops_nothing(small_pair, restored):
    def afterwards(pair: Pair) -> None:
        a_case_at(pair.terminal)
        for kind, version in (("case.corrected", 1), ("case.supplied", 1), ("help.step", 1)):
            poison(pair, kind, version, {"step": "fly", "files": {}, "operator": {}})
        poison(pair, "case.submitted", 2, {})
        poison(pair, "case.submitted", 1, {"number": "1", "token": "t", "operator": {"a": 1}})
        pair.settle()

    pair = restored(afterwards)
    assert pair.recover()
    assert len(places(pair.terminal)) == 6
    assert len(states(pair.terminal)) == 1


def poison(pair: Pair, kind: str, version: int, body: dict[str, object]) -> None:
    subject, key = clock.new_id(), crypto.new_key()
    sealed = bodies.seal(key, subject, kind, body)
    fact = journal.Fact(clock.new_id(), subject, kind, sealed, (), 1, 1, version)
    with pair.terminal.writing() as session:
        keys.add(session, pair.terminal.parts.keyring, subject, key)
        journal.append(session, fact, 1)
