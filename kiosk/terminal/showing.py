"""An answer in words, as a shared screen may show it: choices by label, numbers masked.

Knows no requests. Neighbours: `forms.masking` knows how each answer type is hidden.
"""

from collections.abc import Mapping

from flask_babel import gettext

from forms.definition import Field
from forms.masking import mask
from kiosk.terminal.presentation import in_words


def shown(field: Field, value: object) -> str:
    """Return `value` in the reader's language; masked unless public or allowed at the kiosk."""
    if value is None or value in ("", []):
        return str(gettext("Left empty"))
    if isinstance(value, bool):
        return str(gettext("Yes") if value else gettext("No"))
    if isinstance(value, list):
        return "、".join(_label(field, code) for code in value)
    if isinstance(value, Mapping):
        return _place_or_period(field, value)
    return _single(field, str(value))


def _single(field: Field, value: str) -> str:
    if field.answer == "choice":
        return _label(field, value)
    if field.answer in ("photo", "signature"):
        return str(gettext("Picture taken"))
    if field.answer == "amount":
        return str(gettext("%(amount)s yuan", amount=value))
    if field.answer == "area":
        unit = gettext("mu") if field.params.get("unit") == "mu" else "m²"
        return f"{value} {unit}"
    if field.privacy == "public" or field.unmasked_at_kiosk:
        return value
    return mask(field.answer, value)


def _label(field: Field, code: object) -> str:
    return next((in_words(entry.label) for entry in field.choices if entry.code == code), str(code))


def _place_or_period(field: Field, value: Mapping[str, object]) -> str:
    if field.answer == "period":
        return str(gettext("%(start)s to %(end)s", start=value["from"], end=value["to"]))
    division = value.get("division")
    parts = (_label(field, division) if division else "", str(value.get("detail", "")))
    return " ".join(part for part in parts if part)
