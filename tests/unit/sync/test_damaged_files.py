"""A picture that is damaged at the station is not sent for ever, and somebody is told."""

import hashlib
from pathlib import Path
from typing import BinaryIO

import pytest

from kiosk.carriers.report import status
from sync import outbox
from sync.expecting import ExpectedBlob
from tests.builders.lost_files import DAMAGED, Telling, a_damaged_picture


@pytest.fixture
def pair(small_pair) -> Telling:
    return Telling(small_pair.hall, small_pair.terminal, small_pair.line)


@pytest.fixture
def pieces(pair, monkeypatch) -> list[tuple[str, int]]:
    """What goes over the line: of which file, and how many bytes."""
    sent: list[tuple[str, int]] = []
    send = pair.line.send_piece

    def counted(sha: str, offset: int, piece: bytes, total: int) -> int:
        sent.append((sha, len(piece)))
        return send(sha, offset, piece, total)

    monkeypatch.setattr(pair.line, "send_piece", counted)
    return sent


def test_a_damaged_file_is_not_sent_and_all_others_arrive(pair, pieces):
    sha = a_damaged_picture(pair)
    for _ in range(10):
        pair.send_blobs(pair.pull())
    assert pair.pull() == [sha]
    assert sha not in {name for name, _ in pieces}


def test_the_hall_and_the_staff_are_told_of_it(pair):
    sha = a_damaged_picture(pair)
    pair.send_blobs(pair.pull())
    pair.pull()
    words = "needs attention: 1 wanted files are damaged here or gone"
    assert pair.known_terminal().reported_error == words
    with pair.terminal.reading() as session:
        assert status(session, pair.terminal.parts)["error"] == words
    assert not pair.terminal.parts.blobs.has(sha)


def test_it_is_kept_aside_and_the_right_one_goes_when_it_is_there_again(pair):
    blobs = pair.terminal.parts.blobs
    sha = a_damaged_picture(pair)
    data = b"what a backup of the station has"
    right = hashlib.sha256(data).hexdigest()
    with pair.hall.writing() as session:
        session.add(ExpectedBlob(sha256=right, terminal_id=pair.terminal_id, subject="y" * 36))
    blobs.path(right).parent.mkdir(exist_ok=True)
    blobs.path(right).write_bytes(data[:-1])
    pair.send_blobs(pair.pull())
    assert (blobs.root / "damaged" / sha).read_bytes() == DAMAGED
    assert (blobs.root / "damaged" / right).exists()
    assert blobs.put_named(right, data)
    assert not (blobs.root / "damaged" / right).exists()
    pair.send_blobs(pair.pull())
    assert pair.pull() == [sha]
    assert pair.hall.parts.blobs.read(right) == data


def test_what_is_wiped_is_wiped_where_it_lies_aside_too(pair):
    blobs = pair.terminal.parts.blobs
    sha = a_damaged_picture(pair)
    assert blobs.whole(sha) is None
    blobs.remove(sha)
    assert not [path for path in blobs.root.rglob(sha) if path.is_file()]


def test_a_right_file_that_comes_while_a_damaged_one_is_read_stays(pair, monkeypatch):
    sha = a_damaged_picture(pair)
    blobs = pair.terminal.parts.blobs
    right = blobs.path(sha).with_name("right")
    right.write_bytes(b"right")
    digest = hashlib.sha256

    def meanwhile(data: bytes):
        if right.exists():
            right.replace(blobs.path(sha))
        return digest(data)

    with monkeypatch.context() as another:
        another.setattr("sync.blobs.hashlib.sha256", meanwhile)
        assert blobs.whole(sha) is None
    assert blobs.read(sha) == b"right"


def test_two_that_find_a_damaged_file_at_once_both_go_on(pair, monkeypatch):
    sha = a_damaged_picture(pair)
    blobs = pair.terminal.parts.blobs
    digest, found = hashlib.sha256, list[bytes | None]()

    def meanwhile(data: bytes):
        monkeypatch.undo()
        found.append(blobs.whole(sha))
        return digest(data)

    monkeypatch.setattr("sync.blobs.hashlib.sha256", meanwhile)
    assert (blobs.whole(sha), found, blobs.has(sha)) == (None, [None], False)


def test_a_file_that_the_disk_does_not_give_just_now_stays_where_it_is(pair, monkeypatch):
    sha = a_damaged_picture(pair)
    blobs = pair.terminal.parts.blobs

    def broken(*_: object) -> BinaryIO:
        raise OSError("the disk does not answer")

    with monkeypatch.context() as disk:
        disk.setattr(Path, "open", broken)
        assert blobs.whole(sha) is None
    assert blobs.has(sha)


def test_a_carrier_is_not_loaded_with_it(pair):
    sha = a_damaged_picture(pair)
    tally = outbox.Load()
    parts = list(outbox._files(pair.terminal.parts.blobs, {sha}, outbox.NO_LIMIT, tally))
    assert (parts, tally.files) == ([], 0)
