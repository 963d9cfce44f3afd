"""An answer in words: choices by label, numbers with their middle hidden or in full.

Knows no requests and not who looks: the roles decide which of the two is shown. Neighbours:
`forms.masking` knows how each answer type is hidden.
"""

from collections.abc import Callable, Mapping

from flask_babel import gettext

from forms.definition import Field
from forms.masking import mask
from kiosk.cases.submission import PICTURE_ANSWERS
from kiosk.pages.presentation import in_words

#: What stands behind the number of a field, "" for nothing.
Unit = Callable[[Field], str]


def in_full(field: Field, value: object, unit: Unit) -> str:
    """Return `value` in the reader's language, nothing hidden."""
    if value is None or value in ("", []):
        return str(gettext("Left empty"))
    if isinstance(value, bool):
        return str(gettext("Yes") if value else gettext("No"))
    if isinstance(value, list):
        return "、".join(_label(field, code) for code in value)
    if isinstance(value, Mapping):
        return _place_or_period(field, value)
    return _single(field, str(value), unit)


def masked(field: Field, value: object, unit: Unit) -> str:
    """Return `value` as `in_full` does, but masked when it is personal and its type has a mask."""
    if field.privacy == "public" or not isinstance(value, str) or not value:
        return in_full(field, value, unit)
    hidden = mask(field.answer, value)
    return hidden if hidden != value else in_full(field, value, unit)


def _single(field: Field, value: str, unit: Unit) -> str:
    if field.answer == "choice":
        return _label(field, value)
    if field.answer in PICTURE_ANSWERS:
        return str(gettext("Picture taken"))
    if field.answer == "amount":
        return str(gettext("%(amount)s yuan", amount=value))
    return f"{value} {unit(field)}".strip()


def _label(field: Field, code: object) -> str:
    return next((in_words(entry.label) for entry in field.choices if entry.code == code), str(code))


def _place_or_period(field: Field, value: Mapping[str, object]) -> str:
    if field.answer == "period":
        return str(gettext("%(start)s to %(end)s", start=value["from"], end=value["to"]))
    division = value.get("division")
    parts = (_label(field, division) if division else "", str(value.get("detail", "")))
    return " ".join(part for part in parts if part)
