"""Envelopes of version 2: read exactly as written, and whatever else comes is refused whole."""

import copy
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk import clock
from sync import columns, packed
from sync.envelope import MAX_EPOCH, MAX_NUMBER, BadFrame, Entry, walk
from tests.builders.entries import Scribe, sealed

#: What text can be on a wire in UTF-8.
CHARACTERS = st.characters(blacklist_characters="\0", blacklist_categories=["Cs"])
UUIDS = st.one_of(st.uuids().map(str), st.text(CHARACTERS, max_size=36))
DIGESTS = st.one_of(
    st.binary(min_size=32, max_size=32).map(bytes.hex), st.text("abcf0", max_size=64)
)
NUMBERS = st.integers(1, MAX_NUMBER)
ENTRIES = st.builds(
    Entry,
    epoch=st.integers(1, MAX_EPOCH),
    seq=NUMBERS,
    entry_id=UUIDS,
    subject=UUIDS,
    subject_seq=NUMBERS,
    kind=st.text(CHARACTERS, max_size=40),
    version=NUMBERS,
    recorded_at=st.integers(-MAX_NUMBER, MAX_NUMBER),
    uptime_ms=st.integers(-MAX_NUMBER, MAX_NUMBER),
    blobs=st.lists(DIGESTS, max_size=3).map(tuple),
    body=st.binary(max_size=40),
    body_sha256=DIGESTS,
    prev_digest=st.binary(max_size=40),
    digest=st.binary(max_size=40),
)


def carried(run: list[Entry], keys: dict[str, bytes]) -> tuple[tuple[Entry, ...], dict[str, bytes]]:
    head = run[-1].digest.hex() if run else "0" * 64
    return columns.read(packed.loads(packed.dumps(columns.written(run, keys))), head)


def a_run(count: int = 4) -> tuple[list[Entry], dict[str, bytes]]:
    scribe = Scribe()
    run = [scribe.submitted(blobs=("0f" * 32, "a1" * 32)) for _ in range(count)]
    run.append(scribe.withdrawn(run[0].subject))
    run.append(scribe.write("counter.day", clock.new_id(), b"{}"))
    return run, scribe.keys


def test_a_run_is_read_as_it_was_written_with_the_keys_that_there_are():
    run, keys = a_run()
    assert carried(run, keys) == (tuple(run), keys)
    assert walk(carried(run, keys)[0]).fault is None


def test_an_empty_run_asks_for_the_cursor():
    assert carried([], {}) == ((), {})


@settings(max_examples=60, deadline=None)
@given(st.lists(ENTRIES, max_size=5))
def test_any_entries_are_read_as_they_were_written_also_those_that_do_not_prove(run):
    assert carried(run, {})[0] == tuple(run)


def test_a_digest_that_follows_takes_no_room_and_one_that_does_not_is_said():
    run, keys = a_run(40)
    damaged = [replace(run[0], body=run[0].body + b"!"), *run[1:20]]
    damaged += [replace(run[20], digest=bytes(32)), *run[21:]]
    plain, said = (len(packed.dumps(columns.written(each, keys))) for each in (run, damaged))
    assert plain < said < plain + 300
    read = carried(damaged, keys)[0]
    assert read == tuple(damaged)
    assert walk(read).fault == walk(damaged).fault is not None


def test_an_entry_whose_body_was_wiped_still_proves():
    run, keys = a_run()
    wiped = [replace(entry, body=b"") for entry in run]
    assert carried(wiped, keys)[0] == tuple(wiped)
    assert walk(carried(wiped, keys)[0]).fault is None


def test_another_head_than_the_one_that_follows_is_refused():
    run, keys = a_run()
    for head in (run[0].digest.hex(), None, 7, ""):
        with pytest.raises(BadFrame):
            columns.read(columns.written(run, keys), head)


def test_an_altered_body_is_another_head():
    run, keys = a_run()
    payload = columns.written(run, keys)
    payload["entries"][11][2] = b"another"
    with pytest.raises(BadFrame, match="digests that follow"):
        columns.read(payload, run[-1].digest.hex())


def test_more_entries_than_an_envelope_has_are_refused():
    scribe = Scribe()
    run = [scribe.write("k", "s", b"") for _ in range(columns.MAX_ENTRIES + 1)]
    assert len(carried(run[:-1], {})[0]) == columns.MAX_ENTRIES
    with pytest.raises(BadFrame):
        carried(run, {})


@pytest.mark.parametrize(
    "changes",
    [
        {"seq": 0},
        {"epoch": MAX_NUMBER + 1},
        {"subject_seq": -1},
        {"version": 2**70},
        {"kind": "k" * 41},
        {"kind": "a\0"},
        {"entry_id": "x" * 37},
        {"blobs": ("0" * 65,)},
    ],
)
def test_what_does_not_fit_a_field_is_refused(changes):
    scribe = Scribe()
    try:
        run = [sealed(scribe.write("k", "s", b""), b"", **changes)]
        payload = packed.loads(packed.dumps(columns.written(run, {})))
    except (TypeError, OverflowError):
        return  # No writer can say it.
    with pytest.raises(BadFrame):
        columns.read(payload, run[-1].digest.hex())


OTHERS = [
    None,
    True,
    -1,
    2**63,
    1.5,
    "x",
    b"",
    b"\0" * 33,
    [],
    [None],
    [[]],
    {},
    {"a": 1},
    [-1] * 6,
]


@pytest.mark.parametrize("column", range(14))
@pytest.mark.parametrize("value", OTHERS, ids=repr)
def test_a_column_of_another_shape_is_refused(column, value):
    run, keys = a_run()
    payload = columns.written(run, keys)
    if payload["entries"][column] == value:
        return
    payload["entries"][column] = value
    with pytest.raises(BadFrame):
        columns.read(payload, run[-1].digest.hex())


@pytest.mark.parametrize("name", ["entries", "keys", "keyless"])
@pytest.mark.parametrize("value", OTHERS, ids=repr)
def test_a_member_of_another_shape_is_refused(name, value):
    run, keys = a_run()
    with pytest.raises(BadFrame):
        columns.read({**columns.written(run, keys), name: value}, run[-1].digest.hex())


@pytest.mark.parametrize("payload", [None, 7, "x", b"x", [], {}, [[], b"", []]])
def test_what_is_no_payload_is_refused(payload):
    with pytest.raises(BadFrame):
        columns.read(payload, "0" * 64)


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False))
def test_a_part_that_is_put_elsewhere_is_refused_or_is_another_run(chance: random.Random):
    run, keys = a_run()
    payload = copy.deepcopy(columns.written(run, keys))
    column = payload["entries"][chance.randrange(14)]
    other = payload["entries"][chance.randrange(14)]
    if isinstance(column, list) and column:
        column[chance.randrange(len(column))] = other
    with pytest.raises(BadFrame):
        columns.read(payload, "not the head")
