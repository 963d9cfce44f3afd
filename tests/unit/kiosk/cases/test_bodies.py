"""Bodies of entries: readable with their case's key for their case and kind, and in no other way."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import SimpleNamespace

import pytest
import zstandard

from kiosk import crypto
from kiosk.cases import bodies
from sync import bounded, dictionaries

KEY = bytes(range(32))
SHA = "0f" * 32
BODY = {
    "answers": {"applicant": {"name": "张三"}},
    "files": {"01a218a6-008f-71d3-97b7-80b8946ef7ec": {"sha256": SHA, "key": "a1" * 32}},
}
DICTIONARY = dictionaries.agreed(dictionaries.names()[-1])


def test_a_body_is_read_again():
    assert bodies.open_sealed(KEY, "c", "k", bodies.seal(KEY, "c", "k", BODY)) == BODY


def test_a_body_that_is_packed_with_a_dictionary_is_read_with_the_files_of_its_entry_and_smaller():
    sealed = bodies.seal(KEY, "c", "k", BODY, DICTIONARY, [SHA])
    assert bodies.open_sealed(KEY, "c", "k", sealed, [SHA]) == BODY
    assert len(sealed) < len(bodies.seal(KEY, "c", "k", BODY)) * 0.8
    with pytest.raises(ValueError):
        bodies.open_sealed(KEY, "c", "k", sealed, [])


@pytest.mark.parametrize("blobs", [(SHA,), f'["{SHA}"]'])
def test_a_row_and_an_entry_are_read_alike(blobs):
    sealed = bodies.seal(KEY, "c", "k", BODY, DICTIONARY, [SHA])
    fact = SimpleNamespace(subject="c", kind="k", body=sealed, blobs=blobs)
    assert bodies.open_fact(KEY, fact) == BODY


@pytest.mark.parametrize("number", [1, 32_767, 40_000, 2**32 - 1])
def test_a_body_with_a_dictionary_that_nobody_has_is_refused(number):
    own = zstandard.ZstdCompressionDict(bytes(range(256)) * 8)
    packer = zstandard.ZstdCompressor(dict_data=own)
    packed = bytearray(packer.compress(b"{}" * 400))
    frame = b"\x28\xb5\x2f\xfd" + bytes([0x63]) + number.to_bytes(4, "little")
    assert zstandard.get_frame_parameters(frame + bytes(packed[5:])).dict_id == number
    with pytest.raises(ValueError):
        bodies.open_sealed(KEY, "c", "k", crypto.encrypt(KEY, frame + bytes(packed[5:]), b"c:k"))


def test_a_body_shows_nothing_of_what_it_says():
    assert "张三".encode() not in bodies.seal(KEY, "c", "k", BODY)


@pytest.mark.parametrize("dictionary", [None, DICTIONARY])
def test_a_body_of_more_values_than_any_has_is_refused(dictionary):
    body = {"answers": [{}] * (bounded.MAX_VALUES // 2)}
    bomb = bodies.seal(KEY, "c", "k", body, dictionary)
    assert len(bomb) < 1_000
    with pytest.raises(bounded.TooManyValues):
        bodies.open_sealed(KEY, "c", "k", bomb)


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


@pytest.mark.parametrize("dictionary", [None, DICTIONARY])
@pytest.mark.parametrize("tells_its_size", [True, False])
def test_a_body_that_unpacks_to_too_much_is_refused(tells_its_size, dictionary):
    packer = zstandard.ZstdCompressor(write_content_size=tells_its_size, dict_data=dictionary)
    bomb = packer.compress(b'{"a":"' + b"0" * bodies.MAX_BODY_BYTES + b'"}')
    with pytest.raises(ValueError):
        bodies.open_sealed(KEY, "c", "k", crypto.encrypt(KEY, bomb, b"c:k"))


def test_a_body_whose_marks_stand_for_too_much_is_refused_before_they_are_read():
    # Two bytes for the 66 of a digest: a few hundred bytes packed would be a hundred megabytes.
    marks = b'{"a":[' + b"\xfd\x00," * (bodies.MAX_BODY_BYTES // 60) + b"0]}"
    bomb = zstandard.ZstdCompressor(dict_data=DICTIONARY).compress(marks)
    assert len(marks) < bodies.MAX_BODY_BYTES
    with pytest.raises(ValueError, match="too large"):
        bodies.open_sealed(KEY, "c", "k", crypto.encrypt(KEY, bomb, b"c:k"), ["0" * 64])


@pytest.mark.parametrize("dictionary", [None, DICTIONARY])
def test_many_threads_seal_and_open_at_once(dictionary):
    sizes = [40 * (1 + number % 50) for number in range(4000)]
    made = [{"number": number, "text": "字" * size} for number, size in enumerate(sizes)]
    with ThreadPoolExecutor(8) as pool:
        sealing = partial(bodies.seal, KEY, "c", "k", dictionary=dictionary)
        data = list(pool.map(sealing, made))
        read = list(pool.map(partial(bodies.open_sealed, KEY, "c", "k"), data))
    assert read == made
