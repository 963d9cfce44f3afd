"""The public operators of JSON Logic, and where an engine does something else than told there.

The project jsonlogic.com publishes a suite of its own, which no package holds: `cases()` reads it
too where json-logic-js has put it when its own tests ran (`npx qunit` in its folder; that needs
the internet). Everywhere else our own cases in `public_operators.json` stand for it.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
OURS = ROOT / "tests/unit/forms/public_operators.json"
PUBLISHED = ROOT / "node_modules/json-logic-js/tests/tests.json"
Case = tuple[str, Any, Any, Any]

#: Operators that do something else in an engine, with what and why. A definition may use none.
DEVIATING = {
    "python": {
        "%": "has the sign of the divisor, as in Python",
        "missing": "an empty text counts as there",
    },
    "browser": {},
}


def cases() -> Iterator[Case]:
    """Yield (name, rule, data, expected)."""
    for case in json.loads(OURS.read_text("utf-8")):
        yield case["name"], case["rule"], case["data"], case["expected"]
    if PUBLISHED.exists():
        for number, case in enumerate(json.loads(PUBLISHED.read_text("utf-8"))):
            # Between the cases stand headings.
            if isinstance(case, list):
                yield f"published {number}", *case


def deviating(found: list[Any]) -> list[tuple[str, Any]]:
    """Return (name, rule) of the cases for which an engine `found` something else."""
    return [
        (name, rule)
        for (name, rule, _, expected), there in zip(cases(), found, strict=True)
        if as_read(there) != as_read(expected)
    ]


def as_read(value: Any) -> Any:
    """A value as both languages read it from JSON: every number a float."""
    return json.loads(json.dumps(value), parse_int=float)
