"""Encryption at rest: nothing altered, moved or read by another key."""

import stat
import threading

import pytest

from kiosk import crypto
from kiosk.crypto import Keyring, decrypt, encrypt, new_key, secret_file

KEY = bytes(range(32))


def test_what_was_encrypted_is_read_again():
    assert decrypt(KEY, encrypt(KEY, b"plain", b"case:1"), b"case:1") == b"plain"


def test_the_same_text_is_never_encrypted_alike():
    assert encrypt(KEY, b"plain", b"") != encrypt(KEY, b"plain", b"")


def test_every_flipped_bit_is_found():
    data = encrypt(KEY, b"plain", b"case:1")
    for position in range(len(data) * 8):
        altered = bytearray(data)
        altered[position // 8] ^= 1 << position % 8
        with pytest.raises(ValueError, match="does not belong"):
            decrypt(KEY, bytes(altered), b"case:1")


@pytest.mark.parametrize("length", range(0, 33, 4))
def test_what_was_cut_is_found(length):
    with pytest.raises(ValueError):
        decrypt(KEY, encrypt(KEY, b"plain", b"case:1")[:length], b"case:1")


def test_another_key_or_context_reads_nothing():
    data = encrypt(KEY, b"plain", b"case:1")
    for key, context in ((new_key(), b"case:1"), (KEY, b"case:2"), (KEY, b"")):
        with pytest.raises(ValueError, match="does not belong"):
            decrypt(key, data, context)


def test_a_keyring_unwraps_what_it_wrapped_and_nothing_of_another():
    mine, other = Keyring(new_key()), Keyring(new_key())
    wrapped = mine.wrap(KEY, b"case:1")
    assert mine.unwrap(wrapped, b"case:1") == KEY
    with pytest.raises(ValueError):
        other.unwrap(wrapped, b"case:1")


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_master_key_of_another_length_is_refused(length):
    with pytest.raises(ValueError, match="32 bytes"):
        Keyring(bytes(length))


def test_a_secret_is_made_once_and_for_its_owner_only(tmp_path):
    path = tmp_path / "keys" / "master.key"
    assert secret_file(path, b"first") == secret_file(path, b"second") == b"first"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_secret_that_is_not_there_is_not_made_up(tmp_path):
    with pytest.raises(FileNotFoundError):
        secret_file(tmp_path / "master.key")


def test_two_that_make_a_secret_at_once_get_the_same(tmp_path):
    """Web process and worker start together."""
    for turn in range(40):
        path = tmp_path / str(turn) / "master.key"
        found: list[object] = []
        start = threading.Barrier(4)

        def make(path=path, start=start, found=found) -> None:
            start.wait()
            try:
                found.append(secret_file(path, new_key()))
            except Exception as error:
                found.append(error)

        threads = [threading.Thread(target=make) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        crypto._read.cache_clear()
        assert set(map(repr, found)) == {repr(path.read_bytes())}
