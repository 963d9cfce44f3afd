"""The feed of a terminal: in order, without gaps, in the commit of what it tells of."""

import threading
from collections.abc import Callable
from contextlib import suppress

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from kiosk.operators import service
from kiosk.operators.model import Operator
from sync import feed, watermark
from sync.envelope import BadFrame
from sync.feed import FeedItem
from sync.ledger import Terminal
from sync.state import InboxItem
from tests.builders.machines import STATION, Machine, Pair, enrolled


def publish(pair: Pair, how_many: int = 1, kind: str = "notice") -> None:
    for number in range(how_many):
        with pair.hall.writing() as session:
            feed.publish(session, pair.terminal_id, kind, None, b"%d" % number, 1)


def seqs(pair: Pair) -> list[int]:
    with pair.hall.reading() as session:
        return [item.seq for item in feed.since(session, pair.terminal_id, 0)]


def test_numbers_have_no_gap_when_many_publish_at_once(pair):
    threads = [threading.Thread(target=publish, args=(pair, 20)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seqs(pair) == list(range(1, 101))
    assert pair.known_terminal().feed_head == 100


def test_a_rolled_back_fact_leaves_no_gap(pair):
    publish(pair)
    with pytest.raises(RuntimeError), pair.hall.writing() as session:
        feed.publish(session, pair.terminal_id, "notice", None, b"", 1)
        raise RuntimeError
    publish(pair)
    assert seqs(pair) == [1, 2]


def test_each_terminal_has_numbers_of_its_own(pair, a_terminal):
    other = enrolled(pair.hall, a_terminal())
    publish(pair, 2)
    publish(other, 3)
    assert (seqs(pair), seqs(other)) == ([1, 2], [1, 2, 3])


def test_a_feed_longer_than_one_answer_is_read_to_its_end_in_order(pair, monkeypatch):
    monkeypatch.setattr(feed, "MAX_ITEMS", 4)
    publish(pair, 10)
    pair.pull()
    with pair.terminal.reading() as session:
        kept = session.query(InboxItem).order_by(InboxItem.seq).all()
    assert [item.seq for item in kept] == list(range(1, 11))
    assert pair.peer().feed_cursor == 10
    pair.pull()
    with pair.hall.reading() as session:
        assert session.get_one(Terminal, pair.terminal_id).feed_cursor == 10


def test_a_kind_of_tomorrow_is_kept_and_not_applied(pair):
    publish(pair, kind="notice.of.tomorrow")
    pair.pull()
    with pair.terminal.reading() as session:
        item = session.get_one(InboxItem, 1)
    assert (item.kind, item.applied, item.body) == ("notice.of.tomorrow", False, b"0")


def test_an_answer_that_is_pulled_twice_is_applied_once(pair):
    publish(pair)
    answers = []
    whole = pair.line.post

    def first_answered_twice(path: str, frame: bytes) -> bytes:
        answers.append(whole(path, frame))
        if len(answers) == 1:
            # Another pull comes between this one's question and its answer.
            pair.line.post = whole
            pair.pull()
        return answers[0]

    pair.line.post = first_answered_twice
    pair.pull()
    assert pair.peer().feed_cursor == 1
    with pair.terminal.reading() as session:
        assert session.query(InboxItem).count() == 1


def test_an_item_that_cannot_be_applied_is_kept_and_stops_no_other(pair):
    publish(pair, kind="operator.set")
    operator = pair.hall.within(service.create, "li.ming", "李明", "staff", "x" * 12, (STATION,))
    pair.pull()
    assert pair.peer().feed_cursor == 2
    with pair.terminal.reading() as session:
        assert session.get_one(InboxItem, 1).applied is False
        assert session.get_one(Operator, operator.id).username == "li.ming"


def test_a_hall_that_was_restored_from_yesterday_is_heard_again(pair):
    publish(pair, 3)
    pair.pull()
    with pair.hall.writing() as session:
        # What the backup does not have: the last two items.
        session.query(FeedItem).filter(FeedItem.seq > 1).delete()
        session.get_one(Terminal, pair.terminal_id).feed_head = 1
    pair.pull()
    publish(pair, kind="notice.after.it")
    pair.pull()
    with pair.terminal.reading() as session:
        kinds = [item.kind for item in session.query(InboxItem).order_by(InboxItem.seq)]
    assert kinds == ["notice"] * 3 + ["notice.after.it"]


def test_an_item_that_cannot_be_kept_is_blamed_itself_and_nothing_is_lost(pair):
    publish(pair, 3)
    with pair.terminal.writing() as session:
        # What no terminal does: its place in the inbox is taken.
        taken = InboxItem(seq=2, kind="x", subject=None, recorded_at=1, body=b"", applied=True)
        session.add(taken)
    with pytest.raises(BadFrame, match="item 2 of the feed cannot be kept"):
        pair.pull()
    assert pair.peer().feed_cursor == 0
    with pair.terminal.writing() as session:
        session.delete(session.get_one(InboxItem, 2))
    pair.pull()
    assert pair.peer().feed_cursor == 3


def at_once(hall: Machine, *deeds: Callable[[Session], None]) -> list[Exception]:
    """Do each in a transaction of its own, none going on after its first row before all have one.

    Return what ended them.
    """
    first, ended = threading.Barrier(len(deeds)), list[Exception]()
    begun = threading.local()

    def hear(_connection, _cursor, statement, *_more) -> None:
        if statement.startswith("UPDATE terminal") and not hasattr(begun, "row"):
            begun.row = True
            # Whoever waits for the other's row never comes here.
            with suppress(threading.BrokenBarrierError):
                first.wait(0.5)

    def run(deed: Callable[[Session], None]) -> None:
        try:
            with hall.writing() as session:
                deed(session)
        except Exception as error:
            ended.append(error)

    event.listen(hall.engine, "after_cursor_execute", hear)
    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        event.remove(hall.engine, "after_cursor_execute", hear)
    return ended


def test_news_to_many_and_the_marks_of_a_backup_do_not_wait_for_each_other(a_hall, a_terminal):
    hall = a_hall("postgresql")
    one, two = sorted(enrolled(hall, a_terminal()).terminal_id for _ in range(2))
    marks = {two: (1, 2, 0), one: (1, 1, 0)}

    def tell(*to: str) -> Callable[[Session], None]:
        return lambda session: feed.publish_to_all(session, to, "notice", b"{}", 1)

    assert at_once(hall, lambda session: watermark.move(session, marks), tell(one, two)) == []
    assert at_once(hall, tell(one, two), tell(two, one)) == []
    with hall.reading() as session:
        rows = [session.get_one(Terminal, each) for each in (one, two)]
    assert [row.backed_up_seq for row in rows] == [1, 2]
    assert {row.feed_head for row in rows} == {rows[0].feed_head}
