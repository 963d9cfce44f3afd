"""An answer as a shared screen may show it: masked unless the catalogue allows it at the kiosk.

Knows no requests. Neighbours: `kiosk.pages.showing` puts answers into words.
"""

from flask_babel import gettext

from forms.definition import Field
from kiosk.pages.showing import in_full, masked


def shown(field: Field, value: object) -> str:
    """Return `value` in the reader's language; masked unless public or allowed at the kiosk."""
    words = in_full if field.unmasked_at_kiosk else masked
    return words(field, value, _unit)


def _unit(field: Field) -> str:
    if field.answer != "area":
        return ""
    return str(gettext("mu")) if field.params.get("unit") == "mu" else "m²"
