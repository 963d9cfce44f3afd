"""What the hall shows of the counts of help follows the rule of the statistics."""

from kiosk.cases.help.counting import Count, Tally
from kiosk.figures.table import BESIDE, FEW
from kiosk.hall.help_counted import shown


def counted(*numbers: tuple[str, int]) -> Tally:
    counts = tuple(
        Count("s", f"agent {place}", "MZ-001", kind, many)
        for place, (kind, many) in enumerate(numbers)
    )
    sums: dict[str, int] = {}
    for kind, many in numbers:
        sums[kind] = sums.get(kind, 0) + many
    return Tally("2026-11", counts, tuple(sums.items()), sum(sums.values()))


def lines(told: Tally) -> list[object]:
    return [each.number for each in told.counts]


def test_a_small_count_is_hidden_and_cannot_be_had_from_the_sum_of_its_kind() -> None:
    told = shown(counted(("assist", 3), ("assist", 20), ("assist", 30), ("visit", 40)))
    assert lines(told) == [FEW, BESIDE, 30, 40]
    assert dict(told.by_kind) == {"assist": 53, "visit": 40}
    assert told.total == 93


def test_the_sum_of_a_kind_that_would_tell_is_hidden_with_the_sum_of_all() -> None:
    told = shown(counted(("assist", 4), ("assist", 4), ("visit", 40)))
    assert lines(told) == [FEW, FEW, 40]
    assert dict(told.by_kind) == {"assist": BESIDE, "visit": 40}
    assert told.total == BESIDE


def test_one_service_of_a_month_is_told_nowhere() -> None:
    told = shown(counted(("assist", 1)))
    assert (lines(told), dict(told.by_kind), told.total) == ([FEW], {"assist": FEW}, FEW)


def test_counts_that_are_large_stay_as_they_are() -> None:
    exact = counted(("assist", 20), ("visit", 7))
    assert shown(exact) == exact
