"""What the hall shows of the counts of help: small ones hidden, as in the statistics.

A station's own page has its own staff's counts as they are. Neighbours: `help_service` has the
page, `kiosk.cases.help.counting` counts, `kiosk.figures` has the rule.
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement

from kiosk.cases.help import counting
from kiosk.cases.help.counting import Number, Tally
from kiosk.figures.table import BESIDE, Value, counts_shown


def tally(month: str, within: Sequence[ColumnElement[bool]]) -> Tally:
    """Return the counts of a month that may be shown, of what ``within`` narrows them to."""
    return shown(counting.tally(month, within=within))


def shown(exact: Tally) -> Tally:
    """Return the counts with what may be shown of each: the lines of a kind stand beside its sum.

    The sum of all is hidden with that of a kind, which could be had from it.
    """
    numbers = [_int(each.number) for each in exact.counts]
    told: list[Value] = list(numbers)
    sums: dict[str, Value] = {}
    for kind, _ in exact.by_kind:
        places = [place for place, each in enumerate(exact.counts) if each.kind == kind]
        *lines, sums[kind] = counts_shown([numbers[place] for place in places])
        for place, value in zip(places, lines, strict=True):
            told[place] = value
    *kinds, total = counts_shown([_int(number) for _, number in exact.by_kind])
    by_kind = [
        (kind, value if isinstance(sums[kind], float | int) else sums[kind])
        for (kind, _), value in zip(exact.by_kind, kinds, strict=True)
    ]
    is_hidden = any(isinstance(value, str) for value in sums.values())
    return Tally(
        exact.month,
        tuple(
            replace(each, number=_number(value))
            for each, value in zip(exact.counts, told, strict=True)
        ),
        tuple((kind, _number(value)) for kind, value in by_kind),
        BESIDE if is_hidden and not isinstance(total, str) else _number(total),
    )


def _int(number: Number) -> int:
    return int(number)


def _number(value: Value) -> Number:
    return value if isinstance(value, str) else int(value)
