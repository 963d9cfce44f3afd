"""Which releases are on this machine, in one list: hash, date, counts, who uses them.

Serves the hall's page and the command line of both roles. Changes nothing. Neighbours:
``releasing`` makes them, ``monitor`` has the state of each terminal.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from kiosk.app_services import Services
from kiosk.cases.model import Case
from kiosk.db import reading
from kiosk.releases import ReleaseMissing
from sync import releases
from sync.ledger import Terminal
from sync.releases import Release


@dataclass(frozen=True, slots=True)
class Row:
    """One release. ``made_at`` and ``source`` are None for one that came with a program."""

    release: str
    made_at: datetime | None
    source: str | None
    #: None when its file is away or cannot be read.
    items: int | None
    is_current: bool
    #: The code of why it is not taken into use, at a terminal.
    reason: str | None
    #: How many cases refer to it.
    cases: int
    #: Hall: the numbers of the approved terminals that offer it to people, and that refused it.
    terminals: tuple[str, ...]
    refused_by: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return JSON values."""
        made_at = self.made_at.isoformat() if self.made_at else None
        return {**asdict(self), "made_at": made_at}


def rows(services: Services) -> list[Row]:
    """Return every release that is here, or was told of; the current one first, then by date."""
    shelf = services.releases
    current = shelf.current.release
    with reading() as session:
        known = {row.sha256: row for row in session.scalars(select(Release))}
        query = select(Case.release, func.count().label("cases")).group_by(Case.release)
        cases = {row.release: row.cases for row in session.execute(query)}
        users = session.scalars(select(Terminal).where(Terminal.standing == "approved")).all()
    found = [
        Row(
            release=name,
            made_at=row.made_at if (row := known.get(name)) else None,
            source=row.source if row else None,
            items=row.items if row else _count(services, name),
            is_current=name == current,
            reason=row.reason if row and row.state == releases.REFUSED else None,
            cases=cases.get(name, 0),
            terminals=tuple(sorted(t.number for t in users if t.release == name)),
            refused_by=tuple(sorted(t.number for t in users if t.refused_release == name)),
        )
        for name in {*shelf.names(), *known, *cases}
    ]
    return sorted(found, key=_newest_first)


def _newest_first(row: Row) -> tuple[bool, float, str]:
    return (not row.is_current, -(row.made_at.timestamp() if row.made_at else 0.0), row.release)


def _count(services: Services, release: str) -> int | None:
    """Count the items of a release that the table does not know; None when it is not readable."""
    try:
        return len(services.releases.of(release).items)
    except ReleaseMissing:
        return None
