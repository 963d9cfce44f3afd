"""The watermark: what a backup has with its files, and every entry before it; told and taken."""

import pytest
from sqlalchemy import select, update

from sync import feed, watermark
from sync.ledger import LedgerEntry, Terminal
from tests.builders.cases import a_case_at
from tests.builders.machines import Pair


@pytest.fixture
def delivered(pair: Pair) -> Pair:
    """Three cases with their files, all at the hall."""
    for _ in range(3):
        a_case_at(pair.terminal)
    pair.settle()
    return pair


def blobs_of(pair: Pair, seq: int) -> str:
    with pair.hall.reading() as session:
        return session.scalars(select(LedgerEntry.blobs).where(LedgerEntry.seq == seq)).one()


def reached(pair: Pair, *, lacking: str = "") -> tuple[int, int]:
    with pair.hall.reading() as session:
        marks = watermark.reached(session, lambda sha: sha not in lacking)
    return marks[pair.terminal_id][:2]


def move(pair: Pair, place: tuple[int, int]) -> None:
    with pair.hall.writing() as session:
        watermark.move(session, {pair.terminal_id: (*place, 0)})


def test_the_mark_stops_before_the_first_entry_whose_file_is_not_there(delivered):
    assert reached(delivered) == (1, 3)
    assert reached(delivered, lacking=blobs_of(delivered, 2)) == (1, 1)
    assert reached(delivered, lacking=blobs_of(delivered, 1)) == (0, 0)


def test_before_a_later_epoch_comes_the_end_of_the_one_before(delivered):
    with delivered.hall.writing() as session:
        session.execute(update(LedgerEntry).where(LedgerEntry.seq == 3).values(epoch=2, seq=1))
        session.execute(update(Terminal).values(cursor_epoch=2, cursor_seq=1))
    lacking = blobs_of_epoch_two(delivered)
    assert reached(delivered) == (2, 1)
    assert reached(delivered, lacking=lacking) == (1, 2)


def blobs_of_epoch_two(pair: Pair) -> str:
    with pair.hall.reading() as session:
        return session.scalars(select(LedgerEntry.blobs).where(LedgerEntry.epoch == 2)).one()


def test_what_was_found_before_is_not_looked_at_again(delivered):
    move(delivered, (1, 2))
    assert reached(delivered, lacking=blobs_of(delivered, 1)) == (1, 3)


def test_a_terminal_is_told_with_its_feed_and_with_an_acknowledgement(delivered):
    move(delivered, (1, 2))
    delivered.pull()
    assert delivered.peer().backed_up == (1, 2)
    move(delivered, (1, 3))
    a_case_at(delivered.terminal)
    delivered.push()
    assert delivered.peer().backed_up == (1, 3)


def test_a_terminal_takes_less_from_a_hall_that_was_restored(delivered):
    move(delivered, (1, 3))
    delivered.pull()
    move(delivered, (1, 1))
    delivered.pull()
    assert delivered.peer().backed_up == (1, 1)


def test_a_hall_that_does_not_tell_changes_nothing(delivered):
    peer = delivered.peer()
    peer.backed_up_epoch, peer.backed_up_seq = 1, 2
    watermark.note(peer, {"cursor": {"epoch": 1, "seq": 3}})
    assert peer.backed_up == (1, 2)


def test_the_feed_is_marked_with_the_journal(delivered):
    with delivered.hall.writing() as session:
        head = feed.publish(session, delivered.terminal_id, "notice", None, b"{}", 0)
    with delivered.hall.reading() as session:
        marks = watermark.reached(session, lambda _: True)
    assert marks == {delivered.terminal_id: (1, 3, head)}
    with delivered.hall.writing() as session:
        watermark.move(session, marks)
    delivered.pull()
    assert delivered.peer().backed_up_feed == head
