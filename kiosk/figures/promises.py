"""What was promised: the time that the catalogue promises for an item, and the median over cases.

Nothing of it is kept: the counts by item and the current release tell it. A promise is in working
days, 0 for an item that is done on the spot; plain days count five for a week. Neighbours:
`reading` counts the cases by promise, `table` has the column, `handling` the time it compares with.
"""

from collections.abc import Mapping

from forms.release import Catalogue

#: How many cases were promised so many working days.
Promises = Mapping[float, int]


def promised_days(catalogue: Catalogue) -> dict[str, float]:
    """Return the working days that each item of the catalogue promises, by its code."""
    return {code: item.promised.in_working_days for code, item in catalogue.items.items()}


def median(promises: Promises) -> float | None:
    """Return the working days that half of the cases were promised at most; None without cases.

    By nearest rank, so that it is always the promise of an item.
    """
    half, passed = sum(promises.values()) / 2, 0
    for days in sorted(promises):
        passed += promises[days]
        if passed >= half > 0:
            return days
    return None
