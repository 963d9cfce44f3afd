"""Rules of a definition: JSON Logic with a few named operators, the same here and in a browser.

Holds `evaluate` and what rules can be asked about themselves. Must not know fields, items or
answers' meaning. What an operator does is in `operators`; `static/js/forms/rules.js` is the same
for a browser, and `tests/unit/forms/rule_vectors.json` holds on both sides. Dates are ISO texts
and so compare as texts in both languages.

Named operators (arguments that are missing make the answer null, which counts as false):
`today` [] → ISO date; `birth_date` [id] → ISO date; `sex` [id] → "male" | "female";
`age` [id or ISO date, on = today] → whole years; `days_between` [from, to] → to − from in days;
`amount` [decimal text] → number; `year` [ISO date] → number; `size` [list] → length;
`distinct` [rows, key] → whether no two rows have the same value; `some`, `all`, `none` as in
JSON Logic.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any, cast
from zoneinfo import ZoneInfo

from json_logic import (
    empty_operand_values_for_operators,
    jsonLogic,
    operations,
    scoped_operations,
)

from forms.definition import JSON, Rule
from forms.operators import ARITY, NAMED, PLAIN, Operator, is_true

COMPARING = frozenset(("==", "===", "!=", "!==", "in"))
PLACE = ZoneInfo("Asia/Shanghai")


def local_today() -> date:
    """Return the date on the wall of a station (Asia/Shanghai)."""
    return datetime.now(PLACE).date()


def evaluate(rule: Rule | JSON, data: Mapping[str, object], today: date | None = None) -> bool:
    """Say whether `rule` holds for `data`, as on `today` (default: today in Asia/Shanghai).

    What cannot be computed on these values (a word where a number is due) is null, a comparison
    with it false. Same input, same answer.
    """
    try:
        return is_true(compute(rule, data, today))
    except (TypeError, ValueError):
        return False


def compute(rule: Rule | JSON, data: object, today: date | None = None) -> JSON:
    """Return what an expression comes to, null for what cannot be computed.

    Raises TypeError or ValueError for an expression that is not well formed.
    """
    bound = _bind(
        rule if isinstance(rule, Rule) else Rule(rule), (today or local_today()).isoformat()
    )
    return _walk(bound, data)


def operators_in(logic: JSON) -> Iterator[str]:
    """Yield every operator the expression uses, with repeats."""
    for node in _nodes(logic):
        yield from node


def is_well_formed(logic: JSON) -> bool:
    """Say whether every part is one operator with as many arguments as it takes."""
    return all(
        len(node) == 1 and _fits(operator, argument)
        for node in _nodes(logic)
        for operator, argument in node.items()
    )


def _fits(operator: str, argument: JSON) -> bool:
    least, most = ARITY.get(operator, (1, None))
    given = len(argument) if isinstance(argument, list) else 1
    return least <= given and (most is None or given <= most)


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


class _Row:
    """Data that are 0, "", null or false: the library would put an empty object in their place."""

    def __init__(self, value: object) -> None:
        self.value = value


def _walk(logic: JSON, data: Any) -> JSON:
    scope: Any = data or _Row(data)
    return cast(JSON, jsonLogic(logic, scope))


def _var(data: object, path: JSON = "", default: JSON = None) -> Any:
    """Read a dotted path: keys of objects, places of lists from 0; nothing else is there."""
    found = data.value if isinstance(data, _Row) else data
    wanted = _walk(path, data)
    if wanted is None or wanted == "":
        return found
    for key in str(wanted).split("."):
        if isinstance(found, Mapping) and key in found:
            found = found[key]
        elif isinstance(found, list) and PLACE_IN_LIST.fullmatch(key) and int(key) < len(found):
            found = found[int(key)]
        else:
            return _walk(default, data)
    return found


# The library computes every argument first; one that cannot be computed would then spoil a rule
# whose answer does not need it. These three stop as soon as the answer is known.
def _and(data: object, *parts: JSON) -> JSON:
    value: JSON = None
    for part in parts:
        value = _walk(part, data)
        if not is_true(value):
            break
    return value


def _or(data: object, *parts: JSON) -> JSON:
    value: JSON = None
    for part in parts:
        value = _walk(part, data)
        if is_true(value):
            break
    return value


def _if(data: object, *parts: JSON) -> JSON:
    for condition, consequence in zip(parts[::2], parts[1::2], strict=False):
        if is_true(_walk(condition, data)):
            return _walk(consequence, data)
    return _walk(parts[-1], data) if len(parts) % 2 else None


def _rows(data: object, source: JSON, test: JSON) -> Iterator[bool]:
    rows = _walk(source, data)
    for row in rows if isinstance(rows, list) else []:
        yield is_true(_walk(test, row))


def _filter(data: object, source: JSON, test: JSON) -> JSON:
    rows = _walk(source, data)
    return [row for row in rows if is_true(_walk(test, row))] if isinstance(rows, list) else []


def _some(data: object, source: JSON, test: JSON) -> bool:
    return any(_rows(data, source, test))


def _all(data: object, source: JSON, test: JSON) -> bool:
    answers = list(_rows(data, source, test))
    return bool(answers) and all(answers)


def _none(data: object, source: JSON, test: JSON) -> bool:
    return not any(_rows(data, source, test))


PLACE_IN_LIST = re.compile("0|[1-9][0-9]*")
SCOPED: Mapping[str, Operator] = {"some": _some, "all": _all, "none": _none}
WALKING: Mapping[str, Operator] = {"var": _var, "and": _and, "or": _or, "if": _if, **SCOPED}
ALLOWED = PLAIN.keys() | NAMED.keys() | WALKING.keys() | {"today"}
"""Operators a definition may use: those on which Python and the browser agree."""

# Public, and not for definitions; here so that the engine is JSON Logic as a whole.
UNUSED: Mapping[str, Operator] = {"filter": _filter}

# The library's own extension point is these two tables. The third would answer for our operators
# that nothing is compared with nothing, instead of asking them.
cast(dict[str, Operator], operations).update({**PLAIN, **NAMED})
cast(dict[str, Operator], scoped_operations).update({**WALKING, **UNUSED})
for _name in PLAIN:
    empty_operand_values_for_operators.pop(_name, None)
