"""An exchange without a line: what a stick brings there and back, in any order and state."""

import itertools

import pytest
from sqlalchemy import select

from kiosk.carriers import station
from kiosk.cases import desk
from kiosk.cases.model import Case
from sync.carrier import BadCarrier, parts_of
from sync.feed import FeedItem
from sync.ledger import Hall, LedgerEntry, Terminal
from sync.outbox import NO_LIMIT, Load
from tests.builders.carriers import (
    brought_back,
    entries_at_hall,
    expected_at_hall,
    loaded,
    place,
    round_trip,
    states,
    taken,
    weighed,
)
from tests.builders.cases import SHORT_ITEM, a_case_at
from tests.builders.machines import Pair, enrolled
from tests.builders.releases import released, renamed


def decide(pair: Pair, case_id: str, verb: str = "accept") -> None:
    pair.hall.within(desk.decide, pair.hall.parts, case_id, verb, "clerk-1")


def test_a_stick_brings_cases_and_pictures_and_the_answer_empties_the_queue(pair):
    receipts = [a_case_at(pair.terminal) for _ in range(3)]
    carrier, load = weighed(pair.terminal)
    assert (load.entries, load.left_entries, load.left_files) == (3, 0, 0)
    assert load.bytes == len(carrier)
    assert load.files > 0
    tally, answer = taken(pair.hall, carrier)
    assert (tally.entries, tally.new, tally.files, tally.trouble) == (3, 3, load.files, None)
    assert expected_at_hall(pair) == []
    assert place(pair) == (0, 0)
    news = brought_back(pair.terminal, answer)
    assert (news.entries, news.trouble, news.is_old) == (3, None, False)
    assert place(pair) == (1, 3)
    with pair.hall.reading() as session:
        at_hall = set(session.scalars(select(Case.number)))
    assert at_hall == {receipt.number for receipt in receipts}


def test_decisions_come_back_with_the_next_stick(small_pair):
    receipt = a_case_at(small_pair.terminal)
    round_trip(small_pair)
    decide(small_pair, receipt.case_id)
    news = round_trip(small_pair)
    assert news.items > 0
    assert states(small_pair) == ["accepted"]


def test_carriers_of_any_age_in_any_order_come_to_the_same_end(a_hall, a_terminal):
    """Every order of four deeds, each done twice: what happened before is only repeated."""
    pair = enrolled(a_hall("sqlite"), a_terminal())
    first = a_case_at(pair.terminal)
    old = loaded(pair.terminal)
    a_case_at(pair.terminal)
    new = loaded(pair.terminal)
    answers = [taken(pair.hall, old)[1], taken(pair.hall, new)[1]]
    decide(pair, first.case_id)
    answers.append(taken(pair.hall, old)[1])
    for order in itertools.permutations(answers):
        for answer in order:
            brought_back(pair.terminal, answer)
            brought_back(pair.terminal, answer)
        taken(pair.hall, old)
        assert (place(pair), entries_at_hall(pair)) == ((1, 2), 2)
        assert states(pair) == ["accepted", "submitted"]


def test_an_old_answer_takes_nothing_back_after_the_line_was_there(small_pair):
    a_case_at(small_pair.terminal)
    old = taken(small_pair.hall, loaded(small_pair.terminal))[1]
    a_case_at(small_pair.terminal)
    small_pair.settle()
    before = small_pair.peer()
    news = brought_back(small_pair.terminal, old)
    assert news.is_old
    after = small_pair.peer()
    assert (after.acknowledged, after.last_contact, after.skew_ms, after.feed_cursor) == (
        before.acknowledged,
        before.last_contact,
        before.skew_ms,
        before.feed_cursor,
    )


def test_a_stick_says_nothing_about_the_line(small_pair):
    a_case_at(small_pair.terminal)
    with small_pair.terminal.writing() as session:
        session.get_one(type(small_pair.peer()), 1).last_error = "no answer from the hall"
    round_trip(small_pair)
    assert small_pair.peer().last_error == "no answer from the hall"


def test_the_line_may_come_back_between_loading_and_the_answer(small_pair):
    a_case_at(small_pair.terminal)
    carrier = loaded(small_pair.terminal)
    small_pair.settle()
    tally, answer = taken(small_pair.hall, carrier)
    assert (tally.entries, tally.new) == (1, 0)
    a_case_at(small_pair.terminal)
    small_pair.push()
    assert brought_back(small_pair.terminal, answer).is_old
    assert place(small_pair) == (1, 2)


def test_the_line_may_push_while_a_stick_is_loaded(small_pair, monkeypatch):
    for _ in range(3):
        a_case_at(small_pair.terminal)
    monkeypatch.setattr("sync.journal.MAX_ENTRIES", 1)
    parts = parts_of(Feeding(small_pair))
    assert len(list(parts)) > 4
    assert place(small_pair) == (1, 4)


class Feeding:
    """Reads a carrier while it is loaded; between two parts a case is handed in and pushed."""

    def __init__(self, pair: Pair) -> None:
        self._pair, self._left = pair, b""
        self._pieces = station.loaded(
            pair.terminal.transactions, pair.terminal.parts, NO_LIMIT, Load()
        )
        self._count = itertools.count()

    def read(self, size: int, /) -> bytes:
        while not self._left:
            try:
                self._left = next(self._pieces)
            except StopIteration:
                return b""
            if next(self._count) == 5:
                a_case_at(self._pair.terminal)
                self._pair.push()
        given, self._left = self._left[:size], self._left[size:]
        return given


def test_a_hall_that_was_restored_is_sent_everything_again(small_pair):
    a_case_at(small_pair.terminal)
    small_pair.settle()
    assert loaded_entries(small_pair) == 0
    with small_pair.hall.writing() as session:
        terminal = session.get_one(Terminal, small_pair.terminal_id)
        terminal.cursor_epoch, terminal.cursor_seq, terminal.cursor_digest = 0, 0, bytes(32)
        session.query(LedgerEntry).delete()
        session.query(Case).delete()
    a_case_at(small_pair.terminal)
    tally, answer = taken(small_pair.hall, loaded(small_pair.terminal))
    assert (tally.gap, tally.new) == (True, 0)
    brought_back(small_pair.terminal, answer)
    assert place(small_pair) == (0, 0)
    assert round_trip(small_pair).entries == 2
    assert (place(small_pair), entries_at_hall(small_pair)) == ((1, 2), 2)


def loaded_entries(pair: Pair) -> int:
    return weighed(pair.terminal)[1].entries


def test_an_answer_from_before_the_restore_is_not_taken(small_pair):
    old = taken(small_pair.hall, loaded(small_pair.terminal))[1]
    with small_pair.hall.writing() as session:
        session.get_one(Hall, 1).epoch += 1
    a_case_at(small_pair.terminal)
    small_pair.settle()
    with pytest.raises(BadCarrier) as caught:
        brought_back(small_pair.terminal, old)
    assert caught.value.code == "outdated"


def test_what_has_no_room_comes_with_the_next_stick(small_pair, monkeypatch):
    monkeypatch.setattr("sync.journal.MAX_ENTRIES", 1)
    for _ in range(3):
        a_case_at(small_pair.terminal)
    _, whole = weighed(small_pair.terminal)
    without = len(loaded(small_pair.terminal, files=False))
    assert without < whole.bytes
    _, load = weighed(small_pair.terminal, without + 200)
    assert (load.entries, load.files) == (3, 0)
    assert load.left_files == whole.files
    few, load = weighed(small_pair.terminal, without - 200)
    assert len(few) <= without - 200
    assert (load.entries, load.left_entries) == (2, 1)
    assert brought_back(small_pair.terminal, taken(small_pair.hall, few)[1]).entries == 2
    # The hall has named what it lacks of these; the rest is in the queue.
    assert len(expected_at_hall(small_pair)) > 0
    round_trip(small_pair)
    assert (place(small_pair), expected_at_hall(small_pair)) == ((1, 3), [])


def test_pictures_that_the_line_did_not_bring_any_more_come_by_stick(small_pair):
    a_case_at(small_pair.terminal)
    small_pair.push()
    small_pair.pull()
    assert len(expected_at_hall(small_pair)) > 0
    carrier, load = weighed(small_pair.terminal)
    assert (load.entries, load.files) == (0, len(expected_at_hall(small_pair)))
    brought_back(small_pair.terminal, taken(small_pair.hall, carrier)[1])
    assert expected_at_hall(small_pair) == []
    assert weighed(small_pair.terminal)[1].files == 0


def test_the_catalogue_that_a_terminal_lacks_comes_along(small_pair):
    shipped = small_pair.terminal.parts.releases.shipped
    round_trip(small_pair)
    made = released(small_pair.hall, renamed(shipped, SHORT_ITEM))
    assert round_trip(small_pair).release == made
    assert small_pair.terminal.parts.releases.current.release == made
    round_trip(small_pair)
    assert len(taken(small_pair.hall, loaded(small_pair.terminal))[1]) < 5000


def test_more_news_than_one_frame_holds_come_with_one_stick(small_pair, monkeypatch):
    receipt = a_case_at(small_pair.terminal)
    round_trip(small_pair)
    monkeypatch.setattr("sync.feed.MAX_ITEMS", 1)
    for verb in ("accept", "approve", "deliver"):
        decide(small_pair, receipt.case_id, verb)
    with small_pair.hall.reading() as session:
        told = len(session.scalars(select(FeedItem)).all())
    assert round_trip(small_pair).items >= 3
    assert small_pair.peer().feed_cursor == told


def test_a_stick_that_is_old_says_nothing_new_of_the_terminal(small_pair):
    small_pair.settle()
    a_case_at(small_pair.terminal)
    old = loaded(small_pair.terminal)
    small_pair.settle()
    before = small_pair.known_terminal()
    taken(small_pair.hall, old)
    after = small_pair.known_terminal()
    assert (after.reported_pending, after.last_seen, after.skew_ms) == (
        before.reported_pending,
        before.last_seen,
        before.skew_ms,
    )


def test_the_hall_knows_from_a_stick_how_the_terminal_was_when_it_was_loaded(small_pair):
    a_case_at(small_pair.terminal)
    taken(small_pair.hall, loaded(small_pair.terminal))
    known = small_pair.known_terminal()
    assert known.reported_pending == 1
    assert known.last_seen is not None


def test_what_a_release_part_of_the_line_left_behind_does_not_stop_a_stick(small_pair):
    shipped = small_pair.terminal.parts.releases.shipped
    made = released(small_pair.hall, renamed(shipped, SHORT_ITEM))
    part = small_pair.terminal.parts.releases.folder / f"{made}.part"
    part.write_bytes(b"begun by the line")
    assert round_trip(small_pair).release == made
