"""The answers that wait to be carried back, one for each terminal, in the data folder.

A newer one takes the place of the one before: it holds all that the older one held and more.
Neighbours: `carried` makes them, `carriers` is the page.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from kiosk import clock
from kiosk.app_services import services
from kiosk.hall.carried import Intake
from sync.carrier import save, written

_NUMBER = re.compile(r"\d{6}")


@dataclass(frozen=True, slots=True)
class Kept:
    """What a terminal brought last, when, and the answer that goes back to it."""

    number: str
    at: datetime
    tally: dict[str, Any]
    file: Path

    @property
    def bytes(self) -> int:
        """Size of the answer."""
        return self.file.stat().st_size


def keep(intake: Intake) -> Kept:
    """Take a carrier in and keep its answer; OSError when the disk does not take it."""
    folder = _folder()
    folder.mkdir(exist_ok=True)
    number = intake.tally.number
    save(written(intake.answer()), folder / f"{number}.jsc")
    told = {**intake.tally.as_json(), "at": clock.now().isoformat()}
    trouble = intake.tally.trouble
    told["trouble"] = trouble and trouble.code
    save([json.dumps(told, ensure_ascii=False).encode()], folder / f"{number}.json")
    return kept(number)


def kept(number: str) -> Kept:
    """Return what a terminal brought last; LookupError when there is nothing."""
    file = _folder() / f"{number}.json"
    if not _NUMBER.fullmatch(number) or not file.exists():
        raise LookupError("no carrier of this terminal was taken in here")
    told = json.loads(file.read_bytes())
    return Kept(number, datetime.fromisoformat(told["at"]), told, file.with_suffix(".jsc"))


def all_kept() -> list[Kept]:
    """Return what waits, the newest first."""
    found = [kept(file.stem) for file in _folder().glob("*.json")] if _folder().exists() else []
    return sorted(found, key=lambda each: each.at, reverse=True)


def _folder() -> Path:
    return services().config.data_dir / "carriers"
