"""Payloads of version 2 are what JSON has and bytes; bombs and everything else are refused."""

import datetime
import struct
from contextlib import suppress

import msgpack
import pytest
import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from sync import packed
from sync.envelope import BadFrame, pack, unpack
from sync.identity import Identity
from sync.packed import NotPlain

VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**64 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(),
        st.binary(),
    ),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_written_is_read(value):
    assert packed.loads(packed.dumps(value)) == value


@given(st.binary(max_size=300))
def test_no_bytes_do_anything_but_be_read_or_refused(data):
    with suppress(NotPlain):
        packed.loads(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        b"\x92\x01",
        b"\x01\x02",
        b"\x82\xa1a\x01\xa1a\x02",
        b"\x81\x01\x02",
        b"\x81\xc4\x01a\x02",
        b"\x81\x90\x01",
        b"\x91\xa1\xff",
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\x91" * 100_000,
        b"\x91" * 5000 + b"\xc0",
        b"\x90" * 10,
        b"\xdd" + struct.pack(">I", 200_000) + b"\x90" * 200_000,
        b"\x91\xcb" + struct.pack(">d", float("nan")),
        b"\x81\xa1a\xca" + struct.pack(">f", float("inf")),
        msgpack.packb([msgpack.ExtType(5, b"x")]),
        msgpack.packb(msgpack.ExtType(5, b"x")),
        msgpack.packb(datetime.datetime(2026, 11, 26, tzinfo=datetime.UTC), datetime=True),
        msgpack.packb({"at": msgpack.Timestamp(1)}),
        b"\xc4" + bytes(packed.MAX_PACKED_BYTES),
    ],
    ids=lambda data: data[:8].hex(),
)
def test_what_no_payload_has_is_refused(data):
    with pytest.raises(NotPlain):
        packed.loads(data)


def _identity() -> Identity:
    return Identity(Ed25519PrivateKey.generate(), X25519PrivateKey.generate())


@pytest.mark.parametrize("tells_its_size", [True, False])
def test_a_payload_that_unpacks_to_too_much_is_refused(monkeypatch, tells_its_size):
    packer = zstandard.ZstdCompressor(write_content_size=tells_its_size)
    bomb = packer.compress(bytes(packed.MAX_PACKED_BYTES + 1))
    own = _identity()
    with monkeypatch.context() as writer:
        writer.setattr("sync.envelope.zstandard.compress", lambda data, level: bomb)
        frame = pack({}, {}, own.signing, own.public.sealing, 2)
    with pytest.raises(BadFrame):
        unpack(frame).open(own.public.signing, own.sealing)


@pytest.mark.parametrize(("written", "said"), [(1, 2), (2, 1)])
def test_a_payload_of_one_version_is_none_of_the_other(written, said, monkeypatch):
    own = _identity()
    with monkeypatch.context() as writer:
        kept = {1: b"jishiban frame 1", 2: b"jishiban frame 2"}
        writer.setattr("sync.envelope._INFO", {**kept, said: kept[written]})
        frame = pack({}, {"a": 1}, own.signing, own.public.sealing, said)
    with pytest.raises(BadFrame, match="cannot be opened"):
        unpack(frame).open(own.public.signing, own.sealing)
