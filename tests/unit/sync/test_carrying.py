"""Files give way to new cases, piece by piece, and go on where they stopped."""

import pytest

from sync.blobs import BlobStore
from sync.carry import Sending, send_blobs
from sync.pace import Pace


class Desk:
    """A hall that notes what arrives, and rings for a new case when told to."""

    def __init__(self) -> None:
        self.here: dict[str, int] = {}
        self.pieces: list[tuple[str, int]] = []
        self.ring_after = 10**9

    def post(self, path: str, frame: bytes) -> bytes:
        raise AssertionError("no frame is sent with files")

    def blob_offset(self, sha256: str) -> int:
        return self.here.get(sha256, 0)

    def send_piece(self, sha256: str, offset: int, piece: bytes, total: int) -> int:
        self.pieces.append((sha256, len(piece)))
        self.here[sha256] = offset + len(piece)
        return self.here[sha256]

    def is_rung(self) -> bool:
        return len(self.pieces) >= self.ring_after


@pytest.fixture
def store(tmp_path):
    return BlobStore(tmp_path)


def test_a_new_case_interrupts_between_pieces_and_the_file_goes_on_later(store):
    sha, desk = store.put(b"p" * 100_000), Desk()
    sending = Sending(Pace(budget=10_000), desk.is_rung)
    desk.ring_after = 3
    assert send_blobs(desk, store, [sha], 60, sending) == [sha]
    assert sending.stopped_early
    assert desk.here == {sha: 30_000}
    desk.ring_after = 10**9
    assert send_blobs(desk, store, [sha], 60, sending) == []
    assert not sending.stopped_early
    assert len(desk.pieces) == 10


def test_while_a_case_waits_no_piece_is_begun(store):
    desk = Desk()
    desk.ring_after = 0
    assert send_blobs(desk, store, [store.put(b"p")], 60, Sending(Pace(), desk.is_rung)) != []
    assert desk.pieces == []


def test_pieces_are_as_large_as_the_line_takes(store):
    sha, desk, pace = store.put(b"p" * 70_000), Desk(), Pace(budget=20_000)
    send_blobs(desk, store, [sha], 60, Sending(pace))
    assert [size for _, size in desk.pieces] == [20_000, 20_000, 20_000, 10_000]


def test_a_file_that_is_missing_is_no_work_that_is_left(store):
    sending = Sending()
    assert send_blobs(Desk(), store, ["0" * 64], 60, sending) == ["0" * 64]
    assert not sending.stopped_early
