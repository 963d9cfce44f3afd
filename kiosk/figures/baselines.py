"""What handling times are compared with: a time for each item, and where it comes from.

An item's legal limit is its baseline, as the catalogue has it. A hall that has measured how long an
item took before puts that into ``baselines.json`` in its data folder; it goes before. An item with
neither is not compared: nothing is invented. Neighbour: `counting` sums them up.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from forms.definition import Text
from forms.release import Catalogue
from kiosk.figures.handling import DAY

log = structlog.get_logger(__name__)

NAME = "baselines.json"
#: Longer than this is a slip of the pen (working days).
_MOST_DAYS = 1000


@dataclass(frozen=True, slots=True)
class Baseline:
    """A time in working days, and where it comes from."""

    days: float
    source: Text

    @property
    def seconds(self) -> float:
        """The same in seconds, as `handling` counts them."""
        return self.days * DAY


class BadBaselines(ValueError):
    """The file cannot be used; the text names the item and what is wrong."""


def baselines(catalogue: Catalogue, folder: Path) -> dict[str, Baseline]:
    """Return the baselines by item; a file that cannot be used is logged and left out."""
    found = {code: limit for code in catalogue.items if (limit := _legal(catalogue, code))}
    try:
        found |= read(folder / NAME)
    except BadBaselines as error:
        log.error("baselines_not_read", reason=str(error))
    return found


def read(file: Path) -> dict[str, Baseline]:
    """Return the hall's own baselines, none without a file; BadBaselines."""
    if not file.exists():
        return {}
    try:
        told = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise BadBaselines(f"{file.name}: {error}") from error
    if not isinstance(told, dict):
        raise BadBaselines(f"{file.name}: must be an object with a baseline for each item")
    return {code: _read_one(file.name, code, value) for code, value in told.items()}


def _read_one(name: str, code: str, value: Any) -> Baseline:
    if not isinstance(value, Mapping):
        raise BadBaselines(f"{name}: {code}: must be an object")
    days, source = value.get("working_days"), value.get("source")
    if isinstance(days, bool) or not isinstance(days, int | float) or not 0 < days <= _MOST_DAYS:
        raise BadBaselines(f"{name}: {code}: working_days must be above 0, at most {_MOST_DAYS}")
    texts = source if isinstance(source, Mapping) else {}
    if not all(isinstance(texts.get(each), str) and texts[each].strip() for each in ("zh", "en")):
        raise BadBaselines(f"{name}: {code}: source must say in zh and en where it comes from")
    return Baseline(float(days), Text(texts["zh"], texts["en"]))


def _legal(catalogue: Catalogue, code: str) -> Baseline | None:
    limit = catalogue.items[code].statutory
    if limit is None or not limit.value:
        return None
    return Baseline(limit.in_working_days, Text("法定时限（事项目录）", "Legal limit (catalogue)"))
