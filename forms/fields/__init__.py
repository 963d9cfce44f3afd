"""The answer types a field may have, by name. Each is defined in a module of this package.

Must not know items, rules or marshmallow. To add one: define it beside its kin and it appears
here; `forms.schema`, the checks and masking then know it.
"""

from collections.abc import Mapping

from forms.fields import (
    calendar,
    captures,
    contact,
    identifiers,
    numbers,
    places,
    selections,
    texts,
)
from forms.fields.answer import AnswerType, Asked, Refused

ANSWER_TYPES: Mapping[str, AnswerType] = {
    answer_type.name: answer_type
    for module in (
        identifiers,
        contact,
        calendar,
        numbers,
        selections,
        texts,
        places,
        captures,
    )
    for answer_type in module.TYPES
}

__all__ = ["ANSWER_TYPES", "AnswerType", "Asked", "Refused"]
