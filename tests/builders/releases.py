"""Catalogue releases for tests: the shipped one with something altered, made at a real hall."""

import json
from collections.abc import Callable
from typing import Any

from forms.release import Catalogue
from kiosk.hall.releasing import make_current
from tests.builders.machines import Machine

#: A field that nothing refers to, added to and taken from the item that is filled in tests.
EXTRA = {
    "id": "nickname",
    "label": {"zh": "小名", "en": "Nickname"},
    "answer": "text",
    "params": {"max_length": 20},
    "required": True,
}


def altered(old: Catalogue, code: str, alter: Callable[[dict[str, Any]], None]) -> bytes:
    """The bytes of a release in which `alter` has changed the document of one item."""
    document = json.loads(old.content)
    item = json.loads(document["items"][code]["item"])
    alter(item)
    document["items"][code]["item"] = json.dumps(item, ensure_ascii=False, sort_keys=True)
    return json.dumps(document, ensure_ascii=False, sort_keys=True).encode()


def with_field(old: Catalogue, code: str) -> bytes:
    """A release whose item asks for one field more in its first section."""
    return altered(old, code, lambda item: item["sections"][0]["fields"].append(EXTRA))


def renamed(old: Catalogue, code: str, name: str = "改名") -> bytes:
    """A release whose item has another name."""
    return altered(old, code, lambda item: item["name"].update(zh=name))


def released(hall: Machine, content: bytes) -> str:
    """Make it the current release of the hall, as the command does; its hash."""
    return hall.within(make_current, hall.parts, content, "a test").sha256
