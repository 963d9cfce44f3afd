"""One digest names every entry of a run, and names none of another run."""

import pytest

from sync.naming import expanded, run_of, shortened

ENTRIES = [(seq, bytes([seq]) * 32) for seq in (5, 6, 7)]
VERDICTS = [
    {"seq": 5, "digest": ("05" * 32), "verdict": "applied", "reason": None},
    {"seq": 6, "digest": ("06" * 32), "verdict": "held", "reason": "needs x"},
    {"seq": 7, "digest": ("07" * 32), "verdict": "applied", "reason": None},
]


def test_verdicts_in_short_are_read_as_they_were():
    short = shortened(VERDICTS, 3)
    assert (run_of(short), len(short["others"])) == ((3, 5, 3), 1)
    assert expanded(short, ENTRIES) == VERDICTS


@pytest.mark.parametrize("verdicts", [[], [VERDICTS[0], VERDICTS[2]], [VERDICTS[1], VERDICTS[0]]])
def test_what_is_no_run_stays_as_it_is(verdicts):
    assert shortened(verdicts, 3) == verdicts
    assert run_of(verdicts) is None
    assert expanded(verdicts, ENTRIES) == verdicts


@pytest.mark.parametrize(
    "own",
    [
        [],
        ENTRIES[:2],
        [*ENTRIES, (8, bytes(32))],
        [*ENTRIES[:2], (7, bytes(32))],
        [(seq + 1, digest) for seq, digest in ENTRIES],
        ENTRIES[::-1],
    ],
)
def test_another_run_is_named_by_nothing(own):
    assert expanded(shortened(VERDICTS, 3), own) == []


def test_a_count_that_no_journal_has_costs_nothing():
    short = {**shortened(VERDICTS, 3), "run": [3, 5, 2**62]}
    assert expanded(short, ENTRIES) == []
