"""From the fields of a posted form to the raw value of an answer, and back for showing again.

Knows how a page splits an answer (a date in three boxes, an address in two) and nothing of
whether it is right: `forms.schema` judges. Neighbours: `templates/shared/fields.html` draws the
boxes this module reads.
"""

from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from forms.definition import Field

NO_DATE = ("", "", "")
CAPTURED = ("photo", "signature")


def raw_value(field: Field, posted: MultiDict[str, str], name: str) -> Any:
    """Return what was entered for `field` under `name`: text, list of codes or a mapping."""
    if field.answer == "choices":
        return posted.getlist(name)
    if field.answer == "date":
        return _date(posted, name)
    if field.answer == "period":
        return {"from": _date(posted, f"{name}-from"), "to": _date(posted, f"{name}-to")}
    if field.answer == "address":
        return {part: posted.get(f"{name}-{part}", "").strip() for part in ("division", "detail")}
    return posted.get(name, "")


def parts_of(field: Field, value: object) -> tuple[Any, ...]:
    """Return the boxes of a date, period or address; empty for other answer types."""
    if field.answer == "date":
        return _boxes(value)
    if field.answer == "period":
        both = value if isinstance(value, Mapping) else {}
        return _boxes(both.get("from")), _boxes(both.get("to"))
    if field.answer == "address":
        place = value if isinstance(value, Mapping) else {}
        return place.get("division") or "", place.get("detail") or ""
    return ()


def _date(posted: MultiDict[str, str], name: str) -> str:
    boxes = [posted.get(f"{name}-{part}", "").strip() for part in ("year", "month", "day")]
    return "-".join(boxes) if any(boxes) else ""


def _boxes(value: object) -> tuple[str, ...]:
    boxes = tuple(value.split("-")) if isinstance(value, str) else ()
    if len(boxes) != len(NO_DATE):
        return NO_DATE
    return boxes[0], *(box.lstrip("0") for box in boxes[1:])
