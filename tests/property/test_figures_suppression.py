"""Whatever the counts of a column, nobody can reckon a small one from what is shown of it."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from kiosk.figures.suppression import FEWEST, hidden, is_small, must_hide_sum

COUNTS = st.lists(
    st.one_of(st.integers(0, FEWEST + 3), st.integers(0, 200)), min_size=1, max_size=6
)


@given(COUNTS)
def test_every_small_count_may_be_several_numbers(counts: list[int]) -> None:
    gone = hidden(counts)
    assert all(is_gone for count, is_gone in zip(counts, gone, strict=True) if is_small(count))
    if must_hide_sum(counts, gone):
        return
    for place, may_be in _explanations(counts, gone).items():
        if is_small(counts[place]):
            assert len(may_be) >= 2, (counts, gone, place, may_be)


@given(COUNTS)
def test_nothing_is_hidden_without_need(counts: list[int]) -> None:
    if not any(map(is_small, counts)):
        assert not any(hidden(counts))
    assert all(count for count, is_gone in zip(counts, hidden(counts), strict=True) if is_gone)


def test_a_sum_that_is_small_itself_is_hidden() -> None:
    counts = [2, 2]
    assert must_hide_sum(counts, hidden(counts))


def test_one_small_count_takes_the_smallest_of_the_others_along() -> None:
    assert hidden([3, 90, 20, 0]) == (True, False, True, False)


def _explanations(counts: list[int], gone: tuple[bool, ...]) -> dict[int, set[int]]:
    """All that the hidden counts may be, found by trying: for a reader who knows the rules."""
    places = [place for place, is_gone in enumerate(gone) if is_gone]
    whole = sum(counts[place] for place in places)
    small = [place for place in places if is_small(counts[place])]
    large = len(places) - len(small)
    found: dict[int, set[int]] = {place: set() for place in places}
    for guess in product(range(1, FEWEST), repeat=len(small)):
        rest = whole - sum(guess)
        if (large == 0 and rest == 0) or (large and rest >= FEWEST * large):
            for place, value in zip(small, guess, strict=True):
                found[place].add(value)
    return found
