"""Which JSON bodies are looked at at all: those that can be written down again.

Python's own reader lets through lone surrogates, NaN, numbers without end and nesting that no
digest, database or log could keep. Neighbour: ``kiosk.app`` asks ``check`` before every request.
"""

import json

import orjson
from flask import request

from forms.definition import Text
from kiosk.errors import Invalid
from sync import bounded


def check() -> None:
    """Refuse a body that is JSON by its type and not by its content; other types pass."""
    if not request.is_json or not request.path.startswith(("/api/", "/sync/")):
        return
    data = request.get_data()
    if not data:
        return
    try:
        bounded.check(data)
        # Writes no surrogate, no number of more than 64 bits and no deeper than 254 levels.
        orjson.dumps(json.loads(data, parse_constant=_no_number))
    except (ValueError, TypeError, RecursionError) as error:
        raise Invalid(
            "json_malformed", Text("JSON 格式不对。", "The body is not well-formed JSON.")
        ) from error


def _no_number(name: str) -> None:
    # RFC 8259 section 6: neither NaN nor Infinity is a number.
    raise ValueError(name)
