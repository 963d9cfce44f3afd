"""What only a lost hall had decided is in no backup of the restored one, and keeps its case."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from kiosk import clock
from kiosk.backup import wiping
from kiosk.cases import desk
from sync import feed, lost_words, watermark
from sync.state import InboxItem, peer_of
from tests.builders import restores
from tests.builders.cases import a_case_at
from tests.builders.machines import Machine, Pair


def decide(hall: Machine, case_id: str, *verbs: str) -> None:
    for verb in verbs:
        hall.within(desk.decide, hall.parts, case_id, verb, "clerk-1", "")


def wiped(terminal: Machine) -> int:
    with clock.use(lambda: datetime.now(UTC) + timedelta(days=31)):
        return wiping.wipe(terminal.transactions, terminal.parts)


def backed_up(hall: Machine) -> None:
    """The hall has a backup of everything that it has now."""
    with hall.writing() as session:
        watermark.move(session, watermark.reached(session, lambda _: True))


@pytest.fixture
def delivered_once(small_pair, tmp_path):
    """A case that the lost hall had delivered, and of which the restored one knows the approval."""
    case_id = a_case_at(small_pair.terminal).case_id
    small_pair.settle()
    decide(small_pair.hall, case_id, "accept", "approve")
    small_pair.pull()
    folder = restores.kept(small_pair.hall, tmp_path / "backup")
    decide(small_pair.hall, case_id, "deliver")
    small_pair.pull()
    pair = restores.hall_begun(small_pair, folder)
    yield pair, case_id
    pair.hall.close()


def said_since(pair: Pair) -> None:
    with pair.hall.writing() as session:
        feed.publish(session, pair.terminal_id, "notice", None, b"{}", 1)


def test_a_case_is_kept_until_the_restored_hall_has_ended_it_too(delivered_once):
    pair, case_id = delivered_once
    said_since(pair)
    backed_up(pair.hall)
    for _ in range(3):
        pair.pull()
        assert wiped(pair.terminal) == 0
    decide(pair.hall, case_id, "deliver")
    pair.pull()
    backed_up(pair.hall)
    pair.pull()
    assert wiped(pair.terminal) == 1


def test_an_acknowledgement_says_nothing_of_what_is_lost(delivered_once):
    pair, _ = delivered_once
    backed_up(pair.hall)
    a_case_at(pair.terminal)
    pair.push()
    assert wiped(pair.terminal) == 0


def test_an_old_question_by_a_carrier_leaves_nothing_of_the_lost_hall_out(small_pair):
    with small_pair.hall.writing() as session:
        for _ in range(4):
            feed.publish(session, small_pair.terminal_id, "notice", None, b"{}", 1)
    small_pair.pull()
    answer = {"after": 2, "asked_beyond": 1, "items": [{"seq": 4}]}
    with small_pair.terminal.writing() as session:
        lost_words.note(session, peer_of(session), answer)
    with small_pair.terminal.reading() as session:
        lost = select(InboxItem.seq).where(InboxItem.lost).order_by(InboxItem.seq)
        assert session.scalars(lost).all() == [2, 3]
