"""Stories of three terminals and a hall: some always the same, some new each time.

What a seed finds is told again with `kiosk simulate --seed N --story` (docs/simulation.md).
"""

import json
import secrets

import pytest
from click.testing import CliRunner

from kiosk.cli import group
from kiosk.simulation.running import one, run
from tests.builders.platforms import run_kiosk

#: Seeds that have found something once, and the first ones.
KNOWN = (*range(1, 9), 40, 147, 167, 199, 401, 646)
FRESH = 5


def failure(outcome) -> str | None:
    if outcome.violation is None:
        return None
    return "\n".join([f"seed {outcome.seed}: {outcome.violation}", *outcome.events[-25:]])


@pytest.mark.parametrize("seed", KNOWN)
def test_a_story_that_was_told_before_ends_well(simulated, seed):
    assert failure(one(simulated, seed, days=5)) is None


@pytest.mark.parametrize("seed", [575, 870])
def test_what_a_restored_hall_says_to_a_restored_terminal_holds(simulated, seed):
    assert failure(one(simulated, seed, days=3)) is None


def test_a_story_that_nobody_has_heard_ends_well(simulated):
    for _ in range(FRESH):
        seed = secrets.randbelow(10**9)
        print(f"kiosk simulate --seed {seed} --terminals 3 --days 5 --story")
        assert failure(one(simulated, seed, days=5)) is None


def test_the_same_seed_tells_the_same_story(simulated):
    first, other, again = (one(simulated, seed, days=2) for seed in (77, 78, 77))
    assert again == first
    assert other.digest != first.digest


def test_the_command_tells_one_story_and_counts(simulated):
    done = run_kiosk("simulate", "--seed", "77", "--terminals", "3", "--days", "2", "--story")
    assert done.returncode == 0, done.stderr
    told = one(simulated, 77, days=2)
    assert json.loads(done.stdout) == {
        "seeds": 1,
        "terminals": 3,
        "entries": told.entries,
        "faults": told.faults,
        "violations": 0,
    }
    assert done.stderr.splitlines() == [*told.events, f"seed 77: digest {told.digest}"]


@pytest.mark.parametrize(
    "wrong", [(), ("--seed", "1", "--seeds", "1-2"), ("--seeds", "2-1"), ("--seeds", "x")]
)
def test_the_command_asks_for_one_seed_or_a_range(wrong):
    done = CliRunner().invoke(group, ["simulate", *wrong])
    assert done.exit_code == 2
    assert "--seed" in done.output


@pytest.mark.soak
def test_a_thousand_stories_end_well(simulated):
    heard = []
    run(simulated, range(1000), 5, lambda outcome: heard.append(failure(outcome)))
    assert [each for each in heard if each] == []
