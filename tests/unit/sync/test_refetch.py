"""Files that come back after a restore: each in its turn, whatever the hall has lost of the others."""

import hashlib
import json

import pytest
from sqlalchemy import delete, select

from sync import elapsed, journal, refetch
from sync.blobs import BlobStore
from sync.expecting import ExpectedBlob
from sync.refetch import Fetching, fetch_files
from sync.transport import HallRefuses, LineDown
from tests.builders.cases import a_case_at
from tests.builders.commands import run_here
from tests.builders.machines import Pair

SECONDS = 5.0


class ThinLine:
    """A request takes as long as told, and a hall has some of the files."""

    def __init__(self, *files: bytes, seconds: float = 0.6, most: int = 2**20) -> None:
        self.files = {hashlib.sha256(data).hexdigest(): data for data in files}
        self.asked: list[str] = []
        self.falters_at = ""
        self._now, self._seconds, self._most = 0.0, seconds, most

    def fetch_piece(self, sha256: str, subject: str, offset: int, most: int) -> tuple[bytes, int]:
        self._now += self._seconds
        self.asked.append(sha256)
        if sha256 == self.falters_at:
            raise LineDown("the hall answered 500")
        if sha256 not in self.files:
            raise HallRefuses("the hall answered 404")
        data = self.files[sha256]
        return data[offset : offset + min(most, self._most)], len(data)

    def use(self):
        return elapsed.use(lambda: self._now, lambda _: None)


class Restored:
    """A terminal that waits for files, and fetches them over a line."""

    def __init__(self, pair: Pair, line: ThinLine, lost: int = 0) -> None:
        self._terminal, self._line, self.fetching = pair.terminal, line, Fetching()
        self.lost = [f"{number:064x}" for number in range(lost)]
        with pair.terminal.writing() as session:
            for sha in [*self.lost, *line.files]:
                row = ExpectedBlob(sha256=sha, terminal_id=pair.terminal_id, subject="s")
                session.add(row)

    @property
    def store(self) -> BlobStore:
        return self._terminal.parts.blobs

    def fetch(self) -> list[str]:
        """What is still away after some seconds."""
        with self._line.use():
            return fetch_files(
                self._terminal.transactions, self._line, self.store, SECONDS, self.fetching
            )

    def has_all(self) -> bool:
        return all(self.store.has(sha) for sha in self._line.files)


def test_what_the_hall_has_lost_keeps_no_other_file_away(small_pair):
    line = ThinLine(b"one", b"another", b"a third")
    restored = Restored(small_pair, line, lost=50)
    for _ in range(6):
        restored.fetch()
    assert restored.has_all()
    assert sorted(restored.fetch()) == restored.lost
    # Round again, and none more often than the others.
    counts = {line.asked.count(sha) for sha in restored.lost}
    assert max(counts) - min(counts) <= 1


def test_a_file_that_is_cut_off_by_the_time_is_gone_on_with_first(small_pair):
    line = ThinLine(b"p" * 300, b"q" * 300, seconds=2.0, most=50)
    restored = Restored(small_pair, line)
    restored.fetch()
    restored.fetch()
    assert len(set(line.asked)) == 1
    assert sorted(restored.store.has(sha) for sha in line.files) == [False, True]
    restored.fetch()
    restored.fetch()
    assert restored.has_all()


def test_a_file_at_which_the_hall_breaks_keeps_no_other_one_away(small_pair):
    line = ThinLine(b"one", b"another")
    line.falters_at = min(line.files)
    restored = Restored(small_pair, line)
    with pytest.raises(LineDown):
        restored.fetch()
    with pytest.raises(LineDown):
        restored.fetch()
    assert restored.store.has(max(line.files))


@pytest.mark.parametrize(("here", "goes_on"), [((), False), ((b"p" * 10**6,), True)])
def test_work_that_is_left_is_gone_on_with_at_once_only_when_something_came(
    small_pair, here, goes_on
):
    restored = Restored(small_pair, ThinLine(*here, most=100), lost=0 if here else 50)
    restored.fetch()
    assert restored.fetching.goes_on is goes_on


def test_admins_see_at_hall_and_terminal_what_neither_has(pair):
    a_case_at(pair.terminal)
    pair.settle()
    with pair.hall.reading() as session:
        assert session.scalars(select(ExpectedBlob)).all() == []
    lost = lost_at_both(pair)
    for _ in range(2):
        assert pair.fetch_files() == [lost]
    with pair.hall.reading() as session:
        expected = session.scalars(select(ExpectedBlob)).all()
        assert [(row.sha256, row.terminal_id) for row in expected] == [(lost, pair.terminal_id)]
    # Whichever machine has it again is asked for it.
    assert pair.pull() == [lost]
    folder = str(pair.terminal.parts.config.data_dir)
    said = run_here("outbox", "status", KIOSK_DATA_DIR=folder, KIOSK_LOG_LEVEL="error")
    assert json.loads(said.stdout)["files_away"] == 1


def lost_at_both(pair: Pair) -> str:
    """The name of a file of a case that hall and terminal have lost, and the terminal waits for."""
    with pair.terminal.writing() as session:
        session.execute(delete(ExpectedBlob))
        refetch.expect(session, pair.terminal_id, journal.matching(session))
        lost = refetch.missing(session)[0][0]
    for machine in (pair.terminal, pair.hall):
        machine.parts.blobs.remove(lost)
    return lost
