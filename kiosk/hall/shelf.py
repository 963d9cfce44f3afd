"""Which releases are on this machine, in one list: hash, date, counts, who uses them.

Serves the hall's page and the command line of both roles. Changes nothing. Neighbours:
``releasing`` makes them, ``monitor`` has the state of each terminal.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from kiosk.app_services import Services
from kiosk.cases.model import Case
from kiosk.db import reading
from kiosk.hall.kept import kept
from kiosk.releases import ReleaseMissing
from sync import releases
from sync.ledger import Terminal
from sync.releases import Release

#: Of more cases than this the counts are kept for so many seconds: all of them have to be read.
LARGE, KEPT_SECONDS = 10_000, 300.0


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
    #: Hall: how many approved terminals offer it to people, and refused it.
    terminals: int
    refused_by: int

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
        users = _terminals(session, Terminal.release)
        refusing = _terminals(session, Terminal.refused_release)
    cases = kept("cases of releases", KEPT_SECONDS, _cases, _is_large)
    found = [
        Row(
            release=name,
            made_at=row.made_at if (row := known.get(name)) else None,
            source=row.source if row else None,
            items=row.items if row else _count(services, name),
            is_current=name == current,
            reason=row.reason if row and row.state == releases.REFUSED else None,
            cases=cases.get(name, 0),
            terminals=users.get(name, 0),
            refused_by=refusing.get(name, 0),
        )
        for name in {*shelf.names(), *known, *cases}
    ]
    return sorted(found, key=_newest_first)


def _cases() -> Mapping[str, int]:
    """Return how many cases refer to each release."""
    query = select(Case.release, func.count()).group_by(Case.release)
    with reading() as session:
        return dict(session.execute(query).all())


def _is_large(counted: Mapping[str, int]) -> bool:
    return sum(counted.values()) > LARGE


def _terminals(session: Session, column: InstrumentedAttribute[str | None]) -> dict[str, int]:
    """Return how many approved terminals have each value of a column."""
    query = select(column, func.count()).where(Terminal.standing == "approved")
    counted = session.execute(query.group_by(column)).all()
    return {release: count for release, count in counted if release}


def _newest_first(row: Row) -> tuple[bool, float, str]:
    return (not row.is_current, -(row.made_at.timestamp() if row.made_at else 0.0), row.release)


def _count(services: Services, release: str) -> int | None:
    """Count the items of a release that the table does not know; None when it is not readable."""
    try:
        return len(services.releases.of(release).items)
    except ReleaseMissing:
        return None
