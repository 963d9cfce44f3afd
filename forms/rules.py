"""Rules of a definition: JSON Logic with a few named operators, the same here and in a browser.

Holds the operators and `evaluate`. Must not know fields, items or answers' meaning. The
expressions and `tests/unit/forms/rule_vectors.json` are what the browser's engine must agree
with. Dates are ISO texts and so compare as texts in both languages.

Named operators (arguments that are missing make the answer null, which counts as false):
`today` [] → ISO date; `birth_date` [id] → ISO date; `sex` [id] → "male" | "female";
`age` [id or ISO date, on = today] → whole years; `days_between` [from, to] → to − from in days;
`amount` [decimal text] → number; `year` [ISO date] → number; `size` [list] → length;
`distinct` [rows, key] → whether no two rows have the same value; `some`, `all`, `none` as in
JSON Logic.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import cast
from zoneinfo import ZoneInfo

from json_logic import jsonLogic, operations, scoped_operations

from forms.definition import JSON, Rule
from forms.fields.identifiers import birth_date_of, sex_of

COMPARING = frozenset(("==", "===", "!=", "!==", "in"))
PLACE = ZoneInfo("Asia/Shanghai")
Operator = Callable[..., JSON]


def local_today() -> date:
    """Return the date on the wall of a station (Asia/Shanghai)."""
    return datetime.now(PLACE).date()


def evaluate(rule: Rule | JSON, data: Mapping[str, object], today: date | None = None) -> bool:
    """Say whether `rule` holds for `data`, as on `today` (default: today in Asia/Shanghai).

    A rule that cannot be computed on these values (a word where a number is due) is false, as a
    comparison with NaN is in the browser. Same input, same answer.
    """
    bound = _bind(
        rule if isinstance(rule, Rule) else Rule(rule), (today or local_today()).isoformat()
    )
    try:
        return bool(jsonLogic(bound, cast(JSON, data)))
    except (TypeError, ValueError):
        return False


def operators_in(logic: JSON) -> Iterator[str]:
    """Yield every operator the expression uses, with repeats."""
    for node in _nodes(logic):
        yield from node


def is_well_formed(logic: JSON) -> bool:
    """Say whether every part has exactly one operator, and arguments unless that is `today`."""
    return all(
        len(node) == 1 and (next(iter(node)) == "today") == (next(iter(node.values())) == [])
        for node in _nodes(logic)
    )


def paths_in(logic: JSON) -> Iterator[str]:
    """Yield every dotted path read with `var` outside `some`, `all` and `none` bodies."""
    if isinstance(logic, list):
        for part in logic:
            yield from paths_in(part)
    elif isinstance(logic, dict):
        for operator, argument in logic.items():
            arguments: list[JSON] = argument if isinstance(argument, list) else [argument]
            if operator == "var":
                yield str(arguments[0])
            elif operator in SCOPED:
                yield from paths_in(arguments[0])
            else:
                for part in arguments:
                    yield from paths_in(part)


@lru_cache(maxsize=8192)
def reads(rule: Rule) -> frozenset[str]:
    """Return the dotted paths a rule looks at, each once; paths of its own row start "this."."""
    return frozenset(paths_in(rule.logic))


def compared_literals(logic: JSON) -> Iterator[tuple[str, str, JSON]]:
    """Yield (operator, path, literal) for every comparison of an answer with literals."""
    for node in _nodes(logic):
        for operator, argument in node.items():
            if operator not in COMPARING or not isinstance(argument, list):
                continue
            for variable, other in (argument, argument[::-1]):
                if isinstance(variable, dict) and list(variable) == ["var"]:
                    literals = other if isinstance(other, list) else [other]
                    for literal in literals:
                        if not isinstance(literal, dict):
                            yield operator, str(variable["var"]), literal


def _nodes(logic: JSON) -> Iterator[dict[str, JSON]]:
    if isinstance(logic, list):
        for part in logic:
            yield from _nodes(part)
    elif isinstance(logic, dict):
        yield logic
        for part in logic.values():
            yield from _nodes(part)


@lru_cache(maxsize=8192)
def _bind(rule: Rule, today: str) -> JSON:
    # The library has no way to pass a clock, and inside `some` only the row is in scope; so the
    # date is written into the expression, once per rule and day.
    return _with_today(rule.logic, today)


def _with_today(logic: JSON, today: str) -> JSON:
    if isinstance(logic, list):
        return [_with_today(part, today) for part in logic]
    if not isinstance(logic, dict):
        return logic
    if list(logic) == ["today"]:
        return today
    bound = {operator: _with_today(argument, today) for operator, argument in logic.items()}
    if "age" in bound:
        argument = bound["age"]
        arguments: list[JSON] = argument if isinstance(argument, list) else [argument]
        bound["age"] = [*arguments, today] if len(arguments) == 1 else argument
    return bound


def _iso(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _birth_date(number: object) -> str | None:
    born = birth_date_of(number) if isinstance(number, str) else None
    return born.isoformat() if born else None


def _sex(number: object) -> str | None:
    return sex_of(number) if isinstance(number, str) else None


def _age(born_or_number: object, on: object) -> int | None:
    born = _iso(born_or_number) or _iso(_birth_date(born_or_number))
    day = _iso(on)
    if born is None or day is None:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _days_between(start: object, end: object) -> int | None:
    first, last = _iso(start), _iso(end)
    return None if first is None or last is None else (last - first).days


def _amount(value: object) -> float | None:
    # A number only for comparing; amounts themselves stay decimal texts everywhere.
    return float(value) if isinstance(value, str | int) and value != "" else None


def _size(value: object) -> int:
    return len(value) if isinstance(value, list | tuple) else 0


def _year(value: object) -> int | None:
    day = _iso(value)
    return day.year if day else None


def _distinct(rows: object, key: object) -> bool:
    listed = rows if isinstance(rows, list) else []
    values = [row.get(key) for row in listed if isinstance(row, dict)]
    given = [value for value in values if value is not None]
    return len(set(given)) == len(given)


def _rows(data: JSON, source: JSON, test: JSON) -> list[bool]:
    rows = jsonLogic(source, data)
    return [bool(jsonLogic(test, row)) for row in rows] if isinstance(rows, list) else []


def _some(data: JSON, source: JSON, test: JSON) -> bool:
    return any(_rows(data, source, test))


def _all(data: JSON, source: JSON, test: JSON) -> bool:
    answers = _rows(data, source, test)
    return bool(answers) and all(answers)


def _none(data: JSON, source: JSON, test: JSON) -> bool:
    return not any(_rows(data, source, test))


NAMED: Mapping[str, Operator] = {
    "birth_date": _birth_date,
    "sex": _sex,
    "age": _age,
    "days_between": _days_between,
    "amount": _amount,
    "year": _year,
    "size": _size,
    "distinct": _distinct,
}
SCOPED: Mapping[str, Operator] = {"some": _some, "all": _all, "none": _none}
PUBLIC = frozenset(("var", "==", "===", "!=", "!==", "!", "!!", "and", "or", "if")) | frozenset(
    ("<", "<=", ">", ">=", "in", "cat", "+", "-", "*", "min", "max")
)
ALLOWED = PUBLIC | NAMED.keys() | SCOPED.keys() | {"today"}
"""Operators a definition may use: those on which Python and the browser agree."""

# The library's own extension point is these two tables.
cast(dict[str, Operator], operations).update(NAMED)
cast(dict[str, Operator], scoped_operations).update(SCOPED)
