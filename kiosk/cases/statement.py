"""What exactly is signed, as one document with a digest that is bound into the case.

The document is made from the body of the case alone, so that terminal and hall make the same one:
the item and its release, the answers, what stands for each material, and the promises word for
word. Neighbours: `storing` puts the digest into the body, the sign page shows the same content, the
hall compares.
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import orjson

from forms.definition import ServiceItem, Text
from kiosk.cases import deferral


def promises(item: ServiceItem, body: Mapping[str, Any]) -> Iterator[Text]:
    """Yield the promises that a body holds: the commitment, and one for each deferred material."""
    if body.get("commitment") and item.commitment is not None:
        yield item.commitment
    names = {requirement.id: requirement.name for requirement in item.requirements}
    for attachment in body["attachments"]:
        if attachment["mode"] == "deferred" and attachment.get("due"):
            name = names.get(attachment["requirement"])
            if name is not None:
                yield deferral.promise(name, date.fromisoformat(attachment["due"]))


def digest(item: ServiceItem, body: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what is signed with this body, 64 hex digits."""
    document = {
        "item": body["item"],
        "release": body["release"],
        "answers": body["answers"],
        "attachments": sorted(body["attachments"], key=lambda entry: str(entry["requirement"])),
        "promises": [[text.zh, text.en] for text in promises(item, body)],
        "consent": body["consent"],
        "commitment": body["commitment"],
    }
    return hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()


def holds(item: ServiceItem, body: Mapping[str, Any]) -> bool | None:
    """Tell whether a body is what was signed; None when it names no digest, as older ones."""
    told = body.get("statement")
    if not isinstance(told, str):
        return None
    try:
        return hmac.compare_digest(told, digest(item, body))
    except (KeyError, TypeError, ValueError):
        return False
