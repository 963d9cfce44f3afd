"""What every answer type is made of: a name, a cleaning function, and how it refuses.

Must not know items, rules or marshmallow. Neighbours: each module of this package defines
answer types with it; `forms.fields` gathers them; `forms.schema` wraps them for marshmallow.
"""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NoReturn

from forms.definition import JSON, Choice, Text

Clean = Callable[["Asked", object], JSON]
Mask = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a cleaning function may know of its field: its bounds and its choices."""

    params: Mapping[str, JSON]
    choices: Mapping[str, Choice]

    def whole(self, name: str, default: int) -> int:
        """Return the bound `name` as a whole number, or `default` when the field has none."""
        value = self.params.get(name)
        return int(value) if isinstance(value, int | str) else default


class Refused(Exception):
    """An answer that cannot be taken; `code` for programs, `message` for people."""

    def __init__(self, code: str, message: Text) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class AnswerType:
    """An answer type: `clean` returns the JSON value to keep or raises Refused."""

    name: str
    clean: Clean
    params: frozenset[str] = frozenset()
    mask: Mask | None = None


def refuse(code: str, zh: str, en: str) -> NoReturn:
    """Raise Refused with this code and both messages."""
    raise Refused(code, Text(zh, en))


def plain(value: object) -> str:
    """Return `value` as one trimmed line with full-width letters and digits made plain.

    Raises Refused("wrong_type") for anything but a text.
    """
    if not isinstance(value, str):
        refuse("wrong_type", "这里应填写文字", "Enter text here")
    return unicodedata.normalize("NFKC", value).strip()


def compact(value: object) -> str:
    """Return `plain(value)` without any spaces or hyphens, as people group long numbers."""
    text = plain(value)
    return "".join(sign for sign in text if not sign.isspace() and sign not in "-‐‑–—_")
