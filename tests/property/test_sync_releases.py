"""What is told of a release: only what the hall signed passes, and only what was announced unpacks."""

from dataclasses import asdict, replace
from types import SimpleNamespace

import pytest
import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from sync.obtain import NotTaken, _unpacked
from sync.releases import Statement

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
HASHES = st.text("0123456789abcdef", min_size=64, max_size=64)
NUMBERS = st.integers(0, 2**53 - 1)
STATEMENTS = st.builds(Statement, HASHES, NUMBERS, NUMBERS, st.text(max_size=36), NUMBERS)


@given(STATEMENTS, STATEMENTS, st.sampled_from(sorted(asdict(Statement("", 0, 0, "", 0)))))
def test_a_statement_with_one_field_of_another_is_not_signed(one, other, field):
    signature = one.sign(KEY)
    changed = replace(one, **{field: getattr(other, field)})
    assert changed.is_signed(signature, KEY.public_key()) is (changed == one)


@given(st.binary(max_size=200))
def test_no_signature_but_the_right_one_passes(signature):
    statement = Statement("0" * 64, 1, 1, "hall", 1)
    right = statement.sign(KEY)
    assert statement.is_signed(signature, KEY.public_key()) is (signature == right)


@given(st.binary(max_size=2000), st.integers(1, 3000), st.data())
def test_whatever_arrives_unpacks_to_what_was_announced_or_not_at_all(content, size, data):
    packed = data.draw(st.one_of(st.binary(max_size=300), st.just(zstandard.compress(content))))
    row = SimpleNamespace(size=size, sha256="0" * 64)
    with pytest.raises(NotTaken):
        _unpacked(packed, row)
