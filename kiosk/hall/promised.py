"""The record of a promise to bring documents later (容缺), as the desk shows it. Reads only.

Neighbours: `kiosk.cases.deferral` made it when the version was handed in, `dossier` has the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from kiosk.cases.history import Fact


@dataclass(frozen=True, slots=True)
class Notice:
    """When and by whom it was told, until when, and the SHA-256 of the words that were signed."""

    at: datetime
    by: str | None
    day: date | None
    promise: str


def notice_of(version: Fact | None, people: Mapping[str, str]) -> Notice | None:
    """Return the record in a version; None without one, or in another shape."""
    told: Any = (version.body or {}).get("notice") if version else None
    try:
        day = date.fromisoformat(told["due"]) if told["due"] else None
        at, by = datetime.fromisoformat(told["at"]), people.get(str(told["by"] or ""))
        return Notice(at, by, day, str(told["promise"]))
    except (KeyError, TypeError, ValueError):
        return None
