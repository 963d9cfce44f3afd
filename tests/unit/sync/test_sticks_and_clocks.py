"""What a stick brings back is taken by the hall's own times, whatever clock was set meanwhile."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from kiosk import clock
from kiosk.cases import purge
from kiosk.cases.model import Case
from sync import watermark
from sync.expecting import ExpectedBlob
from sync.state import Peer, wanted_files
from tests.builders.carriers import brought_back, loaded, taken
from tests.builders.cases import a_case_at
from tests.builders.machines import Pair
from tests.builders.restores import hall_begun, kept

YEAR = timedelta(days=365)
NO_TIME = timedelta(0)


class Station:
    """A pair of which each side has a clock of its own, wrong by as much as is set here."""

    def __init__(self, pair: Pair) -> None:
        self.pair, self.here, self.at_hall = pair, NO_TIME, NO_TIME
        self._now, self._minutes, self._post = clock.now(), 0, pair.line.post
        pair.line.post = self._asked

    def settle(self) -> None:
        with self._clock(self.here):
            self.pair.settle()

    def report(self) -> None:
        with self._clock(self.here):
            self.pair.pull()

    def push(self) -> None:
        with self._clock(self.here):
            self.pair.push()

    def answered(self) -> bytes:
        """What the hall answers a stick that is loaded now."""
        return self.taken(self.loaded())

    def loaded(self) -> bytes:
        with self._clock(self.here):
            return loaded(self.pair.terminal)

    def taken(self, stick: bytes) -> bytes:
        with self._clock(self.at_hall):
            return taken(self.pair.hall, stick)[1]

    def take(self, answer: bytes) -> None:
        with self._clock(self.here):
            assert brought_back(self.pair.terminal, answer).trouble is None

    def heard_at(self) -> timedelta:
        """How long ago the hall was heard, by this terminal's clock."""
        with self._clock(self.here):
            return clock.now() - self.pair.peer().last_contact

    def to_wipe(self) -> list[str]:
        """The cases that are wiped after 30 days and are due by now."""
        with self._clock(self.here), self.pair.terminal.reading() as session:
            return purge.due(session, timedelta(days=30))

    def lacks(self, name: str) -> None:
        """Let the hall lack a file from now on."""
        with self.pair.hall.writing() as session:
            row = ExpectedBlob(sha256=name * 64, terminal_id=self.pair.terminal_id, subject="s")
            session.add(row)

    def known_to_lack(self) -> str:
        """What this terminal knows of that."""
        with self.pair.terminal.reading() as session:
            return "".join(sorted(name[0] for name in wanted_files(session)))

    def _asked(self, path: str, frame: bytes) -> bytes:
        with self._clock(self.at_hall):
            return self._post(path, frame)

    def _clock(self, wrong_by: timedelta):
        self._minutes += 1
        now = self._now + timedelta(minutes=self._minutes) + wrong_by
        return clock.use(lambda: now)


@pytest.fixture
def station(small_pair) -> Station:
    return Station(small_pair)


def test_answers_count_after_the_terminals_clock_was_put_back(station):
    station.here = YEAR
    station.settle()
    station.here = NO_TIME
    station.lacks("a")
    first = station.answered()
    station.lacks("b")
    station.take(station.answered())
    assert station.known_to_lack() == "ab"
    # It is not heard of in a year to come, and what was said before is old as ever.
    assert NO_TIME <= station.heard_at() < timedelta(hours=1)
    station.take(first)
    assert station.known_to_lack() == "ab"
    station.lacks("c")
    station.take(station.answered())
    assert station.known_to_lack() == "abc"


def test_answers_count_after_the_terminals_clock_was_put_forward(station):
    station.here = -YEAR
    station.settle()
    station.here = NO_TIME
    station.lacks("a")
    first = station.answered()
    station.lacks("b")
    for answer in (station.answered(), first):
        station.take(answer)
        assert station.known_to_lack() == "ab"


def test_nothing_is_wiped_too_early_after_a_stick_was_read_while_the_clock_was_behind(station):
    """The battery was empty, a stick came, and then the clock was put right."""
    pair = station.pair
    receipt = a_case_at(pair.terminal)
    station.settle()
    with pair.terminal.writing() as session:
        ended = update(Case).values(state="withdrawn", changed_at=clock.now())
        session.execute(ended.where(Case.id == receipt.case_id))
        peer = session.get_one(Peer, 1)
        place = (peer.ack_epoch, peer.ack_seq, peer.feed_cursor)
    with pair.hall.writing() as session:
        watermark.move(session, {pair.terminal_id: place})
    station.report()
    station.here = -YEAR
    station.take(station.answered())
    station.here = NO_TIME
    assert station.to_wipe() == []
    station.take(station.answered())
    assert station.to_wipe() == []
    assert NO_TIME <= station.heard_at() < timedelta(hours=1)
    station.here = timedelta(days=31)
    station.at_hall = timedelta(days=31)
    station.take(station.answered())
    assert station.to_wipe() == [receipt.case_id]


def test_the_hall_is_heard_by_what_it_says_of_entries_too(station):
    """The clock is put back after the last report: the acknowledgement tells the hall's time."""
    station.here = YEAR
    station.settle()
    old = station.answered()
    station.lacks("a")
    station.report()
    station.here = NO_TIME
    a_case_at(station.pair.terminal)
    station.push()
    station.take(old)
    assert station.known_to_lack() == "a"


def test_answers_count_from_the_first_news_on_after_the_halls_clock_was_put_back(station):
    station.at_hall = YEAR
    a_case_at(station.pair.terminal)
    station.settle()
    old = station.answered()
    station.take(old)
    station.at_hall = NO_TIME
    a_case_at(station.pair.terminal)
    station.lacks("a")
    station.take(station.answered())
    assert "a" in station.known_to_lack()
    station.lacks("b")
    station.take(station.answered())
    assert "b" in station.known_to_lack()


def test_answers_of_a_restored_hall_count_whose_clock_is_behind(station, tmp_path):
    station.at_hall = YEAR
    station.settle()
    restored = Station(hall_begun(station.pair, kept(station.pair.hall, tmp_path / "backup")))
    restored.lacks("a")
    restored.take(restored.answered())
    assert restored.known_to_lack() == "a"
    restored.pair.hall.close()


def test_a_station_is_heard_of_again_whose_clock_was_put_back(station):
    station.here = YEAR
    station.settle()
    station.here = NO_TIME
    old = station.loaded()
    a_case_at(station.pair.terminal)
    station.taken(station.loaded())
    known = station.pair.known_terminal()
    assert (known.reported_pending, abs(known.skew_ms) < 3_600_000) == (1, True)
    station.taken(old)
    assert station.pair.known_terminal().last_seen == known.last_seen
    # From then on its clock says again when a report was made, also without news.
    station.taken(station.loaded())
    assert station.pair.known_terminal().last_seen > known.last_seen
