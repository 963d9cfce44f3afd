"""JSON Logic as XPath 1.0 with the functions of XLSForm, in the words form authors use.

A missing answer is null in a rule and an empty text in a form: each operator is written so that
both come to the same. Must not know rows or workbooks. Neighbours: `terms` (pieces), `nodes`
(names), `forms.rules` (what the operators mean); `understanding` reads XPath back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from forms.definition import JSON
from forms.xlsform.nodes import Node, Nodes
from forms.xlsform.terms import (
    AND,
    ATOM,
    DAYS,
    EQUAL,
    KINDS,
    OR,
    ORDER,
    PRODUCT,
    SUM,
    Kind,
    NotExpressible,
    Term,
    as_day,
    as_days,
    as_number,
    literal,
    quoted,
    year_of,
)

IN_PARTS = frozenset(("address", "period"))
"""Answer types that are several questions in a form: a rule cannot read them as one."""
SEXES = {"male": 1, "female": 0}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rule stands: its section (for `this`), its own field, or the rows it walks over."""

    nodes: Nodes
    section: str | None = None
    own: str | None = None
    row: str | None = None

    def find(self, path: str) -> tuple[str, Node]:
        """Return the XPath and node of an answer; raises NotExpressible for an unknown one."""
        full = path
        if self.row is not None:
            full = f"{self.row}.{path}"
        elif path.startswith("this.") and self.section is not None:
            full = f"{self.section}.{path.removeprefix('this.')}"
        node = self.nodes.by_path.get(full)
        if node is None or node.answer in IN_PARTS:
            raise NotExpressible(f"the answer '{path}'")
        if self.row is not None:
            return node.name, node
        return ("." if full == self.own else f"${{{node.name}}}"), node


def to_xpath(logic: JSON, place: Place) -> str:
    """Return the rule as a condition; raises NotExpressible with the part that has no words."""
    return truth(logic, place).xpath


def same_name(rows: str, key: str) -> str:
    """Return the name of the hidden question that counts rows with the same `key`."""
    return f"{rows}_{key}_same"


def truth(logic: JSON, place: Place) -> Term:
    """Return the rule as something true or false, by the truthiness of JSON Logic."""
    if isinstance(logic, dict) and list(logic) == ["if"]:
        return _if(place, _arguments(logic["if"]), as_truth=True)
    term = value(logic, place)
    if term.kind == "boolean":
        return term
    if term.kind == "yes_no":
        return Term(f"{term.xpath} = 'yes'", "boolean", EQUAL)
    if term.kind == "number":
        return Term(f"{term.within(SUM)} != 0", "boolean", EQUAL)
    if term.kind == "rows":
        return Term(f"count({term.xpath}) > 0", "boolean", ORDER)
    if term.kind in ("text", "codes", "decimal", "date"):
        return Term(f"{term.xpath} != ''", "boolean", EQUAL)
    raise NotExpressible(f"whether there is a {term.kind}")


def value(logic: JSON, place: Place) -> Term:
    """Return the value of an expression."""
    if isinstance(logic, bool):
        return Term("true()" if logic else "false()", "boolean")
    if logic is None:
        return Term("''", "text")
    if isinstance(logic, int | float):
        return Term(str(logic), "number", ATOM if logic >= 0 else SUM)
    if isinstance(logic, str):
        return literal(logic)
    if isinstance(logic, list) or len(logic) != 1:
        raise NotExpressible("a list outside 'in'")
    ((operator, argument),) = logic.items()
    write = WRITERS.get(operator)
    if write is None:
        raise NotExpressible(f"the operator '{operator}'")
    return write(place, _arguments(argument))


def _arguments(argument: JSON) -> list[JSON]:
    return argument if isinstance(argument, list) else [argument]


def _var(place: Place, arguments: list[JSON]) -> Term:
    path = str(arguments[0])
    if path in place.nodes.repeats and place.row is None:
        return Term(f"${{{path}}}", "rows")
    xpath, node = place.find(path)
    return Term(xpath, KINDS.get(node.answer, "text"))


def _joined(word: str, level: int) -> Callable[[Place, list[JSON]], Term]:
    def write(place: Place, arguments: list[JSON]) -> Term:
        # One level tighter: `a and (b and c)` keeps its brackets, and so reads back as it was.
        parts = [truth(part, place).within(level + 1) for part in arguments]
        return Term(f" {word} ".join(parts), "boolean", level if len(parts) > 1 else ATOM)

    return write


def _not(place: Place, arguments: list[JSON]) -> Term:
    return Term(f"not({truth(arguments[0], place).xpath})", "boolean")


def _truthy(place: Place, arguments: list[JSON]) -> Term:
    return truth(arguments[0], place)


def _equal(sign: str) -> Callable[[Place, list[JSON]], Term]:
    def write(place: Place, arguments: list[JSON]) -> Term:
        left, right = (value(part, place) for part in arguments)
        for term, other in ((left, arguments[1]), (right, arguments[0])):
            if term.kind == "yes_no" and isinstance(other, bool):
                word = "'yes'" if other else "'no'"
                return Term(f"{term.xpath} {sign} {word}", "boolean", EQUAL)
            if term.kind == "sex" and isinstance(other, str):
                side = f"{_parity(term)} {sign} {SEXES.get(other, 9)}"
                return Term(side, "boolean", EQUAL)
        return Term(_both(left, sign, right, arguments, place), "boolean", EQUAL)

    return write


def _both(left: Term, sign: str, right: Term, arguments: list[JSON], place: Place) -> str:
    kinds = {left.kind, right.kind}
    if "boolean" in kinds:
        return f" {sign} ".join(f"boolean({truth(part, place).xpath})" for part in arguments)
    if kinds == {"sex"}:
        return f"{_parity(left)} {sign} {_parity(right)}"
    if "sex" in kinds:
        return f"{_sex_text(left)} {sign} {_sex_text(right)}"
    if "birth" in kinds or (kinds & DAYS and kinds != {"date"}):
        return f"{as_number(left)} {sign} {as_number(right)}"
    if kinds == {"decimal"}:
        return f"number({left.xpath}) {sign} number({right.xpath})"
    return f"{left.within(ORDER)} {sign} {right.within(ORDER)}"


def _parity(term: Term) -> str:
    return f"number(substr({term.xpath}, 16, 17)) mod 2"


def _sex_text(term: Term) -> str:
    if term.kind != "sex":
        return term.xpath
    parity = _parity(term)
    return f"if({parity} = 1, 'male', if({parity} = 0, 'female', ''))"


def _ordered(sign: str) -> Callable[[Place, list[JSON]], Term]:
    def write(place: Place, arguments: list[JSON]) -> Term:
        terms = [value(part, place) for part in arguments]
        if not {term.kind for term in terms} & DAYS:
            sides = [term.within(SUM) for term in terms]
        elif all(as_day(term) for term in terms):
            sides = [as_day(term) or "" for term in terms]
        else:
            sides = [as_number(term) for term in terms]
        pairs = [f"{left} {sign} {right}" for left, right in pairwise(sides)]
        return Term(" and ".join(pairs), "boolean", ORDER if len(pairs) == 1 else AND)

    return write


def _in(place: Place, arguments: list[JSON]) -> Term:
    needle, haystack = arguments
    if isinstance(haystack, list):
        wanted = value(needle, place)
        listed = [f"{wanted.within(ORDER)} = {value(part, place).xpath}" for part in haystack]
        return Term(" or ".join(listed) or "false()", "boolean", OR if len(listed) > 1 else EQUAL)
    if isinstance(haystack, dict) and list(haystack) == ["if"]:
        tests = _arguments(haystack["if"])
        told: list[JSON] = [
            test if number % 2 == 0 and number + 1 < len(tests) else {"in": [needle, test]}
            for number, test in enumerate(tests)
        ]
        return _if(place, told, as_truth=True)
    within, wanted = value(haystack, place), value(needle, place)
    if within.kind == "codes":
        return Term(f"selected({within.xpath}, {wanted.xpath})", "boolean")
    # An empty text lies in every text, a missing answer in none.
    test = f"contains({within.xpath}, {wanted.xpath})"
    if isinstance(needle, str):
        return Term(test, "boolean")
    return Term(f"{wanted.within(ORDER)} != '' and {test}", "boolean", AND)


def _if(place: Place, arguments: list[JSON], as_truth: bool = False) -> Term:
    write = truth if as_truth else value
    if len(arguments) % 2 == 0:
        arguments = [*arguments, None]
    found = write(arguments[-1], place)
    xpath = found.xpath
    for test, answer in zip(arguments[-3::-2], arguments[-2::-2], strict=True):
        found = write(answer, place)
        xpath = f"if({truth(test, place).xpath}, {found.xpath}, {xpath})"
    return Term(xpath, found.kind)


def _cat(place: Place, arguments: list[JSON]) -> Term:
    parts = ", ".join(value(part, place).xpath for part in arguments)
    return Term(f"concat({parts})", "iso")


def _sum(sign: str, level: int) -> Callable[[Place, list[JSON]], Term]:
    def write(place: Place, arguments: list[JSON]) -> Term:
        terms = [value(part, place) for part in arguments]
        if len(terms) == 1:
            return Term(f"{sign}{terms[0].within(ATOM)}", "number", PRODUCT)
        first, *others = terms
        rest = [f"{sign} {term.within(level + 1)}" for term in others]
        return Term(" ".join([first.within(level), *rest]), "number", level)

    return write


def _named(name: str) -> Callable[[Place, list[JSON]], Term]:
    def write(place: Place, arguments: list[JSON]) -> Term:
        return Term(f"{name}({', '.join(value(a, place).xpath for a in arguments)})", "number")

    return write


def _standing_for(kind: Kind) -> Callable[[Place, list[JSON]], Term]:
    return lambda place, arguments: replace(value(arguments[0], place), kind=kind)


def _person(term: Term) -> Term:
    return replace(term, kind="birth") if term.kind == "text" else term


def _age(place: Place, arguments: list[JSON]) -> Term:
    born = _person(value(arguments[0], place))
    on = value(arguments[1], place) if len(arguments) > 1 else Term("today()", "today")
    return Term(f"int(({as_number(on)} - {as_number(born)}) div 10000)", "number")


def _days_between(place: Place, arguments: list[JSON]) -> Term:
    start, end = (as_days(value(part, place)) for part in arguments)
    return Term(f"round({end} - {start})", "number")


def _size(place: Place, arguments: list[JSON]) -> Term:
    term = value(arguments[0], place)
    if term.kind not in ("rows", "codes"):
        raise NotExpressible(f"the size of a {term.kind}")
    name = "count" if term.kind == "rows" else "count-selected"
    return Term(f"{name}({term.xpath})", "number")


def _distinct(place: Place, arguments: list[JSON]) -> Term:
    rows, key = value(arguments[0], place), str(arguments[1])
    section = rows.xpath[2:-1]
    name = same_name(section, key)
    return Term(f"count({rows.xpath}[{name} > 1]) = 0", "boolean", EQUAL)


def _rows(ending: str, negated: bool = False) -> Callable[[Place, list[JSON]], Term]:
    def write(place: Place, arguments: list[JSON]) -> Term:
        rows = value(arguments[0], place)
        if rows.kind != "rows":
            raise NotExpressible("rows of an answer that is no repeat")
        test = truth(arguments[1], replace(place, row=rows.xpath[2:-1])).xpath
        if not negated:
            return Term(f"count({rows.xpath}[{test}]) {ending}", "boolean", EQUAL)
        some = f"count({rows.xpath}) > 0"
        return Term(f"{some} and count({rows.xpath}[not({test})]) = 0", "boolean", AND)

    return write


WRITERS: Mapping[str, Callable[[Place, list[JSON]], Term]] = {
    "var": _var,
    "and": _joined("and", AND),
    "or": _joined("or", OR),
    "!": _not,
    "!!": _truthy,
    **dict.fromkeys(("==", "==="), _equal("=")),
    **dict.fromkeys(("!=", "!=="), _equal("!=")),
    **{sign: _ordered(sign) for sign in ("<", "<=", ">", ">=")},
    "in": _in,
    "if": _if,
    "cat": _cat,
    "+": _sum("+", SUM),
    "-": _sum("-", SUM),
    "*": _sum("*", PRODUCT),
    "min": _named("min"),
    "max": _named("max"),
    "today": lambda place, arguments: Term("today()", "today"),
    "birth_date": _standing_for("birth"),
    "sex": _standing_for("sex"),
    "amount": lambda place, arguments: Term(
        f"number({value(arguments[0], place).xpath})", "number"
    ),
    "year": lambda place, arguments: Term(year_of(value(arguments[0], place)), "number"),
    "age": _age,
    "days_between": _days_between,
    "size": _size,
    "distinct": _distinct,
    "some": _rows("> 0"),
    "none": _rows("= 0"),
    "all": _rows("", negated=True),
}

__all__ = ["Place", "quoted", "same_name", "to_xpath"]
