"""Draws a paper's template. Everything that is put in is escaped, and shows only what can be seen.

Knows no paper. Its templates stand apart from the pages' ones: they know no request, no language
and no style but `paper.css`, so that the command line draws them too. Neighbours: `form`,
`checklist`, `poster`.
"""

import base64
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from kiosk.printing.words import WORDS, day, limit, moment, until
from kiosk.receipts import qr

_TEMPLATES = Path(__file__).parents[1] / "templates"
#: General categories that show nothing or change how others are shown (bidi controls are Cf).
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}


def draw(template: str, **values: Any) -> str:
    """Return the HTML of a template of `templates/`; raises jinja2.UndefinedError for a gap."""
    return _environment().get_template(template).render(**values)


def code_picture(payload: str) -> str:
    """Return a QR code for paper (level Q) as a data address, so that it needs no fetching."""
    return _inline("image/svg+xml", qr.svg(payload, "Q").encode())


def jpeg_picture(jpeg: bytes) -> str:
    """Return a JPEG as a data address."""
    return _inline("image/jpeg", jpeg)


def seen(text: str) -> str:
    """Return `text` without what cannot be seen; line breaks and tabs stay."""
    return "".join(
        character
        for character in text
        if character in "\n\t" or unicodedata.category(character) not in _UNSEEN
    )


def _inline(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # What a macro has drawn is markup, of a type of its own, and has been through here.
        finalize=lambda value: seen(value) if type(value) is str else value,
    )
    environment.filters.update(limit=limit, until=until, moment=moment, day=day)
    environment.globals["words"] = WORDS
    return environment
