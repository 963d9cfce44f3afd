"""What the hall signs of a release has the bytes it always had, and what the feed tells of it."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync import releases
from sync.feed import Item
from sync.releases import Statement

GOLDEN = Path(__file__).parents[2] / "golden" / "wire" / "release_v1.json"
KEY = Ed25519PrivateKey.from_private_bytes(bytes([1] * 32))
STATEMENT = Statement(
    release="ab" * 32,
    size=1_892_007,
    items=110,
    hall_id="01900000-0000-7000-8000-000000000003",
    made_at=1_763_900_000_000_000,
)


def golden_statement() -> dict[str, object]:
    return {
        "statement": asdict(STATEMENT),
        "signed": STATEMENT.signed_bytes().decode(),
        "signature": STATEMENT.sign(KEY).hex(),
    }


def test_a_statement_of_version_1_has_the_bytes_and_the_signature_it_always_had(request):
    if request.config.getoption("--update-golden"):
        GOLDEN.write_text(json.dumps(golden_statement(), indent=1) + "\n")
    assert golden_statement() == json.loads(GOLDEN.read_text())


@pytest.mark.parametrize(
    "changes",
    [
        {"release": "AB" * 32},
        {"release": "../../etc/passwd"},
        {"release": None},
        {"size": "5"},
        {"size": -1},
        {"size": True},
        {"items": 2**60},
        {"hall_id": "x" * 37},
        {"signature": "xy"},
        {"signature": None},
    ],
    ids=str,
)
def test_a_malformed_item_is_no_release_and_leaves_no_row(small_pair, changes):
    told = {**asdict(STATEMENT), "signature": STATEMENT.sign(KEY).hex(), **changes}
    before = small_pair.terminal.row_counts()
    item = Item(1, releases.KIND, None, 0, json.dumps(told).encode())
    with (
        pytest.raises((ValueError, KeyError, TypeError)),
        small_pair.terminal.writing() as session,
    ):
        releases.want(session, item)
    assert small_pair.terminal.row_counts() == before
