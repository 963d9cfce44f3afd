"""A backlog with a courier: the hall works on an envelope while the answer before is noted."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

import pytest

from kiosk import clock
from sync import journal, push
from sync.push import Line
from sync.transport import LineDown
from tests.builders.carriers import entries_at_hall
from tests.builders.cases import a_case_at
from tests.builders.machines import Pair

CASES = 5


@pytest.fixture
def line(small_pair: Pair, monkeypatch) -> Iterator[Line]:
    """A line with a courier that carries two entries at a time, of which five wait."""
    monkeypatch.setattr(journal, "MAX_ENTRIES", 2)
    monkeypatch.setattr(push, "_WORTH_LOOKING_AHEAD", 1)
    for _ in range(CASES):
        a_case_at(small_pair.terminal)
    with ThreadPoolExecutor(1) as courier:
        yield replace(small_pair.exchange, courier=courier)


def test_the_next_envelope_is_under_way_before_an_answer_is_noted(small_pair, line):
    second, post = threading.Event(), small_pair.line.post

    def posted(path: str, frame: bytes) -> bytes:
        if small_pair.line.sent:
            second.set()
        return post(path, frame)

    def noted() -> datetime:
        assert second.wait(10)
        return clock.now()

    small_pair.line.post = posted
    assert push.push(replace(line, now=noted)) == CASES
    assert (len(small_pair.line.sent), entries_at_hall(small_pair)) == (3, CASES)
    assert small_pair.peer().acknowledged == (1, CASES)


@pytest.mark.parametrize("fault", ["lost", "unheard", "cut"])
def test_what_was_noted_stays_when_the_next_one_fails(small_pair, line, fault):
    small_pair.line.faults = iter(["", fault])
    with pytest.raises((LineDown, push.HallRefuses)):
        push.push(line)
    assert small_pair.peer().acknowledged == (1, 2)
    assert push.push(line) == CASES - 2
    assert entries_at_hall(small_pair) == CASES


def test_an_envelope_under_way_has_arrived_when_noting_fails(small_pair, line):
    def broken() -> datetime:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        push.push(replace(line, now=broken))
    assert (entries_at_hall(small_pair), small_pair.peer().acknowledged) == (4, (0, 0))
    assert push.push(line) == CASES
    assert entries_at_hall(small_pair) == CASES


def test_a_push_that_takes_long_ends_after_an_envelope_and_the_next_goes_on(
    small_pair, line, monkeypatch
):
    monkeypatch.setattr(push, "MOST_SECONDS", 0)
    assert [push.push(line) for _ in range(4)] == [2, 2, 1, 0]
    # Nothing was under way that nobody asked after.
    assert len(small_pair.line.sent) == 3
    assert small_pair.peer().acknowledged == (1, CASES)
