"""The journal: in the commit of its case, without gaps, and any later change is found."""

import threading

import pytest
from sqlalchemy import text

from kiosk.cases.service import withdraw
from sync import journal
from sync.journal import Fact
from sync.restored_hall import LIVES_SKIPPED
from sync.state import Peer, peer_of
from tests.builders.cases import a_case_at, a_submission
from tests.builders.machines import Machine, Pair
from tests.builders.memory import little_memory


@pytest.fixture
def pair(small_pair) -> Pair:
    return small_pair


def a_fact(entry_id: str, subject: str = "s", body: bytes = b"body") -> Fact:
    return Fact(entry_id, subject, "case.submitted", body, (), 1_763_900_000_000_000, 5)


def append(machine: Machine, *facts: Fact, epoch: int = 1) -> None:
    with machine.writing() as session:
        for fact in facts:
            journal.append(session, fact, epoch)


def places(machine: Machine) -> list[tuple[int, int]]:
    with machine.reading() as session:
        entries = journal._all(session)
        return [(entry.epoch, entry.seq) for entry in entries]


def test_the_entry_is_gone_with_the_transaction_that_was_rolled_back(terminal):
    with pytest.raises(RuntimeError), terminal.writing() as session:
        journal.append(session, a_fact("1"), 1)
        raise RuntimeError
    assert places(terminal) == []


def test_a_case_and_its_entry_are_in_one_commit(pair):
    before = pair.terminal.row_counts()
    with pair.terminal.app.app_context():
        # Without room for the entry there must be no case either.
        with pair.terminal.writing() as session:
            session.execute(
                text(
                    "CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT RAISE(FAIL, 'full'); END"
                )
            )
        with pytest.raises(Exception, match="full"):
            a_case_at(pair.terminal, a_submission(pair.terminal))
    after = pair.terminal.row_counts()
    assert after["cases"] == before["cases"] == after["journal"] == 0
    assert after["subject_key"] == 0


def test_numbers_have_no_gap_when_many_write_at_once(terminal):
    def write(name: str) -> None:
        for number in range(25):
            append(terminal, a_fact(f"{name}-{number}", subject=name))

    threads = [threading.Thread(target=write, args=(str(n),)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert places(terminal) == [(1, seq) for seq in range(1, 101)]
    with terminal.reading() as session:
        assert journal.broken_link(session) is None


def test_the_entries_of_a_case_are_numbered_by_themselves(pair):
    first, second = a_case_at(pair.terminal), a_case_at(pair.terminal)
    pair.terminal.within(withdraw, pair.terminal.parts, first.case_id)
    with pair.terminal.reading() as session:
        assert [e.subject_seq for e in journal.of_subject(session, first.case_id)] == [1, 2]
        assert [e.subject_seq for e in journal.of_subject(session, second.case_id)] == [1]


def test_a_new_epoch_begins_at_one_and_is_linked_to_the_old(terminal):
    append(terminal, a_fact("1"), a_fact("2"))
    append(terminal, a_fact("3"), a_fact("4"), epoch=2)
    assert places(terminal) == [(1, 1), (1, 2), (2, 1), (2, 2)]
    with terminal.reading() as session:
        assert journal.broken_link(session) is None


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE journal SET body = x'00' WHERE seq = 2",
        "UPDATE journal SET kind = 'case.withdrawn' WHERE seq = 2",
        "UPDATE journal SET recorded_at = recorded_at + 1 WHERE seq = 2",
        "UPDATE journal SET subject = 'another' WHERE seq = 2",
        "UPDATE journal SET digest = zeroblob(32) WHERE seq = 2",
        "UPDATE journal SET prev_digest = zeroblob(32) WHERE seq = 2",
        "DELETE FROM journal WHERE seq = 1",
        "DELETE FROM journal WHERE seq = 2",
        "UPDATE journal SET seq = 9 WHERE seq = 3",
    ],
)
def test_any_later_change_breaks_the_chain(terminal, damage):
    append(terminal, *(a_fact(str(n), subject=str(n)) for n in range(3)))
    with terminal.reading() as session:
        assert journal.broken_link(session) is None
    with terminal.writing() as session:
        session.execute(text(damage))
    with terminal.reading() as session:
        assert journal.broken_link(session) is not None


def test_a_wiped_body_leaves_the_chain_whole(terminal):
    append(terminal, a_fact("1"), a_fact("2"))
    with terminal.writing() as session:
        session.execute(text("UPDATE journal SET body = x''"))
    with terminal.reading() as session:
        assert journal.broken_link(session) is None


def test_the_tail_is_what_lies_past_the_place(terminal):
    append(terminal, *(a_fact(str(n)) for n in range(5)))
    with terminal.reading() as session:
        assert [e.seq for e in journal.tail(session, (1, 3))] == [4, 5]
        assert [e.seq for e in journal.tail(session, (0, 0))] == [1, 2, 3, 4, 5]
        assert journal.tail(session, (1, 5)) == []


def test_one_run_keeps_to_its_limits(terminal, monkeypatch):
    append(terminal, *(a_fact(str(n), body=b"x" * 100) for n in range(6)))
    with terminal.reading() as session:
        monkeypatch.setattr(journal, "MAX_ENTRIES", 4)
        assert len(journal.tail(session, (0, 0))) == 4
        monkeypatch.setattr(journal, "MAX_BODY_BYTES", 250)
        assert len(journal.tail(session, (0, 0))) == 2
        # One entry that is larger than a run may be goes alone, or it would never go.
        monkeypatch.setattr(journal, "MAX_BODY_BYTES", 50)
        assert len(journal.tail(session, (0, 0))) == 1


def test_a_run_ends_with_its_epoch(terminal):
    append(terminal, a_fact("1"))
    append(terminal, a_fact("2"), epoch=2)
    with terminal.reading() as session:
        assert [(e.epoch, e.seq) for e in journal.tail(session, (0, 0))] == [(1, 1)]
        assert [(e.epoch, e.seq) for e in journal.tail(session, (1, 1))] == [(2, 1)]


def test_the_backlog_counts_what_the_hall_has_not_acknowledged(pair):
    receipts = [a_case_at(pair.terminal) for _ in range(3)]
    with pair.terminal.writing() as session:
        peer = peer_of(session)
        peer.ack_epoch, peer.ack_seq = 1, 1
    with pair.terminal.reading() as session:
        backlog = journal.backlog(session, session.get_one(Peer, 1))
    oldest = int(receipts[1].submitted_at.timestamp() * 1_000_000)
    assert (backlog.pending, backlog.oldest_at) == (2, oldest)


def test_entries_are_found_by_their_digests_whatever_epoch_a_restored_hall_has_granted(terminal):
    granted = 29_400_000 * LIVES_SKIPPED
    append(terminal, *(a_fact(f"1-{number}") for number in range(3)))
    append(terminal, *(a_fact(f"2-{number}") for number in range(2)), epoch=granted)
    with terminal.reading() as session:
        entries = list(journal._all(session))
        first, second = journal.head(session)[2], entries[1].digest
        # More than an envelope holds: it is asked in pieces.
        told = dict.fromkeys(range(3, 1_500), b"another") | {1: entries[0].digest, 2: first}
        with little_memory():
            assert journal.named(session, {1: second, 2: second}, granted) == [entries[1]]
            found = journal.named(session, told, granted)
        assert [(each.epoch, each.seq) for each in found] == [(1, 1), (granted, 2)]
        assert journal.named(session, {2: first}, granted - 1) == []
