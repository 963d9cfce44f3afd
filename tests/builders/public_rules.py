"""The public suite of JSON Logic, our own cases, and where an engine does something else.

The suite of jsonlogic.com comes with a package (`deploy/public_suite/maturin.py`), its headings
between its cases. Our own in `public_operators.json` ask what it does not. Both engines have to
meet both.
"""

import json
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
OURS = ROOT / "tests/unit/forms/public_operators.json"
PUBLISHED = Path(sysconfig.get_path("purelib"), "json_logic_suite/compatible.json")
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
    yield from published()


def published() -> Iterator[Case]:
    """Yield the cases of the public suite, none where set-up could not install it.

    Between them stand headings.
    """
    if not PUBLISHED.exists():
        return
    for number, case in enumerate(json.loads(PUBLISHED.read_text("utf-8"))):
        if not isinstance(case, str):
            name = f"published {number}: {case['description']}"
            yield name, case["rule"], case.get("data"), case["result"]


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
