"""The transition table: every state with every verb."""

import pytest

from kiosk.cases.lifecycle import FINAL, STATES, STEPS, Illegal, next_state, possible

LEGAL = {
    ("submitted", "accept"): "accepted",
    ("submitted", "return"): "returned",
    ("submitted", "refuse"): "refused",
    ("submitted", "withdraw"): "withdrawn",
    ("returned", "correct"): "submitted",
    ("returned", "withdraw"): "withdrawn",
    ("accepted", "approve"): "approved",
    ("accepted", "refuse"): "refused",
    ("accepted", "withdraw"): "withdrawn",
    ("submitted", "lapse"): "withdrawn",
    ("accepted", "lapse"): "withdrawn",
    ("approved", "deliver"): "delivered",
}
#: What leaves the case where it is.
STAYING = {
    ("submitted", "supply"),
    ("accepted", "supply"),
    ("approved", "rate"),
    ("refused", "rate"),
    ("delivered", "rate"),
}
LEGAL |= {(state, verb): state for state, verb in STAYING}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", STEPS)
def test_every_verb_in_every_state(state, verb):
    if (state, verb) in LEGAL:
        assert next_state(state, verb) == LEGAL[state, verb]
        assert verb in possible(state)
    else:
        with pytest.raises(Illegal, match=f"{verb} is not possible when the case is {state}"):
            next_state(state, verb)
        assert verb not in possible(state)


def test_a_case_is_returned_once_in_its_life():
    taken = frozenset({"return", "correct"})
    with pytest.raises(Illegal, match="once only"):
        next_state("submitted", "return", taken)
    assert "return" not in possible("submitted", taken)
    assert {"accept", "refuse", "withdraw"} <= set(possible("submitted", taken))


@pytest.mark.parametrize("state", sorted(FINAL))
def test_nothing_leads_out_of_a_final_state(state):
    assert {next_state(state, verb) for verb in possible(state)} <= {state}


def test_a_case_is_rated_once():
    assert "rate" not in possible("delivered", frozenset({"rate"}))


def test_every_state_can_be_reached_and_every_other_has_a_way_out():
    assert {"submitted", *LEGAL.values()} == set(STATES)
    assert {state for state, verb in LEGAL if (state, verb) not in STAYING} == set(STATES) - FINAL


def test_whoever_decides_against_a_person_must_say_why():
    assert {verb for verb, step in STEPS.items() if step.needs_reasons} == {"return", "refuse"}


def test_a_verb_that_there_is_not():
    with pytest.raises(KeyError):
        next_state("submitted", "burn")
