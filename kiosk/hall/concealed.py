"""The body of an entry as an admin may see it: what opens something else stays covered.

A token opens the resident's progress page, a file's key opens the file; nobody needs either to put
a body right. What stays covered is put back when the body comes back. Neighbours: `resolving`.
"""

from collections.abc import Mapping
from typing import Any

import orjson

COVERED = "(unchanged)"
_SECRETS = frozenset({"token", "key"})


def shown(body: Mapping[str, Any]) -> str:
    """Return the body as JSON to be read and changed, secrets covered."""
    covered = _walk(body, None)
    return orjson.dumps(covered, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode()


def restored(body: Mapping[str, Any], original: Mapping[str, Any]) -> dict[str, Any]:
    """Return what came back with the secrets of ``original`` in their places."""
    whole = _walk(body, original)
    return dict(whole)


def _walk(value: Any, original: Any) -> Any:
    """Cover secrets, or with an original put them back."""
    if isinstance(value, Mapping):
        known = original if isinstance(original, Mapping) else {}
        return {
            name: _secret(each, original, known.get(name))
            if name in _SECRETS and isinstance(each, str)
            else _walk(each, None if original is None else known.get(name, {}))
            for name, each in value.items()
        }
    if isinstance(value, list):
        olds = original if isinstance(original, list) else []
        return [
            _walk(each, None if original is None else (olds[at] if at < len(olds) else {}))
            for at, each in enumerate(value)
        ]
    return value


def _secret(value: str, original: Any, known: Any) -> Any:
    if original is None:
        return COVERED
    return known if value == COVERED and known is not None else value
