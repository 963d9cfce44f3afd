"""What fires, what did, and who is told, as the page 'Alerts' shows it. Reads only.

The list is read by the id of an alert, which grows with time, so that every page costs the same.
Neighbours: `rounds` writes what is read here, `kiosk.hall.alerts` draws it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from kiosk.cases.work import display_names
from kiosk.db import reading
from kiosk.hall.alerting import rounds, silencing
from kiosk.hall.alerting.model import Alert, Channel, Notice, Silence
from kiosk.hall.alerting.rules import RULES
from sync.ledger import Terminal

PAGE = 50
#: A round that is missing for so long means that no worker runs.
OVERDUE = timedelta(seconds=10 * rounds.EVERY_SECONDS)


@dataclass(frozen=True, slots=True)
class Firing:
    """What fires of one rule: how many, since when, how many of them were told."""

    rule: str
    count: int
    since: datetime
    told: int


@dataclass(frozen=True, slots=True)
class Quiet:
    """A silence that holds now; ``station`` is the name of its terminal's."""

    silence: Silence
    station: str
    who: str


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the first page shows."""

    looked_at: datetime | None
    #: No worker has looked for a while.
    is_overdue: bool
    firing: dict[str, Firing]
    quiet: Sequence[Quiet]
    channels: Sequence[Channel]
    #: Notices that nobody has taken yet.
    unsent: int

    @property
    def count(self) -> int:
        """How many alerts fire."""
        return sum(each.count for each in self.firing.values())


@dataclass(frozen=True, slots=True)
class Row:
    """One alert in the list, with the name of its terminal's station."""

    alert: Alert
    station: str


def overview(now: datetime) -> Overview:
    """Return what fires by rule, the silences, and whether anybody is told."""
    with reading() as session:
        at = rounds.looked_at(session)
        return Overview(
            looked_at=at,
            is_overdue=at is None or now - at > OVERDUE,
            firing=_firing(session),
            quiet=_quiet(session, now),
            channels=session.scalars(select(Channel).order_by(Channel.id)).all(),
            unsent=session.scalar(select(func.count()).where(Notice.due_at.is_not(None))) or 0,
        )


def alerts(rule: str, terminal: str, before: str, *, past: bool) -> tuple[list[Row], str | None]:
    """Return a page of alerts, newest first, and after which the next page begins, if there is one.

    ``past`` takes those that are over too; ``rule`` and ``terminal`` narrow, empty ones do not.
    """
    query = select(Alert, Terminal.station_name).outerjoin(
        Terminal, Terminal.number == Alert.terminal
    )
    if not past:
        query = query.where(Alert.open_key.is_not(None))
    if rule:
        query = query.where(Alert.rule == rule)
    if terminal:
        query = query.where(Alert.terminal == terminal)
    if before:
        query = query.where(Alert.id < before)
    with reading() as session:
        found = session.execute(query.order_by(Alert.id.desc()).limit(PAGE + 1)).all()
    rows = [Row(alert, station or "") for alert, station in found[:PAGE]]
    return rows, rows[-1].alert.id if len(found) > PAGE else None


def _firing(session: Session) -> dict[str, Firing]:
    told = func.sum(case((Alert.notified_at.is_not(None), 1), else_=0))
    rows = session.execute(
        select(Alert.rule, func.count(), func.min(Alert.since), told)
        .where(Alert.open_key.is_not(None))
        .group_by(Alert.rule)
    )
    found = {rule: Firing(rule, count, since, int(many)) for rule, count, since, many in rows}
    return {rule.id: found[rule.id] for rule in RULES if rule.id in found}


def _quiet(session: Session, now: datetime) -> list[Quiet]:
    held = silencing.running(session, now)
    people = display_names(session, {each.made_by for each in held})
    numbers = {each.terminal for each in held if each.terminal}
    query = select(Terminal.number, Terminal.station_name).where(Terminal.number.in_(numbers))
    stations = dict(session.execute(query).all())
    return [
        Quiet(each, stations.get(each.terminal, ""), people.get(each.made_by, "")) for each in held
    ]
