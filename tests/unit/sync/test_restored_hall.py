"""A hall that was restored from a backup: terminals bring everything again, and nothing is missed."""

import os
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from kiosk.cases import desk, service
from kiosk.cases.model import Case
from kiosk.cases.proof import prove
from kiosk.receipts.number import LIVES, life_digit
from sync import feed, lost_words, restored_hall
from sync.envelope import MAX_EPOCH, MAX_NUMBER
from sync.ledger import Hall
from sync.qr_run import MAX_RUN_BYTES
from sync.restored_hall import FEED_STRIDE
from sync.state import InboxItem
from tests.builders.carriers import loaded, taken, weighed
from tests.builders.cases import PROMISED_ITEM, a_case_at, a_submission
from tests.builders.machines import Pair, enrolled
from tests.builders.restores import begun, hall_begun, kept, numbers, states


def decide(pair: Pair, case_id: str, verb: str, *reasons: str) -> None:
    pair.hall.within(desk.decide, pair.hall.parts, case_id, verb, "clerk-1", "", reasons)


def promised(pair: Pair) -> str:
    return a_case_at(pair.terminal, a_submission(pair.terminal, PROMISED_ITEM)).case_id


def state(pair: Pair, case_id: str) -> tuple[str, str]:
    """What hall and terminal say of a case."""
    return states(pair.hall)[case_id][1], states(pair.terminal)[case_id][1]


#: As it stands after a battery ran out: the clock says nothing then, and all goes one step on.
A_CLOCK_THAT_BEGINS_ANEW = datetime(1970, 1, 1, tzinfo=UTC)
AT_TEN = datetime(2026, 5, 4, 10, tzinfo=UTC)


@pytest.fixture
def restored(small_pair, tmp_path):
    """Restores the hall of a pair from a backup that was made before ``afterwards`` ran."""
    made: list[Pair] = []

    def restore(afterwards) -> Pair:
        folder = kept(small_pair.hall, tmp_path / "backup")
        afterwards()
        made.append(hall_begun(small_pair, folder))
        return made[-1]

    yield restore
    for pair in made:
        pair.hall.close()


def test_cases_keys_and_files_come_again_without_a_new_case(small_pair, restored):
    promised(small_pair)
    small_pair.settle()

    def afterwards() -> None:
        for _ in range(3):
            a_case_at(small_pair.terminal)
        small_pair.settle()

    pair = restored(afterwards)
    assert len(numbers(pair.hall)) == 1
    pair.pull()
    pair.settle()
    assert numbers(pair.hall) == numbers(pair.terminal)
    for machine in (pair.hall, pair.terminal):
        assert machine.within(prove, machine.parts).faults == []
    assert pair.peer().hall_epoch > 1


def test_files_that_the_backup_lacks_are_asked_for(small_pair, restored):
    promised(small_pair)
    small_pair.settle()
    pair = restored(lambda: None)
    lost = [path for path in pair.hall.parts.blobs.root.rglob("*") if path.is_file()]
    for path in lost:
        path.unlink()
    assert sorted(pair.pull()) == sorted(path.name for path in lost)
    pair.settle()
    assert pair.hall.within(prove, pair.hall.parts).faults == []


def test_what_is_said_before_the_first_contact_reaches_the_terminal(small_pair, restored):
    first, second = promised(small_pair), promised(small_pair)
    small_pair.settle()

    def afterwards() -> None:
        for verb in ("accept", "approve", "deliver"):
            decide(small_pair, first, verb)
        small_pair.pull()

    pair = restored(afterwards)
    decide(pair, second, "accept")
    pair.pull()
    assert state(pair, second) == ("accepted", "accepted")
    decide(pair, second, "approve")
    pair.pull()
    assert state(pair, second) == ("approved", "approved")


def test_a_decision_of_the_lost_hall_is_shown_and_not_taken(small_pair, restored):
    case_id = promised(small_pair)
    small_pair.settle()

    def afterwards() -> None:
        decide(small_pair, case_id, "accept")
        decide(small_pair, case_id, "approve")
        small_pair.pull()

    pair = restored(afterwards)
    for _ in range(3):
        pair.pull()
    assert state(pair, case_id) == ("submitted", "approved")
    with pair.hall.reading() as session:
        told = [word.kind for word in lost_words.of_subject(session, case_id)]
    assert told == ["case.accepted", "case.approved"]
    assert pair.peer().lost_after is None
    decide(pair, case_id, "refuse", "条件不符")
    pair.pull()
    assert state(pair, case_id) == ("refused", "refused")


def test_words_of_a_lost_hall_are_told_in_as_many_reports_as_they_need(
    small_pair, restored, monkeypatch
):
    monkeypatch.setattr(lost_words, "MOST_WORDS", 2)

    def afterwards() -> None:
        with small_pair.hall.writing() as session:
            for number in range(5):
                feed.publish(session, small_pair.terminal_id, "notice", None, b"%d" % number, 1)
        small_pair.pull()

    pair = restored(afterwards)
    for _ in range(5):
        pair.pull()
    with pair.hall.reading() as session:
        assert [word.body for word in lost_words.of_subject(session, "")] == [
            b"%d" % number for number in range(5)
        ]


def test_words_of_a_lost_hall_leave_the_room_of_a_run_of_codes_to_cases(small_pair, restored):
    def afterwards() -> None:
        notices(small_pair, os.urandom(2 * MAX_RUN_BYTES))
        small_pair.pull()

    pair = restored(afterwards)
    pair.pull()
    assert pair.peer().lost_after is not None
    a_case_at(pair.terminal)
    codes, load = weighed(pair.terminal, MAX_RUN_BYTES, files=False)
    assert len(codes) <= MAX_RUN_BYTES
    assert load.entries == 1
    assert taken(pair.hall, codes)[0].new == 1
    assert taken(pair.hall, loaded(pair.terminal))[0].trouble is None
    with pair.hall.reading() as session:
        assert len(lost_words.of_subject(session, "")) == 1


def test_nothing_is_read_twice_or_missed_wherever_the_terminal_is(pair):
    """On both databases: a terminal that is behind, and one that is ahead of the backup."""
    with pair.hall.writing() as session:
        for number in range(4):
            feed.publish(session, pair.terminal_id, "notice", None, b"%d" % number, 1)
    with pair.hall.writing() as session:
        assert restored_hall.raise_epoch(session, A_CLOCK_THAT_BEGINS_ANEW) == 2
        feed.publish(session, pair.terminal_id, "notice", None, b"after", 1)
    pair.pull()
    with pair.terminal.reading() as session:
        read = session.scalars(select(InboxItem).order_by(InboxItem.seq)).all()
    assert [item.body for item in read] == [b"0", b"1", b"2", b"3", b"after"]
    assert read[-1].seq == FEED_STRIDE + 5
    with pair.hall.reading() as session:
        assert session.get_one(Hall, 1).epoch == 2


def notices(pair: Pair, *words: bytes) -> None:
    with pair.hall.writing() as session:
        for word in words:
            feed.publish(session, pair.terminal_id, "notice", None, word, 1)


def read(pair: Pair) -> list[bytes]:
    with pair.terminal.reading() as session:
        query = select(InboxItem).order_by(InboxItem.seq)
        return [item.body for item in session.scalars(query)]


def test_the_same_backup_restored_twice_gives_no_number_twice(small_pair, tmp_path):
    backup = kept(small_pair.hall, tmp_path / "backup")
    first = hall_begun(small_pair, shutil.copytree(backup, tmp_path / "first"), AT_TEN)
    notices(first, *(b"lost %d" % number for number in range(5)))
    first.pull()
    before, life = first.peer(), first.known_terminal().life_epoch
    second = hall_begun(small_pair, backup, AT_TEN + timedelta(minutes=1))
    # More than was said in the lost time, before the terminal is heard for the first time.
    said = [b"said %d" % number for number in range(9)]
    notices(second, *said)
    for _ in range(3):
        second.pull()
    assert read(second) == [b"lost %d" % number for number in range(5)] + said
    assert second.peer().hall_epoch > before.hall_epoch > 1
    assert second.known_terminal().life_epoch > life + 5
    for hall in (first.hall, second.hall):
        hall.close()


def test_no_clock_uses_the_numbers_up(pair):
    for year in (9999, 1970, 9999):
        with pair.hall.writing() as session:
            restored_hall.raise_epoch(session, datetime(year, 12, 31, tzinfo=UTC))
    known = pair.known_terminal()
    assert known.life_epoch < MAX_EPOCH
    assert known.feed_head < MAX_NUMBER // 2
    notices(pair, b"heard")
    pair.pull()
    assert read(pair) == [b"heard"]


@pytest.mark.parametrize("minute", range(5))
def test_receipts_of_the_next_life_are_not_numbered_as_those_of_the_last(pair, minute):
    last = pair.known_terminal().life_epoch
    with pair.hall.writing() as session:
        restored_hall.raise_epoch(session, datetime(2026, 11, 26, 12, minute, tzinfo=UTC))
    following = pair.known_terminal().life_epoch + 1
    # Nor as those of a life that the lost hall may have granted.
    assert life_digit(following) not in {life_digit(last), life_digit(last + 1)}
    assert LIVES == restored_hall.LIVES_IN_TURN


def test_a_report_from_nowhere_ends_no_feed(pair):
    with pair.terminal.writing() as session:
        cursor = pair.peer().feed_cursor
        session.get_one(type(pair.peer()), 1).feed_cursor = 2**53 - 1
    with pytest.raises(Exception, match="422"):
        pair.pull()
    with pair.terminal.writing() as session:
        session.get_one(type(pair.peer()), 1).feed_cursor = cursor
    with pair.hall.writing() as session:
        feed.publish(session, pair.terminal_id, "notice", None, b"heard", 1)
    pair.pull()
    with pair.terminal.reading() as session:
        assert [item.body for item in session.scalars(select(InboxItem))] == [b"heard"]


def test_a_terminal_in_a_later_life_is_taken_again_from_the_start(small_pair, restored, tmp_path):
    old = a_case_at(small_pair.terminal)
    pair = restored(lambda: None)
    second = begun(small_pair, kept(small_pair.terminal, tmp_path / "disk"), declared=True)
    assert second.recover()
    new = a_case_at(second.terminal)
    second.settle()
    # The restored hall knows of no second life, and of neither case.
    line = type(pair.line)(pair.hall, pair.terminal_id, second.terminal.parts.identity)
    again = Pair(pair.hall, second.terminal, line)
    again.pull()
    again.settle()
    assert numbers(pair.hall) == sorted([old.number, new.number])
    third = begun(again, kept(again.terminal, tmp_path / "copy"), declared=True)
    assert third.recover()
    # Beyond what the lost hall may have granted.
    assert third.peer().epoch > second.peer().epoch + restored_hall.LIVES_SKIPPED - 1
    for each in (second, third):
        each.terminal.close()


def test_a_later_life_whose_grant_is_lost_is_no_second_machine(small_pair, restored, tmp_path):
    second = begun(small_pair, kept(small_pair.terminal, tmp_path / "disk"), declared=True)

    def afterwards() -> None:
        old = a_case_at(small_pair.terminal)
        small_pair.settle()
        assert second.recover()
        assert numbers(second.terminal) == [old.number]

    pair = restored(afterwards)
    # The first that the restored hall hears is the beginning of a life that it did not grant.
    line = type(pair.line)(pair.hall, pair.terminal_id, second.terminal.parts.identity)
    again = Pair(pair.hall, second.terminal, line)
    a_case_at(again.terminal)
    again.push()
    assert (again.peer().recovery, again.known_terminal().forked_at) == (None, None)
    assert len(numbers(pair.hall)) == 2
    assert numbers(pair.hall) == numbers(again.terminal)
    again.terminal.close()


def test_contact_begins_anew_and_flags_nobody(small_pair, restored):
    small_pair.pull()

    def afterwards() -> None:
        for _ in range(3):
            small_pair.pull()

    pair = restored(afterwards)
    pair.pull()
    pair.pull()
    assert pair.known_terminal().cloned_at is None


def test_two_terminals_are_settled_apart(small_pair, restored, a_terminal):
    other = enrolled(small_pair.hall, a_terminal())
    first, second = promised(small_pair), promised(other)
    small_pair.settle()
    other.settle()

    def afterwards() -> None:
        decide(small_pair, first, "accept")
        small_pair.pull()

    pair = restored(afterwards)
    decide(pair, second, "accept")
    line = type(pair.line)(pair.hall, other.terminal_id, other.terminal.parts.identity)
    Pair(pair.hall, other.terminal, line).pull()
    assert states(other.terminal)[second][1] == "accepted"
    pair.pull()
    pair.terminal.within(service.withdraw, pair.terminal.parts, first)
    pair.settle()
    assert state(pair, first) == ("withdrawn", "withdrawn")
    with pair.hall.reading() as session:
        assert session.get_one(Case, second).state == "accepted"
