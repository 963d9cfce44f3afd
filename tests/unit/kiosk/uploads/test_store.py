"""Files in pieces: an offset that was told is on disk, what is damaged is not kept, bytes are sealed."""

import hashlib
import os
from datetime import timedelta

import pytest

from kiosk import clock, crypto
from kiosk.crypto import Keyring
from kiosk.uploads.store import (
    FileDamaged,
    OffsetDiffers,
    PieceDamaged,
    PieceTooLong,
    UnknownUpload,
    UploadStore,
)

CONTENT = b"canary-in-the-plain " * 999


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def keyring():
    return Keyring(crypto.new_key())


@pytest.fixture
def store(tmp_path, keyring):
    return UploadStore(tmp_path / "uploads", keyring)


@pytest.fixture
def upload(store):
    return store.create("tablet", len(CONTENT), sha256(CONTENT))


@pytest.mark.parametrize("size", [1, 15, 16, 17, 4096, len(CONTENT)])
def test_a_file_in_pieces_of_any_size_is_whole_again(store, upload, size):
    for start in range(0, min(len(CONTENT), 40 * size), size):
        piece = CONTENT[start : start + size]
        assert store.append(upload, start, [piece]) == start + len(piece)
    offset = store.offset(upload)
    store.append(upload, offset, [CONTENT[offset:]])
    assert store.whole(upload) == CONTENT


def test_another_process_goes_on_where_this_one_was_killed(store, upload, tmp_path, keyring):
    def cut():
        yield CONTENT[:1000]
        raise ConnectionError

    with pytest.raises(ConnectionError):
        store.append(upload, 0, cut())
    other = UploadStore(tmp_path / "uploads", keyring)
    found = other.find("tablet", upload.id)
    assert other.offset(found) == 1000
    other.append(found, 1000, [CONTENT[1000:]])
    assert other.whole(found) == CONTENT


def test_nothing_of_a_file_can_be_read_from_the_disk_by_others(store, upload, tmp_path):
    store.append(upload, 0, [CONTENT])
    files = list((tmp_path / "uploads").iterdir())
    assert len(files) == 2
    for file in files:
        assert b"canary" not in file.read_bytes()
        assert file.stat().st_mode & 0o077 == 0


def test_a_piece_that_belongs_elsewhere_or_is_too_long_changes_nothing(store, upload):
    store.append(upload, 0, [CONTENT[:100]])
    for offset in (0, 99, 101):
        with pytest.raises(OffsetDiffers):
            store.append(upload, offset, [b"x"])
    with pytest.raises(PieceTooLong):
        store.append(upload, 100, [CONTENT])
    assert store.offset(upload) == 100


def test_a_piece_is_kept_whole_or_not_at_all_when_its_digest_is_known(store, upload):
    piece = CONTENT[:500]
    digest = hashlib.sha256(piece).digest()
    with pytest.raises(PieceDamaged):
        store.append(upload, 0, [piece[:-1] + b"?"], digest)
    assert store.offset(upload) == 0
    assert store.append(upload, 0, [piece], digest) == 500


def test_a_whole_that_is_not_what_was_announced_is_thrown_away_and_can_be_sent_again(store, upload):
    store.append(upload, 0, [b"?" * len(CONTENT)])
    with pytest.raises(FileDamaged):
        store.whole(upload)
    again = store.find("tablet", upload.id)
    assert store.offset(again) == 0
    assert again.key != upload.key, "two contents must not be sealed alike"
    store.append(again, 0, [CONTENT])
    assert store.whole(again) == CONTENT


@pytest.mark.parametrize("identifier", ["../../etc/passwd", "", "0" * 36])
def test_whoever_has_not_announced_a_file_does_not_find_it(store, upload, identifier):
    for owner, wanted in (("tablet", identifier), ("another", upload.id)):
        with pytest.raises(UnknownUpload):
            store.find(owner, wanted)


def test_what_has_not_grown_for_long_is_swept(store, upload, tmp_path):
    fresh = store.create("tablet", 1, sha256(b"1"))
    for file in (tmp_path / "uploads").glob(f"{upload.id}.*"):
        os.utime(file, (0, 0))
    store.sweep(clock.now() - timedelta(days=7))
    with pytest.raises(UnknownUpload):
        store.find("tablet", upload.id)
    assert store.find("tablet", fresh.id) == fresh


def test_what_grows_slowly_keeps_its_note_however_old(store, upload, tmp_path):
    os.utime(tmp_path / "uploads" / f"{upload.id}.json", (0, 0))
    store.append(upload, 0, [CONTENT[:100]])
    store.sweep(clock.now() - timedelta(days=7))
    assert store.offset(store.find("tablet", upload.id)) == 100


def test_a_file_that_was_used_up_has_no_bytes_and_is_known_to_be_whole(store, upload, tmp_path):
    store.append(upload, 0, [CONTENT])
    store.use_up(upload)
    store.use_up(upload)
    assert [path.suffix for path in (tmp_path / "uploads").iterdir()] == [".json"]
    assert store.offset(upload) == len(CONTENT)
    for late in (lambda: store.whole(upload), lambda: store.append(upload, 0, [b"x"])):
        with pytest.raises(UnknownUpload):
            late()
