"""An answer in words for the desk, covered or not.

Nothing is shown in full because of who looks; only a logged request of its own does that (`case`).
Knows no requests. Neighbours: `kiosk.pages.showing` puts answers into words.
"""

from flask_babel import gettext

from forms.definition import Field
from kiosk.pages import showing


def in_full(field: Field, value: object) -> str:
    """Return `value` in the reader's language, nothing hidden."""
    return showing.in_full(field, value, _unit)


def covered(field: Field, value: object) -> str:
    """Return `value` as `in_full` does, but masked when it is personal and its type has a mask."""
    return showing.masked(field, value, _unit)


def _unit(field: Field) -> str:
    if field.answer not in ("area", "measure", "count"):
        return ""
    unit = field.params.get("unit") or ("m²" if field.answer == "area" else "")
    return str(gettext("mu") if unit == "mu" else unit)
