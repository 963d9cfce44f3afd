"""How far a release is at each terminal: has it, fetching, refused and why, silent, not told yet.

Asked of the database at the moment, a page at a time, for twenty thousand terminals. Reads only.
Neighbours: `staging` says whom it is meant for, `rolling` draws the page.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, exists, func, or_, select
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock
from kiosk.db import reading
from kiosk.hall import staging
from kiosk.hall.refusals import refusal_in_words
from kiosk.hall.staging import ReleaseStage
from kiosk.hall.terminal_lights import SILENT as SILENT_FOR
from sync import releases
from sync.ledger import Terminal
from sync.releases import Release

PAGE = 50
HAS, FETCHING, REFUSED, SILENT, UNTOLD = "has", "fetching", "refused", "silent", "untold"
#: What needs somebody first.
STATES = (REFUSED, SILENT, FETCHING, HAS, UNTOLD)
ALL = "all"


@dataclass(frozen=True, slots=True)
class Line:
    """One terminal and how far the release is there."""

    number: str
    station_name: str
    state: str
    #: What it offers to people now.
    release: str | None
    refusal: Text | None
    last_seen: datetime | None


@dataclass(frozen=True, slots=True)
class Rollout:
    """One page of terminals; `after` leads to the next, None on the last."""

    row: Release
    is_current: bool
    #: Newer than the current one, so that it can be rolled out further.
    can_go_on: bool
    #: Codes of the stations that have it ahead of the others.
    stations: frozenset[str]
    counts: Mapping[str, int]
    lines: tuple[Line, ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A station that has terminals; `is_chosen` when the release was rolled out to it before."""

    code: str
    name: str
    terminals: int
    is_chosen: bool


def of(release: str, state: str = ALL, after: str = "") -> Rollout:
    """Return how far a release is; `state` narrows, `after` is the last number of a page before.

    NotFound for a release that this hall has not made.
    """
    with reading() as session:
        row = staging.found(session, release)
        current = releases.current_of(session)
        is_current = row.state == releases.CURRENT
        standing = _standing(row, is_current=is_current)
        counted = select(standing, func.count()).where(_let_in()).group_by(standing)
        counts = dict(session.execute(counted).all())
        query = select(Terminal, standing).where(_let_in(), Terminal.number > after)
        if state != ALL:
            query = query.where(standing == state)
        rows = session.execute(query.order_by(Terminal.number).limit(PAGE + 1)).all()
        ahead = staging.staged(session)
    lines = tuple(_line(terminal, found) for terminal, found in rows[:PAGE])
    return Rollout(
        row=row,
        is_current=is_current,
        can_go_on=current is None or row.made_at > current.made_at,
        stations=frozenset(code for code, own in ahead.items() if own == release),
        counts={
            ALL: sum(counts.values()),
            **{name: counts.get(name, 0) for name in STATES},
        },
        lines=lines,
        after=lines[-1].number if len(rows) > PAGE else None,
    )


def candidates(session: Session, release: str) -> list[Candidate]:
    """Return the stations with terminals that are let in, by name."""
    ahead = staging.staged(session)
    query = (
        select(Terminal.station_code, func.min(Terminal.station_name), func.count())
        .where(_let_in())
        .group_by(Terminal.station_code)
        .order_by(Terminal.station_code)
    )
    return [
        Candidate(code, name, count, ahead.get(code) == release)
        for code, name, count in session.execute(query)
    ]


def _standing(row: Release, *, is_current: bool) -> ColumnElement[str]:
    is_meant: ColumnElement[bool] = exists().where(
        ReleaseStage.station_code == Terminal.station_code, ReleaseStage.release == row.sha256
    )
    if is_current:
        # All but the stations that are ahead of it.
        is_meant = ~exists().where(ReleaseStage.station_code == Terminal.station_code)
    is_silent = or_(Terminal.last_seen.is_(None), Terminal.last_seen < clock.now() - SILENT_FOR)
    return case(
        (Terminal.release == row.sha256, HAS),
        (Terminal.refused_release == row.sha256, REFUSED),
        (~is_meant, UNTOLD),
        (is_silent, SILENT),
        else_=FETCHING,
    )


def _let_in() -> ColumnElement[bool]:
    return Terminal.standing == "approved"


def _line(terminal: Terminal, state: str) -> Line:
    return Line(
        terminal.number,
        terminal.station_name,
        state,
        terminal.release,
        refusal_in_words(terminal.refusal) if state == REFUSED else None,
        terminal.last_seen,
    )
