"""XPath trees as JSON Logic: the way back from `expressions`, and what other authors write.

What has no equal is refused by name, never guessed. Must not know rows. Neighbours: `xpath` (the
tree), `importing` (the rows it comes from), `forms.rules` (the operators it may use).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from forms.definition import JSON
from forms.xlsform.terms import KINDS
from forms.xlsform.xpath import NotXPath, Tree, parse

COMPARING = {"=": "===", "!=": "!==", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
DECIMAL = frozenset(("amount", "area", "measure"))


class NotUnderstood(Exception):
    """XPath without an equal in JSON Logic; the message says which part."""


@dataclass(frozen=True, slots=True)
class Known:
    """What names mean: `paths` of questions by name with their answer types, and repeats."""

    paths: Mapping[str, tuple[str, str]]
    repeats: Mapping[str, str]
    section: str | None = None
    own: str | None = None
    row: str | None = None


def to_logic(xpath: str, known: Known) -> JSON:
    """Return the rule an expression is; raises NotUnderstood."""
    try:
        return _truth(parse(xpath), known)
    except NotXPath as error:
        raise NotUnderstood(str(error)) from error
    except RecursionError as error:
        raise NotUnderstood("too many parts within parts") from error


def _answer(tree: Tree, known: Known) -> tuple[str, str] | None:
    """Return the (path, answer type) of a question, or None when the tree is none."""
    name = known.own if tree.kind == "dot" else tree.word if tree.kind in ("ref", "name") else None
    if name is None or name not in known.paths:
        return None
    path, answer = known.paths[name]
    if known.row is not None:
        return (path.removeprefix(f"{known.row}."), answer) if tree.kind == "name" else None
    if known.section is not None and path.startswith(f"{known.section}."):
        path = "this." + path.partition(".")[2]
    return path, answer


def _truth(tree: Tree, known: Known) -> JSON:
    found = _answer(tree, known)
    return {"!!": [{"var": found[0]}]} if found else _value(tree, known)


def _value(tree: Tree, known: Known) -> JSON:
    if tree.kind == "number":
        return float(tree.word) if "." in tree.word else int(tree.word)
    if tree.kind == "text":
        return tree.word
    if found := _answer(tree, known):
        return {"var": found[0]}
    if tree.kind == "ref" and tree.word in known.repeats:
        return {"var": known.repeats[tree.word]}
    if tree.kind in ("and", "or"):
        parts = _flat(tree, tree.kind, known)
        return _contained(parts) if tree.kind == "and" else {"or": parts}
    if tree.kind in COMPARING:
        return _compared(tree, known)
    if tree.kind in ("+", "-", "*"):
        return {tree.kind: [_number(part, known) for part in tree.parts]}
    if tree.kind == "negative" and tree.parts[0].kind == "number":
        number = _value(tree.parts[0], known)
        return -number if isinstance(number, int | float) else number
    if tree.kind == "call":
        call = CALLS.get(tree.word)
        if call is None:
            raise NotUnderstood(f"the function {tree.word}()")
        return call(tree.parts, known)
    raise NotUnderstood(f"the name '{tree.word}'" if tree.word else f"'{tree.kind}' here")


def _flat(tree: Tree, kind: str, known: Known) -> list[JSON]:
    first, second = tree.parts
    left = _flat(first, kind, known) if first.kind == kind else [_truth(first, known)]
    return [*left, _truth(second, known)]


def _contained(parts: list[JSON]) -> JSON:
    """Return "given and within another text" as the one rule it is here."""
    if len(parts) == 2 and isinstance(parts[1], dict):
        needle = parts[1].get("in")
        if isinstance(needle, list) and parts[0] in (
            {"!!": [needle[0]]},
            {"!==": [needle[0], ""]},
        ):
            return parts[1]
    return {"and": parts}


def _compared(tree: Tree, known: Known) -> JSON:
    left, right = tree.parts
    for special in (_emptiness, _yes_or_no, _rows, _sex):
        found = special(tree.kind, left, right, known)
        if found is not None:
            return found
    operator = COMPARING[tree.kind]
    days = [_day(part, known) for part in tree.parts]
    if all(day is not None for day in days):
        return {operator: days}
    return {operator: [_number(part, known) for part in tree.parts]}


def _number(tree: Tree, known: Known) -> JSON:
    """Return a value to compare or count with: amounts are texts until they are read as numbers."""
    found = _answer(tree, known)
    if found and found[1] in DECIMAL:
        return {"amount": [{"var": found[0]}]}
    return _value(tree, known)


def _emptiness(sign: str, left: Tree, right: Tree, known: Known) -> JSON:
    asked, none = left, right == Tree("text", "")
    if left.kind == "call" and left.word == "string-length" and right == Tree("number", "0"):
        asked, none, sign = left.parts[0], True, "!=" if sign == ">" else sign
    found = _answer(asked, known)
    if not none or not found or sign not in ("=", "!="):
        return None
    return {("!" if sign == "=" else "!!"): [{"var": found[0]}]}


def _yes_or_no(sign: str, left: Tree, right: Tree, known: Known) -> JSON:
    found = _answer(left, known)
    if not found or found[1] != "yes_no" or right.word not in ("yes", "no"):
        return None
    return {COMPARING[sign]: [{"var": found[0]}, right.word == "yes"]}


def _rows(sign: str, left: Tree, right: Tree, known: Known) -> JSON:
    """Return `count(${rows}[test])` compared with nought as some or none."""
    if left.kind != "call" or left.word != "count" or not left.parts:
        return None
    (inner, *_) = left.parts
    if inner.kind != "filter" or right != Tree("number", "0") or sign not in (">", "=", "!="):
        return None
    rows, test = inner.parts
    if rows.word not in known.repeats:
        return None
    section = known.repeats[rows.word]
    if test.kind == ">" and test.parts[0].word.endswith("_same") and sign == "=":
        key = test.parts[0].word.removeprefix(f"{section}_").removesuffix("_same")
        return {"distinct": [{"var": section}, key]}
    logic = _truth(test, replace(known, row=section, section=None, own=None))
    return {("none" if sign == "=" else "some"): [{"var": section}, logic]}


def _sex(sign: str, left: Tree, right: Tree, known: Known) -> JSON:
    sides = [_parity(left, known), _parity(right, known)]
    if sides[0] is None or sign not in ("=", "!="):
        return None
    if sides[1] is None:
        if right.word not in ("0", "1"):
            return None
        sides[1] = "male" if right.word == "1" else "female"
    return {COMPARING[sign]: sides}


def _parity(tree: Tree, known: Known) -> JSON:
    if tree.kind != "mod" or tree.parts[1].word != "2":
        return None
    number = _cut(tree.parts[0], known, "16", "17")
    return None if number is None else {"sex": [number]}


def _cut(tree: Tree, known: Known, start: str, end: str) -> JSON:
    """Return the question of `number(substr(question, start, end))`."""
    if tree.word != "number" or len(tree.parts) != 1 or tree.parts[0].word != "substr":
        return None
    parts = tree.parts[0].parts
    if len(parts) != 3 or (parts[1].word, parts[2].word) != (start, end):
        return None
    found = _answer(parts[0], known)
    return {"var": found[0]} if found else None


def _day(tree: Tree, known: Known) -> JSON:
    """Return a day written as YYYYMMDD in numbers, or as a date."""
    born = _cut(tree, known, "6", "14")
    if born is not None:
        return {"birth_date": [born]}
    inner = _formatted(tree, "%Y%m%d") or _run_together(tree)
    if inner is not None:
        return _value(inner, known)
    if tree.kind == "number" and len(tree.word) == 8:
        return f"{tree.word[:4]}-{tree.word[4:6]}-{tree.word[6:]}"
    if tree.kind == "call" and tree.word in ("date", "today"):
        return _value(tree, known)
    found = _answer(tree, known)
    return {"var": found[0]} if found and KINDS.get(found[1]) == "date" else None


def _run_together(tree: Tree) -> Tree | None:
    """Return the date text of `number(translate(text, '-', ''))`."""
    if tree.word != "number" or len(tree.parts) != 1 or tree.parts[0].word != "translate":
        return None
    parts = tree.parts[0].parts
    return parts[0] if len(parts) == 3 and parts[1].word == "-" else None


def _born(tree: Tree, known: Known) -> JSON:
    """Return the birth date that is put together, behind a guard, from a resident ID."""
    if tree.word != "if" or len(tree.parts) != 3 or tree.parts[0].kind != "=":
        return None
    guard, written, _ = tree.parts
    length = guard.parts[0]
    if length.word != "string-length" or written.word != "concat" or not length.parts:
        return None
    found = _answer(length.parts[0], known)
    return {"birth_date": [{"var": found[0]}]} if found else None


def _formatted(tree: Tree, pattern: str) -> Tree | None:
    if tree.word != "number" or len(tree.parts) != 1 or tree.parts[0].word != "format-date":
        return None
    parts = tree.parts[0].parts
    return parts[0] if len(parts) == 2 and parts[1].word == pattern else None


def _age(parts: tuple[Tree, ...], known: Known) -> JSON:
    tree = parts[0] if parts else Tree("")
    if tree.kind == "div" and tree.parts[1].word == "10000" and tree.parts[0].kind == "-":
        on, born = (_day(part, known) for part in tree.parts[0].parts)
        if isinstance(born, dict) and "birth_date" in born:
            born = born["birth_date"][0]  # type: ignore[index]
        if on == {"today": []}:
            return {"age": [born]}
        if on is not None and born is not None:
            return {"age": [born, on]}
    raise NotUnderstood("the function int()")


def _days_between(parts: tuple[Tree, ...], known: Known) -> JSON:
    tree = parts[0] if parts else Tree("")
    calls = tree.parts if tree.kind == "-" else ()
    if calls and all(part.word == "decimal-date-time" for part in calls):
        end, start = (_born(part.parts[0], known) or _value(part.parts[0], known) for part in calls)
        return {"days_between": [start, end]}
    raise NotUnderstood("the function round()")


def _as_number(parts: tuple[Tree, ...], known: Known) -> JSON:
    whole = Tree("call", "number", parts)
    if inner := _formatted(whole, "%Y"):
        return {"year": [_value(inner, known)]}
    born = _cut(whole, known, "6", "10")
    if born is not None:
        return {"year": [{"birth_date": [born]}]}
    if parts and _answer(parts[0], known):
        return _number(parts[0], known)
    raise NotUnderstood("the function number()")


def _selected(parts: tuple[Tree, ...], known: Known) -> JSON:
    found = _answer(parts[0], known) if len(parts) == 2 else None
    if not found:
        raise NotUnderstood("selected() of what is no question")
    code = _value(parts[1], known)
    question: JSON = {"var": found[0]}
    return {"in": [code, question]} if found[1] == "choices" else {"===": [question, code]}


def _counted(parts: tuple[Tree, ...], known: Known) -> JSON:
    if len(parts) == 1 and parts[0].kind in ("ref", "dot"):
        return {"size": [_value(parts[0], known)]}
    raise NotUnderstood("count() of this")


def _choice_of(parts: tuple[Tree, ...], known: Known) -> JSON:
    if len(parts) != 3:
        raise NotUnderstood("if() without three parts")
    test, *answers = parts
    return {"if": [_truth(test, known), *(_value(part, known) for part in answers)]}


def _call(operator: str) -> Callable[[tuple[Tree, ...], Known], JSON]:
    return lambda parts, known: {operator: [_value(part, known) for part in parts]}


CALLS: Mapping[str, Callable[[tuple[Tree, ...], Known], JSON]] = {
    "not": lambda parts, known: {"!": [_truth(part, known) for part in parts]},
    "boolean": lambda parts, known: _truth(parts[0], known),
    "true": lambda parts, known: True,
    "false": lambda parts, known: False,
    "today": lambda parts, known: {"today": []},
    "date": lambda parts, known: _value(parts[0], known),
    "number": _as_number,
    "int": _age,
    "round": _days_between,
    "selected": _selected,
    "count-selected": _counted,
    "count": _counted,
    "if": _choice_of,
    "concat": _call("cat"),
    "contains": lambda parts, known: {"in": [_value(part, known) for part in parts[::-1]]},
    "min": _call("min"),
    "max": _call("max"),
}
