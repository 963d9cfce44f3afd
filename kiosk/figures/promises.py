"""What was promised: the time that the catalogue promises for an item, and the median over cases.

Nothing of it is kept: the counts by item and the current release tell it. A promise is in working
days, 0 for an item that is done on the spot; plain days count five for a week. Neighbours:
`reading` counts the cases by item, `table` has the column, `handling` the time it compares with.
"""

from collections.abc import Mapping

from forms.release import Catalogue
from kiosk.figures.suppression import is_small

#: So many working days are promised for an item (its code).
Promised = tuple[float, str]
#: How many cases there are of each item, with what it promises.
Promises = Mapping[Promised, int]


def promised_days(catalogue: Catalogue) -> dict[str, float]:
    """Return the working days that each item of the catalogue promises, by its code."""
    return {code: item.promised.in_working_days for code, item in catalogue.items.items()}


def median(promises: Promises) -> float | None:
    """Return the working days that half of the cases were promised at most; None without cases.

    By nearest rank, so that it is always the promise of an item.
    """
    half, passed = sum(promises.values()) / 2, 0
    for promised in sorted(promises):
        passed += promises[promised]
        if passed >= half > 0:
            return promised[0]
    return None


def tells_of_few(promises: Promises) -> bool:
    """Tell whether a median of several items could tell how many cases a rare one of them has.

    What an item promises is public: the median says which items have more than half of the cases.
    """
    return len(promises) > 1 and any(is_small(count) for count in promises.values())
