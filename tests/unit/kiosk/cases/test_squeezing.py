"""Digests, keys and ids travel as bytes inside a body's JSON, and nothing else changes."""

import json
import uuid

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.cases.squeezing import squeezed, widened

DIGEST, OTHER = "0f" * 32, "a1" * 32
UUID = "01a218a6-008f-71d3-97b7-80b8946ef7ec"
TEXTS = st.one_of(
    st.text(),
    st.binary(min_size=32, max_size=32).map(bytes.hex),
    st.uuids().map(str),
    st.sampled_from([DIGEST, OTHER, UUID, DIGEST.upper(), UUID.upper(), DIGEST + "0", f'"{UUID}"']),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), TEXTS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.lists(st.sampled_from([DIGEST, OTHER]), unique=True))
def test_whatever_is_squeezed_comes_back_as_it_was(value, blobs):
    text = orjson.dumps(value)
    assert widened(squeezed(text, blobs), blobs) == text


def test_a_digest_a_key_and_an_id_take_as_many_bytes_as_they_have():
    assert squeezed(json.dumps(DIGEST).encode()) == b"\xff" + bytes.fromhex(DIGEST)
    assert squeezed(json.dumps(UUID).encode()) == b"\xfe" + uuid.UUID(UUID).bytes
    assert squeezed(json.dumps([OTHER]).encode(), [DIGEST, OTHER]) == b"[\xfd\x01]"


@pytest.mark.parametrize("data", [b"\xfd\x02", b"[\xfd\xff]"])
def test_a_file_that_the_entry_does_not_name_is_refused(data):
    with pytest.raises(ValueError):
        widened(data, [DIGEST, OTHER])


@given(st.binary(max_size=200))
def test_no_bytes_break_it(data):
    try:
        wide = widened(data, [DIGEST])
    except ValueError:
        return
    assert len(wide) <= 67 * (len(data) + 1)
