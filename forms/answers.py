"""From a definition to the marshmallow schema of its answers: shapes, and answers by their type.

What is asked and required depends on the answers and is judged by `schema`. Neighbour: `fields`
holds the answer types.
"""

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from marshmallow import RAISE, Schema, ValidationError
from marshmallow import fields as wire

from forms.asking import EMPTY
from forms.definition import Field, Section, ServiceItem
from forms.fields import ANSWER_TYPES, Asked, Refused

#: What marshmallow makes anew for every field and nobody changes.
_SHARED = {
    name: getattr(wire.Field(), name)
    for name in ("error_messages", "metadata", "validators", "pre_load", "post_load")
}


class AnswerField(wire.Field[Any]):
    """A marshmallow field that cleans by an answer type; nothing given becomes None."""

    def __init__(self, definition: Field) -> None:
        super().__init__(required=False, allow_none=True)
        # Equal in all fields, of which a terminal keeps thousands: kept once.
        for name, value in _SHARED.items():
            setattr(self, name, value)
        self._clean = ANSWER_TYPES[definition.answer].clean
        self._asked = Asked(
            definition.params, {choice.code: choice for choice in definition.choices}
        )

    def __deepcopy__(self, memo: dict[int, Any]) -> "AnswerField":
        """Return itself: a field is made for one schema, which needs no copy of its own."""
        return self

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if is_empty(value):
            return None
        try:
            return self._clean(self._asked, value)
        except Refused as refused:
            raise ValidationError([refused]) from refused


class AnswersSchema(Schema):
    """The schema of a section or of all sections: unknown keys are refused.

    Given its fields when it is made: a class for each section, as ``Schema.from_dict`` makes
    them, would cost a terminal with all items several megabytes.
    """

    error_messages = {"unknown": "unknown", "type": "type"}  # noqa: RUF012 - marshmallow's form

    class Meta:
        """marshmallow's options."""

        unknown = RAISE

    def __init__(self, declared: Mapping[str, wire.Field[Any]]) -> None:
        """Take the fields by name; marshmallow reads them where a class would have them."""
        self._declared_fields = dict(declared)
        super().__init__()
        # It works on `declared_fields` from here on.
        del self._declared_fields


def is_empty(value: object) -> bool:
    """Say whether nothing was given: blank texts, empty lists, parts that are all empty."""
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, dict):
        return all(is_empty(part) for part in value.values())
    return value in EMPTY


def schema_for(item: ServiceItem) -> Schema:
    """Return the marshmallow schema of an item's answers (unknown=RAISE), built once per item.

    It knows shapes and answer types; what is asked and required depends on the answers and is
    judged by `schema.validate`.
    """
    if item not in _SCHEMAS:
        _SCHEMAS[item] = AnswersSchema({section.id: _nested(section) for section in item.sections})
    return _SCHEMAS[item]


_SCHEMAS: WeakKeyDictionary[ServiceItem, Schema] = WeakKeyDictionary()


def _nested(section: Section) -> wire.Field[Any]:
    schema = AnswersSchema({field.id: AnswerField(field) for field in section.fields})
    nested = wire.Nested(schema, required=False)
    return wire.List(nested, required=False) if section.repeat else nested
