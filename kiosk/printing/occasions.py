"""When a material or a question is asked for, in words, as far as its rule is simple enough.

A rule is JSON Logic over the item's own fields; what compares one field with its choices, or an age
with a limit, can be said, alone or two joined by "and" or "or". Anything else is only said to
depend. Neighbours: `forms.rules` evaluates the same rules.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from forms.definition import Field, Rule, Section, ServiceItem, Text
from kiosk.printing.words import IN_SOME_CASES, WORDS

#: The fields that a rule may name, by path; "this" is the section the rule stands in.
Fields = Mapping[str, Field]
Sayer = Callable[[Fields, Sequence[Any]], Text | None]


def occasion(item: ServiceItem, rule: Rule, within: Section | None = None) -> Text:
    """Return when `rule` of `item` holds; that it depends, when it cannot be said shortly.

    `within` is the section whose question the rule belongs to.
    """
    fields = {
        f"{section.id}.{field.id}": field
        for section in item.sections
        if section.repeat is None
        for field in section.fields
    }
    if within is not None:
        fields |= {f"this.{field.id}": field for field in within.fields}
    return _said(fields, rule.logic) or IN_SOME_CASES


def _said(fields: Fields, logic: Any) -> Text | None:
    if not isinstance(logic, Mapping) or len(logic) != 1:
        return None
    ((operator, operands),) = logic.items()
    sayer = _SAYERS.get(operator)
    return sayer(fields, operands if isinstance(operands, list) else [operands]) if sayer else None


def _equal(fields: Fields, operands: Sequence[Any]) -> Text | None:
    return _one_of(fields, operands[0], [operands[1]]) if len(operands) == 2 else None


def _unequal(fields: Fields, operands: Sequence[Any]) -> Text | None:
    return _one_of(fields, operands[0], [operands[1]], is_so=False) if len(operands) == 2 else None


def _in(fields: Fields, operands: Sequence[Any], is_so: bool = True) -> Text | None:
    if len(operands) != 2:
        return None
    needle, hay = operands
    if isinstance(hay, list):
        return _one_of(fields, needle, hay, is_so)
    return _one_of(fields, hay, [needle], is_so)


def _not(fields: Fields, operands: Sequence[Any]) -> Text | None:
    inner = operands[0] if len(operands) == 1 else None
    if not isinstance(inner, Mapping) or set(inner) != {"in"}:
        return None
    return _in(fields, inner["in"], is_so=False)


def _one_of(fields: Fields, of: Any, values: Sequence[Any], is_so: bool = True) -> Text | None:
    field = fields.get(str(of.get("var"))) if isinstance(of, Mapping) else None
    labels = [_choice(field, value) for value in values] if field else []
    known = [label for label in labels if label is not None]
    if field is None or not known or len(known) < len(labels):
        return None
    zh = "或".join(f"“{label.zh}”" for label in known)
    en = " or ".join(f'"{label.en}"' for label in known)
    chosen, verb = ("选了", "is") if is_so else ("没有选", "is not")
    return Text(f"“{field.label.zh}”{chosen}{zh}时", f'if "{field.label.en}" {verb} {en}')


def _is_true(fields: Fields, operands: Sequence[Any]) -> Text | None:
    return _one_of(fields, {"var": operands[0]}, [True])


def _younger(_: Fields, operands: Sequence[Any]) -> Text | None:
    # Nobody's age is asked for by itself: it follows from an ID number, here the applicant's.
    if operands[:1] != [{"age": [{"var": "applicant.id_number"}]}] or len(operands) != 2:
        return None
    return Text(f"申请人不满{operands[1]}周岁时", f"if the applicant is under {operands[1]}")


def _joined(word: Text) -> Sayer:
    def join(fields: Fields, operands: Sequence[Any]) -> Text | None:
        parts = [_said(fields, operand) for operand in operands]
        said = [part for part in parts if part is not None]
        # More than two are no help to anybody who reads them.
        if len(said) < len(parts) or len(said) > 2:
            return None
        return Text(word.zh.join(p.zh for p in said), word.en.join(p.en for p in said))

    return join


_SAYERS: Mapping[str, Sayer] = {
    "===": _equal,
    "!==": _unequal,
    "in": _in,
    "!": _not,
    "<": _younger,
    "var": _is_true,
    "and": _joined(Text("，并且", ", and ")),
    "or": _joined(Text("，或者", ", or ")),
}


def _choice(field: Field, value: Any) -> Text | None:
    if field.answer == "yes_no":
        return WORDS["yes"] if value is True else WORDS["no"] if value is False else None
    return next((entry.label for entry in field.choices if entry.code == value), None)
