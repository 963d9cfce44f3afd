"""An answer in words for the desk: choices by label, numbers with their middle hidden.

Nothing is shown in full because of who looks; only a logged request of its own does that (`case`).
Knows no requests. Neighbours: `forms.masking` knows how each answer type is hidden.
"""

from collections.abc import Mapping

from flask_babel import gettext

from forms.definition import Field
from forms.masking import mask
from kiosk.hall.presentation import in_words


def in_full(field: Field, value: object) -> str:
    """Return `value` in the reader's language, nothing hidden."""
    if value is None or value in ("", []):
        return str(gettext("Left empty"))
    if isinstance(value, bool):
        return str(gettext("Yes") if value else gettext("No"))
    if isinstance(value, list):
        return "、".join(_label(field, code) for code in value)
    if isinstance(value, Mapping):
        return _place_or_period(field, value)
    return _single(field, str(value))


def covered(field: Field, value: object) -> str:
    """Return `value` as `in_full` does, but masked when it is personal and its type has a mask."""
    if field.privacy == "public" or not isinstance(value, str) or not value:
        return in_full(field, value)
    hidden = mask(field.answer, value)
    return hidden if hidden != value else in_full(field, value)


def _single(field: Field, value: str) -> str:
    if field.answer == "choice":
        return _label(field, value)
    if field.answer == "amount":
        return str(gettext("%(amount)s yuan", amount=value))
    if field.answer in ("area", "measure", "count"):
        unit = field.params.get("unit") or ("m²" if field.answer == "area" else "")
        unit = gettext("mu") if unit == "mu" else unit
        return f"{value} {unit}".strip()
    return value


def _label(field: Field, code: object) -> str:
    return next((in_words(entry.label) for entry in field.choices if entry.code == code), str(code))


def _place_or_period(field: Field, value: Mapping[str, object]) -> str:
    if field.answer == "period":
        return str(gettext("%(start)s to %(end)s", start=value["from"], end=value["to"]))
    division = value.get("division")
    parts = (_label(field, division) if division else "", str(value.get("detail", "")))
    return " ".join(part for part in parts if part)
