"""Bodies of entries: readable with their case's key for their case and kind, and in no other way."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import zstandard

from kiosk import crypto
from kiosk.cases import bodies

KEY = bytes(range(32))
BODY = {"answers": {"applicant": {"name": "张三"}}, "files": {}}


def test_a_body_is_read_again():
    assert bodies.open_sealed(KEY, "c", "k", bodies.seal(KEY, "c", "k", BODY)) == BODY


def test_a_body_shows_nothing_of_what_it_says():
    assert "张三".encode() not in bodies.seal(KEY, "c", "k", BODY)


@pytest.mark.parametrize(
    ("key", "subject", "kind"), [(bytes(32), "c", "k"), (KEY, "d", "k"), (KEY, "c", "l")]
)
def test_a_body_of_another_case_kind_or_key_is_refused(key, subject, kind):
    with pytest.raises(ValueError):
        bodies.open_sealed(key, subject, kind, bodies.seal(KEY, "c", "k", BODY))


@pytest.mark.parametrize("plain", [b"", b"[]", b"7", b"null", b"{", b"\xff"])
def test_what_is_no_object_is_refused(plain):
    data = crypto.encrypt(KEY, zstandard.compress(plain), b"c:k")
    with pytest.raises(ValueError):
        bodies.open_sealed(KEY, "c", "k", data)


def test_what_is_not_packed_is_refused():
    with pytest.raises(ValueError):
        bodies.open_sealed(KEY, "c", "k", crypto.encrypt(KEY, b"{}", b"c:k"))


@pytest.mark.parametrize("tells_its_size", [True, False])
def test_a_body_that_unpacks_to_too_much_is_refused(tells_its_size):
    packer = zstandard.ZstdCompressor(write_content_size=tells_its_size)
    bomb = packer.compress(b'{"a":"' + b"0" * bodies.MAX_BODY_BYTES + b'"}')
    with pytest.raises(ValueError):
        bodies.open_sealed(KEY, "c", "k", crypto.encrypt(KEY, bomb, b"c:k"))


def test_many_threads_seal_and_open_at_once():
    sizes = [40 * (1 + number % 50) for number in range(4000)]
    made = [{"number": number, "text": "字" * size} for number, size in enumerate(sizes)]
    with ThreadPoolExecutor(8) as pool:
        data = list(pool.map(partial(bodies.seal, KEY, "c", "k"), made))
        read = list(pool.map(partial(bodies.open_sealed, KEY, "c", "k"), data))
    assert read == made
