"""How much is sent at a time: about two seconds' worth, whatever the line is like."""

import pytest

from sync.pace import FIRST_BYTES, LEAST_BYTES, MOST_BYTES, Pace


def over(line_bits: int, latency: float, sendings: int = 12) -> tuple[Pace, list[float]]:
    """Send over an imagined line and return what was learnt and how long each sending took."""
    pace, took = Pace(), []
    pace.note(0, latency)
    for _ in range(sendings):
        seconds = latency + pace.budget * 8 / line_bits
        took.append(seconds)
        pace.note(pace.budget, seconds)
    return pace, took


@pytest.mark.parametrize("kilobits", [64, 256, 2_000])
def test_a_piece_takes_about_two_seconds(kilobits):
    _, took = over(kilobits * 1000, latency=0.1)
    assert max(took) < 5
    assert took[-1] == pytest.approx(2.1, abs=0.2)


def test_a_quick_line_gets_large_pieces_after_a_few():
    _, took = over(100_000_000, latency=0.001, sendings=4)
    assert Pace().budget == FIRST_BYTES
    assert over(100_000_000, latency=0.001, sendings=4)[0].budget == MOST_BYTES
    assert sum(took) < 1


def test_long_answers_do_not_make_pieces_small():
    pace, took = over(64_000, latency=6.0)
    assert pace.budget == pytest.approx(6 * 8_000, rel=0.1)
    assert max(took) < 13


def test_a_line_that_slows_down_is_noticed_at_once_and_recovers_in_steps():
    pace, _ = over(10_000_000, latency=0.01)
    pace.note(MOST_BYTES // 8, 16.0)
    assert pace.budget == pytest.approx(16_400, rel=0.1)
    before = pace.budget
    pace.note(pace.budget, 0.02)
    assert pace.budget == before * 4


def test_a_small_sending_says_nothing_of_a_quick_line():
    pace = Pace()
    pace.note(2_000, 0.001)
    assert pace.budget == FIRST_BYTES


def test_failures_make_it_smaller_but_never_too_small():
    pace = Pace()
    pace.failed()
    assert pace.budget == FIRST_BYTES // 2
    for _ in range(9):
        pace.failed()
    assert pace.budget == LEAST_BYTES


def test_what_comes_back_says_nothing_of_how_much_goes_out():
    pace, _ = over(64_000, latency=0.1)
    before = pace.budget
    for _ in range(5):
        pace.note(0, 32.0, 262_144)
        pace.note(2_000, 10.0, 100_000)
    assert (pace.budget, pace.latency) == (before, pytest.approx(0.1))
