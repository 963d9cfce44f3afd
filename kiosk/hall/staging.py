"""Rolling a catalogue release out: some stations have it first, then more, then all; never back.

A release that is prepared is kept and signed, and nobody is told. Stations it is rolled out to have
a row here until it, or a newer one, is current everywhere. Knows no page. Neighbours: `releasing`
makes releases and makes one current, `rollout` asks what becomes of it at each terminal.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import String, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from forms.definition import Text
from kiosk import clock
from kiosk.db import alone, writing
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.operators import audit
from sync import releases
from sync.ledger import Terminal
from sync.releases import Release
from sync.tables import Base

NOTHING_CHOSEN = FieldProblem(
    "stations", "missing", Text("请至少选一个服务站。", "Please choose a station at least.")
)
STATION_UNKNOWN = FieldProblem(
    "stations",
    "unknown",
    Text("有的服务站没有已接入的终端。", "One of them has no terminal that is let in."),
)


class ReleaseStage(Base):
    """A station that has another release than the current one: a newer, ahead of the others."""

    __tablename__ = "release_stage"

    station_code: Mapped[str] = mapped_column(String(12), primary_key=True)
    release: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime]
    operator: Mapped[str] = mapped_column(String(36))


def staged(session: Session) -> dict[str, str]:
    """Return the release of each station that is ahead, by the station's code."""
    query = select(ReleaseStage.station_code, ReleaseStage.release)
    return dict(session.execute(query).all())


def wanted_at(session: Session, station_code: str) -> Release | None:
    """Return the release that the terminals of a station should have: its own, or the current."""
    row = session.get(ReleaseStage, station_code)
    own = session.get(Release, row.release) if row is not None else None
    return own or releases.current_of(session)


def end_all(session: Session) -> None:
    """Forget who was ahead, since one release is made current for all; the caller commits."""
    session.execute(delete(ReleaseStage))


def stage(release: str, stations: Collection[str], by: str) -> int:
    """Tell the terminals of these stations of the release; return how many terminals were told.

    A station that has it already is left as it is. NotFound for an unknown release, Invalid when no
    station is chosen or one has no terminal, Conflict when the release is older than what one has.
    """
    if not stations:
        raise Invalid("stations_missing", NOTHING_CHOSEN.message, (NOTHING_CHOSEN,))
    with writing() as session:
        alone(session, "release")
        row = found(session, release)
        check_newer(session, row)
        before = staged(session)
        fresh = sorted(code for code in set(stations) if before.get(code) != release)
        for code in fresh:
            _check_forward(session, row, before.get(code))
        told = _terminals_of(session, fresh)
        if {code for _, code in told} != set(fresh):
            raise Invalid("station_unknown", STATION_UNKNOWN.message, (STATION_UNKNOWN,))
        now = clock.now()
        for code in fresh:
            session.merge(ReleaseStage(station_code=code, release=release, at=now, operator=by))
        releases.announce(session, [each for each, _ in told], row, now)
        if fresh:
            detail = {"stations": len(fresh), "told": len(told)}
            audit.record(session, "release.staged", release, by, detail)
    return len(told)


def found(session: Session, release: str) -> Release:
    """Return the row of a release that this hall has made; NotFound."""
    row = session.get(Release, release)
    if row is None:
        raise NotFound(
            "release_unknown",
            Text("中心没有发布过这个目录。", "This hall has not made such a release."),
        )
    return row


def check_newer(session: Session, row: Release) -> None:
    """Raise Conflict unless the release is newer than the current one: there is no way back."""
    current = releases.current_of(session)
    if current is not None and row.made_at <= current.made_at:
        raise _backwards()


def check_none_ahead(session: Session, row: Release) -> None:
    """Raise Conflict when some station has a newer release than this one."""
    newest = session.scalar(
        select(func.max(Release.made_at)).join(ReleaseStage, ReleaseStage.release == Release.sha256)
    )
    if newest is not None and newest > row.made_at:
        raise _backwards()


def _check_forward(session: Session, row: Release, before: str | None) -> None:
    own = session.get(Release, before) if before is not None else None
    if own is not None and own.made_at > row.made_at:
        raise _backwards()


def _terminals_of(session: Session, codes: Collection[str]) -> list[tuple[str, str]]:
    query = select(Terminal.terminal_id, Terminal.station_code).where(
        Terminal.standing == "approved", Terminal.station_code.in_(codes)
    )
    return [(each, code) for each, code in session.execute(query)]


def _backwards() -> Conflict:
    return Conflict(
        "release_older",
        Text(
            "目录只能往新的走：已有更新的目录在用或在推广。",
            "There is no way back: a newer release is current or being rolled out.",
        ),
    )
