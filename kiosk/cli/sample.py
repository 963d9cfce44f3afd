"""A complete, valid application made from an item's own passing sample.

For ``kiosk selftest`` and measurements: whatever an item asks for is there, so
that a real case goes the whole way. Pictures are drawn here.
"""

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from PIL import Image, ImageDraw

from forms.definition import ServiceItem
from forms.schema import required_requirements
from kiosk import clock

#: Takes a JPEG and returns the id of the material it became.
Upload = Callable[[bytes], str]


def picture(text: str = "SAMPLE") -> bytes:
    """Return a small JPEG that looks like a photographed sheet."""
    image = Image.new("RGB", (480, 320), "#f4f1e8")
    ImageDraw.Draw(image).text((40, 140), text, fill="#333333")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()


def application(item: ServiceItem, upload: Upload, *, deferring: bool = True) -> dict[str, Any]:
    """Return the body of ``POST /cases`` for ``item``; pictures it needs go through ``upload``.

    With ``deferring`` what may follow later is promised; without, everything is there, as a case
    that is to be approved needs it.
    """
    sample = next(sample for sample in item.samples if not sample.expect)
    later = clock.today() - sample.today
    answers = _with_pictures(item, _dated(item, sample.answers, later), upload)
    needed = [
        r for r in required_requirements(item, answers) if r.source in {"applicant", "certificate"}
    ]
    return {
        "item": item.code,
        "answers": answers,
        "attachments": [_attachment(r.id, deferring and r.deferrable, upload) for r in needed],
        "signature": {"method": "confirmed"},
        "consent": True,
        "commitment": item.commitment is not None,
    }


def _dated(item: ServiceItem, answers: Any, later: timedelta) -> dict[str, Any]:
    """Return the answers with every date as far from today as it was from the sample's day."""
    found = {key: _copied(value) for key, value in answers.items()}
    for section in item.sections:
        value = found.get(section.id)
        rows = value if isinstance(value, list) else [value] if value else []
        for row in rows:
            for field in section.fields:
                if field.answer == "date" and row.get(field.id):
                    moved = date.fromisoformat(row[field.id]) + later
                    row[field.id] = moved.isoformat()
    return found


def _attachment(requirement: str, deferred: bool, upload: Upload) -> dict[str, Any]:
    if deferred:
        return {"requirement": requirement, "mode": "deferred"}
    return {"requirement": requirement, "mode": "file", "materials": [upload(picture(requirement))]}


def _with_pictures(item: ServiceItem, answers: Any, upload: Upload) -> dict[str, Any]:
    """Replace the sample's stand-ins for pictures by real ones."""
    found = {key: _copied(value) for key, value in answers.items()}
    for section in item.sections:
        value = found.get(section.id)
        rows = value if isinstance(value, list) else [value] if value else []
        for row in rows:
            for field in section.fields:
                if field.answer in {"photo", "signature"} and row.get(field.id):
                    row[field.id] = upload(picture(field.id))
    return found


def _copied(value: Any) -> Any:
    return [dict(row) for row in value] if isinstance(value, list) else dict(value)
