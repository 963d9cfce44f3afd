"""On a thin line: what contradicts is shown whole, and what is lost comes back, bit by bit."""

import os

import pytest
from sqlalchemy import func, select

from kiosk import clock
from kiosk.hall import sync_recovery
from sync import elapsed, push, recovery
from sync.branches import Shown
from sync.envelope import pack
from sync.identity import PublicIdentity
from sync.jobs import JOB_TIMEOUT_SECONDS
from sync.ledger import Fork, Terminal
from sync.lives import Life
from sync.pace import FIRST_BYTES, Pace
from sync.push import Line
from sync.state import FORKED, WAITING
from sync.transport import HallRefuses
from tests.builders.cases import a_case_at
from tests.builders.entries import Scribe, envelope, opened
from tests.builders.machines import Pair
from tests.builders.restores import begun, hall_begun, kept, places

#: Of the thinnest line that is worked with.
BYTES_PER_SECOND = FIRST_BYTES / 4


class ThinLine:
    """The exchange of a terminal over a line on which bytes take their time."""

    def __init__(self, pair: Pair, rate: float = BYTES_PER_SECOND) -> None:
        self.pair, self.rate, self.now = pair, rate, 0.0
        self.pace, self.shown = Pace(), Shown()
        #: Where each question went, how many bytes its answer had, how long it took.
        self.asked: list[tuple[str, int, float]] = []
        self._post, pair.line.post = pair.line.post, self._carry

    def exchange(self) -> Line:
        """As a worker has it for each of its jobs."""
        whole = self.pair.exchange
        return Line(
            *(whole.transactions, whole.transport, whole.identity, whole.wrapper, whole.now),
            *(self.pace, None, whole.rebuild, whole.heartbeat, self.shown),
        )

    def push(self) -> int:
        with elapsed.use(lambda: self.now, lambda _: None):
            return push.push(self.exchange())

    def recover(self) -> bool:
        """What one job does; it must not be ended."""
        begun_at, line = self.now, self.exchange()
        with elapsed.use(lambda: self.now, lambda _: None):
            is_done = recovery.recover(line, line.rebuild)
        assert self.now - begun_at < JOB_TIMEOUT_SECONDS
        return is_done

    def _carry(self, path: str, frame: bytes) -> bytes:
        answer = self._post(path, frame)
        seconds = (len(frame) + len(answer)) / self.rate
        self.now += seconds
        self.asked.append((path, len(answer), seconds))
        return answer


@pytest.fixture
def cloned(pair, tmp_path):
    """A terminal that began with an image of another one's disk; both have gone on since."""
    for _ in range(7):
        a_case_at(pair.terminal)
    pair.settle()
    clone = begun(pair, kept(pair.terminal, tmp_path / "image"))
    for _ in range(12):
        a_case_at(pair.terminal)
    pair.settle()
    for _ in range(20):
        a_case_at(clone.terminal)
    yield clone
    clone.terminal.close()


def kept_apart(pair: Pair) -> int:
    with pair.hall.reading() as session:
        return session.scalar(select(func.count()).select_from(Fork)) or 0


def forked(clone: Pair) -> ThinLine:
    """A line on which an envelope takes so long that a job has time for a few only."""
    line = ThinLine(clone, rate=100.0)
    line.pace.budget = 1
    with pytest.raises(HallRefuses):
        line.push()
    assert clone.peer().recovery == FORKED
    line.asked.clear()
    return line


def envelopes(line: ThinLine) -> int:
    return sum(path == "/envelopes" for path, _, _ in line.asked)


def test_a_branch_is_shown_whole_however_many_jobs_that_takes(cloned):
    line, jobs = forked(cloned), 0
    while cloned.peer().recovery == FORKED:
        jobs += 1
        assert not line.recover()
        assert jobs < 20
    assert cloned.peer().recovery == WAITING
    assert jobs > 2
    # All of it, and none of it twice.
    assert (kept_apart(cloned), envelopes(line)) == (20, 20)


def test_a_hall_that_was_restored_meanwhile_is_shown_all_of_a_branch(small_pair, tmp_path):
    a_case_at(small_pair.terminal)
    small_pair.settle()
    clone = begun(small_pair, kept(small_pair.terminal, tmp_path / "image"))
    a_case_at(small_pair.terminal)
    small_pair.settle()
    backup = kept(small_pair.hall, tmp_path / "hall")
    for _ in range(12):
        a_case_at(clone.terminal)
    before = forked(clone)
    assert not before.recover()
    assert 0 < kept_apart(clone) < 12
    restored = hall_begun(clone, backup)
    after = ThinLine(restored)
    after.pace, after.shown = before.pace, before.shown
    assert not after.recover()
    assert (kept_apart(restored), restored.peer().recovery) == (12, WAITING)
    for machine in (clone.terminal, restored.hall):
        machine.close()


def test_a_machine_that_waits_asks_for_little_and_tells_exactly_what_contradicts(cloned):
    with pytest.raises(HallRefuses):
        cloned.push()
    assert not cloned.recover()
    line = ThinLine(cloned)
    assert not line.recover()
    assert max(length for _, length, _ in line.asked) < 4_000
    assert sum(seconds for *_, seconds in line.asked) < 5
    assert diverging(cloned) == 20


def test_an_older_hall_that_gives_all_it_has_is_told_the_same(cloned, monkeypatch):
    monkeypatch.setattr(sync_recovery, "_most_bytes", lambda told: None)
    with pytest.raises(HallRefuses):
        cloned.push()
    assert not cloned.recover()
    assert diverging(cloned) == 20


def diverging(clone: Pair) -> int:
    """How much the hall was told that contradicts."""
    with clone.hall.reading() as session:
        return session.get_one(Life, (clone.terminal_id, clone.peer().life_id)).diverging


def written(pair: Pair, count: int, size: int) -> None:
    """Let the hall have entries of a terminal that has lost them all."""
    scribe, entries = Scribe(), []
    for _ in range(count):
        subject = clock.new_id()
        scribe.keys[subject] = os.urandom(32)
        entries.append(scribe.write("case.submitted", subject, os.urandom(size)))
    for first in range(0, count, 100):
        run = entries[first : first + 100]
        pair.line.post("/envelopes", envelope(pair, run, scribe.keys))


def test_what_is_lost_comes_back_in_pieces_that_the_line_carries(small_pair, tmp_path):
    written(small_pair, 500, 3_000)
    pair = begun(small_pair, kept(small_pair.terminal, tmp_path / "backup"), declared=True)
    line, jobs = ThinLine(pair), 0
    while not line.recover():
        jobs += 1
        assert jobs < 10
    assert jobs > 1
    assert len(places(pair.terminal)) == 500
    assert max(seconds for *_, seconds in line.asked) < 10
    pair.terminal.close()


def test_on_a_quick_line_it_comes_back_in_few(small_pair, tmp_path):
    written(small_pair, 500, 3_000)
    pair = begun(small_pair, kept(small_pair.terminal, tmp_path / "backup"), declared=True)
    line = ThinLine(pair, rate=10_000_000)
    assert line.recover()
    assert len([path for path, *_ in line.asked if path == "/entries"]) < 10
    pair.terminal.close()


def asked(pair: Pair, **more: object) -> list[object]:
    """Entries as they come back to whoever asks from the beginning."""
    peer, identity = pair.peer(), pair.terminal.parts.identity
    header = {"kind": "lost", "from": peer.terminal_id, "to": peer.hall_id}
    reader = PublicIdentity.from_hex(peer.hall_public).sealing
    frame = pack(header, {"after": [], **more}, identity.signing, reader)
    answer = opened(pair, pair.line.post("/entries", frame))
    assert answer["more"] is (len(answer["entries"]) < 5)
    return answer["entries"]


def test_a_terminal_says_how_much_it_wants_or_gets_as_much_as_there_may_be(pair):
    written(pair, 5, 1_000)
    assert len(asked(pair)) == len(asked(pair, most_bytes=None)) == 5
    assert [len(asked(pair, most_bytes=most)) for most in (1, 1_000, 3_000, 2**53)] == [1, 1, 2, 5]
    for malformed in (0, -1, "1", True, 1.5):
        with pytest.raises(HallRefuses, match="422"):
            asked(pair, most_bytes=malformed)
    with pair.hall.reading() as session:
        assert session.get_one(Terminal, pair.terminal_id).cursor_seq == 5
