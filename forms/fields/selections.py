"""Answers picked from a list: one choice, several choices, yes or no.

Must not know items or rules. A choice is stored by its code, several as a list of codes in the
order of the definition, yes and no as true and false. Params of several: `min`, `max` codes.
"""

from forms.definition import JSON
from forms.fields.answer import AnswerType, Asked, refuse

YES = frozenset(("yes", "true", "1", "on", "是"))
NO = frozenset(("no", "false", "0", "off", "否"))


def _choice(asked: Asked, value: object) -> str:
    if not isinstance(value, str) or value not in asked.choices:
        refuse("unknown_choice", "请从列出的选项中选择", "Choose one of the options listed")
    return value


def _choices(asked: Asked, value: object) -> JSON:
    picked = [value] if isinstance(value, str) else value
    if not isinstance(picked, list) or any(
        not isinstance(code, str) or code not in asked.choices for code in picked
    ):
        refuse("unknown_choice", "请从列出的选项中选择", "Choose among the options listed")
    least, most = asked.whole("min", 1), asked.whole("max", len(asked.choices))
    kept: list[JSON] = [code for code in asked.choices if code in picked]
    if not least <= len(kept) <= most:
        refuse(
            "wrong_number_of_choices",
            f"请选择{least}至{most}项",
            f"Choose from {least} to {most} options",
        )
    return kept


def _yes_no(asked: Asked, value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else ""
    if word not in YES and word not in NO:
        refuse("wrong_type", "请选择“是”或“否”", "Answer yes or no")
    return word in YES


TYPES = (
    AnswerType("choice", _choice),
    AnswerType("choices", _choices, frozenset(("min", "max"))),
    AnswerType("yes_no", _yes_no),
)
