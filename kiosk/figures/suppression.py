"""Which counts of a column may be shown, so that no small one can be told, not even by reckoning.

A count from 1 to 4 could be of people whom somebody knows. Beside the sum of the column, a hidden
count can be reckoned back to what is left; so more are hidden until each small one may be any of
several. Pure. Neighbours: `reading` makes the columns.
"""

from collections.abc import Iterator, Sequence

#: Of fewer than so many, one could tell who they are.
FEWEST = 5


def is_small(count: int) -> bool:
    """Tell whether a count is one that nobody is told."""
    return 0 < count < FEWEST


def hidden(counts: Sequence[int]) -> tuple[bool, ...]:
    """Return which counts of a column are hidden, when their sum is shown beside them.

    All that are small, and then the smallest of the others until each small one may be at least two
    numbers. When nothing else is left to hide, the sum must be hidden too (`must_hide_sum`).
    """
    gone = {place for place, count in enumerate(counts) if is_small(count)}
    others = sorted(
        (place for place, count in enumerate(counts) if count >= FEWEST),
        key=lambda place: (counts[place], place),
        reverse=True,
    )
    while others and _is_told(counts, gone):
        gone.add(others.pop())
    return tuple(place in gone for place in range(len(counts)))


def must_hide_sum(counts: Sequence[int], gone: Sequence[bool]) -> bool:
    """Tell whether the sum of the column gives a small count away, whatever else is hidden."""
    places = {place for place, is_gone in enumerate(gone) if is_gone}
    return is_small(sum(counts)) or _is_told(counts, places)


def _is_told(counts: Sequence[int], gone: set[int]) -> bool:
    return any(high <= low for low, high in possible(counts, gone))


def possible(counts: Sequence[int], gone: set[int]) -> Iterator[tuple[int, int]]:
    """Yield between which numbers each hidden small count may be, for who knows all that is shown.

    Known are the sum of the hidden ones, which of them are small, and that the others are not.
    """
    small = [place for place in gone if is_small(counts[place])]
    large = len(gone) - len(small)
    whole = sum(counts[place] for place in gone)
    for _ in small:
        least_others = (len(small) - 1) + FEWEST * large
        most_others = (len(small) - 1) * (FEWEST - 1) if not large else whole
        yield max(1, whole - most_others), min(FEWEST - 1, whole - least_others)
