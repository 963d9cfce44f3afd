"""What each operator of a rule means: the same here and in `static/js/forms/operators.js`.

The two JSON Logic libraries read and walk an expression; where they differ in what an operator
does (null as 0, "1" and 1, true and 1, 1.0 and 1, which branch is computed), the operators are
ours on both sides. Every one takes any values and never raises: what cannot be computed is null.
Must not know fields, items or the clock. Neighbours: `rules` installs these;
`docs/rules-and-search.md` has the table; the vectors of the tests hold on both sides.
"""

import math
import operator
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from forms.definition import JSON
from forms.fields.identifiers import birth_date_of, sex_of

Operator = Callable[..., JSON]
Number = int | float
DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# What a number of the browser holds exactly, and where both languages write numbers alike.
EXACT, PLAIN_FROM, PLAIN_UNTIL = 2**53, 1e-4, 1e16


def is_true(value: object) -> bool:
    """Say whether a value counts as true: all but null, false, 0, "" and the empty list do."""
    return value is not None and value is not False and value not in (0, "", [], ())


def number(value: object) -> Number | None:
    """Return a number, or what a decimal text ("-12.50") says; None for everything else."""
    if isinstance(value, str):
        if not DECIMAL.fullmatch(value):
            return None
        value = float(value) if "." in value or len(value) > 15 else int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int) and -EXACT <= value <= EXACT:
        return value
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def is_same(one: object, other: object) -> bool:
    """Say whether two values are the same text, number, truth value or null."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == other
    return (one is None and other is None) or (
        isinstance(one, str) and isinstance(other, str) and one == other
    )


def _is_alike(one: object = None, other: object = None) -> bool:
    if isinstance(one, str) is not isinstance(other, str):
        first, second = number(one), number(other)
        return first is not None and first == second
    return is_same(one, other)


def _comparing(holds: Callable[[Any, Any], bool]) -> Operator:
    def compare(one: object = None, other: object = None, *more: object) -> bool:
        if isinstance(one, str) and isinstance(other, str):
            first: object = _units(one)
            second: object = _units(other)
        else:
            first, second = number(one), number(other)
        if first is None or second is None:
            return False
        return holds(first, second) and (not more or bool(compare(other, *more)))

    return compare


def _units(text: str) -> bytes:
    # A browser orders texts by their UTF-16 units.
    return text.encode("utf-16-be", "surrogatepass")


def _within(part: object = None, whole: object = None) -> bool:
    if isinstance(whole, str):
        return isinstance(part, str) and part in whole
    return isinstance(whole, list | tuple) and any(is_same(part, each) for each in whole)


def _cat(*parts: object) -> str | None:
    texts = [_text(part) for part in parts]
    return None if None in texts else "".join(text for text in texts if text)


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return "true" if value else "false"
    found = number(value)
    if found is None or not (found == 0 or PLAIN_FROM <= abs(found) < PLAIN_UNTIL):
        return None
    return str(int(found)) if found == int(found) else repr(found)


def _computing(compute: Callable[..., Number]) -> Operator:
    def result(*values: object) -> Number | None:
        numbers = [number(value) for value in values]
        return None if None in numbers else number(compute(*numbers))

    return result


def _minus(first: Number = 0, *second: Number) -> Number:
    return first - second[0] if second else -first


def _iso(value: object) -> date | None:
    if not isinstance(value, str) or not ISO_DATE.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _birth_date(identity: object = None) -> str | None:
    born = birth_date_of(identity) if isinstance(identity, str) else None
    return born.isoformat() if born else None


def _sex(identity: object = None) -> str | None:
    return sex_of(identity) if isinstance(identity, str) else None


def _age(born_or_identity: object = None, on: object = None) -> int | None:
    born = _iso(born_or_identity) or _iso(_birth_date(born_or_identity))
    day = _iso(on)
    if born is None or day is None:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _days_between(start: object = None, end: object = None) -> int | None:
    first, last = _iso(start), _iso(end)
    return None if first is None or last is None else (last - first).days


def _year(value: object = None) -> int | None:
    day = _iso(value)
    return day.year if day else None


def _size(value: object = None) -> int:
    return len(value) if isinstance(value, list | tuple) else 0


def _distinct(rows: object = None, key: object = None) -> bool:
    listed = rows if isinstance(rows, list) else []
    values = [row.get(key) for row in listed if isinstance(row, dict) and isinstance(key, str)]
    given = [
        (isinstance(value, bool), value) for value in values if isinstance(value, str | int | float)
    ]
    return len(set(given)) == len(given)


NAMED: Mapping[str, Operator] = {
    "birth_date": _birth_date,
    "sex": _sex,
    "age": _age,
    "days_between": _days_between,
    "amount": number,
    "year": _year,
    "size": _size,
    "distinct": _distinct,
}
PLAIN: Mapping[str, Operator] = {
    "==": _is_alike,
    "!=": lambda one=None, other=None: not _is_alike(one, other),
    "===": lambda one=None, other=None: is_same(one, other),
    "!==": lambda one=None, other=None: not is_same(one, other),
    "<": _comparing(operator.lt),
    "<=": _comparing(operator.le),
    ">": _comparing(operator.gt),
    ">=": _comparing(operator.ge),
    "!": lambda value=None: not is_true(value),
    "!!": lambda value=None: is_true(value),
    "in": _within,
    "cat": _cat,
    "+": _computing(lambda *values: sum(values)),
    "-": _computing(_minus),
    "*": _computing(lambda *values: math.prod(values)),
    "min": _computing(lambda *values: min(values, default=math.nan)),
    "max": _computing(lambda *values: max(values, default=math.nan)),
}
ARITY: Mapping[str, tuple[int, int]] = {
    **dict.fromkeys(("==", "!=", "===", "!==", ">", ">=", "in"), (2, 2)),
    **dict.fromkeys(("<", "<="), (2, 3)),
    **dict.fromkeys(("!", "!!", "birth_date", "sex", "amount", "year", "size"), (1, 1)),
    **dict.fromkeys(("days_between", "distinct", "some", "all", "none"), (2, 2)),
    **dict.fromkeys(("-", "age", "var"), (1, 2)),
    "today": (0, 0),
}
"""How many arguments an operator takes, both ends included; those not named take one or more."""
