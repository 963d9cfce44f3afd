"""One look at all rules: what begins, what is over, and who is to be told.

What fires is told once. Alerts of one rule that begin within a minute make one notice, and the
next one about that rule waits five minutes, so that a line that is down for everybody is one
message (the waits are those that Prometheus' Alertmanager has proved, ``group_wait`` and
``group_interval``). Two workers may come here at once: one waits for the other and finds nothing
left. Neighbours: `findings` looks, `wording` writes, `outbox` sends.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
import structlog
from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from kiosk import clock
from kiosk.app_services import Services
from kiosk.db import alone, writing
from kiosk.hall.alerting import findings, outbox, silencing, wording
from kiosk.hall.alerting.model import Alert, AlertRound, AlertRule, Channel, Notice
from kiosk.hall.alerting.wording import Subject
from sync import bulk
from sync.ledger import Terminal
from sync.tables import table_of

log = structlog.get_logger(__name__)

EVERY_SECONDS = 30
#: What begins within this time of the first is told with it.
GATHER = timedelta(seconds=60)
#: After a rule was told of, what follows is gathered so long.
HOLD = timedelta(minutes=5)
#: How long it is known what has fired and what was sent.
KEPT = timedelta(days=90)


def perform(services: Services) -> None:
    """Look at all rules, then send what is due: the hall's duty."""
    look(services)
    outbox.send_due(services)


def look(services: Services) -> None:
    """Bring the alerts up to date with what is found now, and write the notices."""
    now = clock.now()
    with writing() as session:
        alone(session, "alerts")
        found = findings.found(session, services, now)
        _compare(session, found, findings.resting(services.config.station_open, now), now)
        _tell(session, now)
        _forget(session, now)
        session.merge(AlertRound(id=1, at=now))


def _compare(session: Session, found: set[findings.Key], resting: set[str], now: datetime) -> None:
    """Open what is new, close what is over."""
    query = select(Alert.rule, Alert.terminal, Alert.id).where(Alert.open_key.is_not(None))
    open_now = {(rule, terminal): key for rule, terminal, key in session.execute(query)}
    bulk.insert(
        session,
        table_of(Alert),
        [
            {
                "id": clock.new_id(),
                "rule": rule,
                "terminal": terminal,
                "since": now,
                "open_key": f"{rule}:{terminal}",
                "notified_at": None,
                "recovered_at": None,
                "recovery_told_at": None,
            }
            for rule, terminal in sorted(found - open_now.keys())
            if rule not in resting
        ],
    )
    gone = open_now.keys() - found
    # What is no longer watched, paused or shut out, is not well: that it is over is not told.
    left = _unwatched(session, gone, now) if gone else set()
    _set(session, [open_now[key] for key in gone - left], open_key=None, recovered_at=now)
    closed = [open_now[key] for key in left]
    _set(session, closed, open_key=None, recovered_at=now, recovery_told_at=now)


def _unwatched(
    session: Session, keys: Collection[findings.Key], now: datetime
) -> set[findings.Key]:
    """Return those of the keys whose terminal calls for nobody now."""
    watched = set(session.scalars(select(Terminal.number).where(findings.is_watched(now))))
    return {key for key in keys if key[1] and key[1] not in watched}


def _tell(session: Session, now: datetime) -> None:
    channels = session.scalars(select(Channel.id)).all()
    if not channels:
        # What fires now is told to the first channel that there will be.
        return
    told = dict(session.execute(select(AlertRule.rule, AlertRule.told_at)).all())
    silences = silencing.running(session, now)
    untold = Alert.open_key.is_not(None), Alert.notified_at.is_(None)
    fresh = [
        each
        for each in _begun(session, *untold)
        if not silencing.covers(silences, each.rule, each.terminal)
    ]
    over = _begun(
        session,
        Alert.recovered_at.is_not(None),
        Alert.notified_at.is_not(None),
        Alert.recovery_told_at.is_(None),
    )
    _notify(session, "firing", _due(fresh, told, now), channels, now)
    _notify(session, "recovered", _due(over, told, now), channels, now)


@dataclass(frozen=True, slots=True)
class _Begun:
    """An alert that somebody may have to be told of; ``changed_at``: begin, or end if it is over.

    No object of the table: there may be as many as there are terminals.
    """

    id: str
    rule: str
    terminal: str
    since: datetime
    changed_at: datetime


def _begun(session: Session, *conditions: ColumnElement[bool]) -> list[_Begun]:
    query = select(Alert.id, Alert.rule, Alert.terminal, Alert.since, Alert.recovered_at)
    rows = session.execute(query.where(*conditions).order_by(Alert.id))
    return [_Begun(*row[:4], row.recovered_at or row.since) for row in rows]


def _due(
    alerts: Iterable[_Begun], told: Mapping[str, datetime], now: datetime
) -> dict[str, list[_Begun]]:
    """Return by rule what has been gathered long enough."""
    groups = dict[str, list[_Begun]]()
    for alert in alerts:
        groups.setdefault(alert.rule, []).append(alert)
    return {
        rule: group
        for rule, group in groups.items()
        if now - min(each.changed_at for each in group) >= GATHER
        and (rule not in told or now - told[rule] >= HOLD)
    }


def _notify(
    session: Session,
    kind: str,
    groups: Mapping[str, Sequence[_Begun]],
    channels: Sequence[str],
    now: datetime,
) -> None:
    if not groups:
        return
    names = dict(session.execute(select(Terminal.number, Terminal.station_name)).all())
    subjects = {
        rule: [Subject(each.terminal, names.get(each.terminal, ""), each.since) for each in group]
        for rule, group in groups.items()
    }
    message = orjson.dumps(wording.body(kind, now, subjects, len(names))).decode()
    for channel_id in channels:
        session.add(
            Notice(
                id=clock.new_id(),
                channel_id=channel_id,
                made_at=now,
                body=message,
                tries=0,
                due_at=now,
            )
        )
    for rule, group in groups.items():
        ids = [each.id for each in group]
        _set(session, ids, **{"notified_at" if kind == "firing" else "recovery_told_at": now})
        session.merge(AlertRule(rule=rule, told_at=now))
    log.info("alerts_told", kind=kind, rules=sorted(groups), alerts=sum(map(len, groups.values())))


def _set(session: Session, ids: Sequence[str], **values: datetime | None) -> None:
    table = table_of(Alert)
    for first in range(0, len(ids), 5000):
        some = ids[first : first + 5000]
        session.execute(update(table).where(bulk.among(session, table.c.id, some)).values(values))


def _forget(session: Session, now: datetime) -> None:
    session.execute(delete(Alert).where(Alert.recovered_at < now - KEPT))
    is_for_nobody = Notice.channel_id.not_in(select(Channel.id))
    session.execute(delete(Notice).where(or_(Notice.made_at < now - KEPT, is_for_nobody)))


def looked_at(session: Session) -> datetime | None:
    """Return when the rules were last looked at; None when no worker has done so yet."""
    return session.scalar(select(func.max(AlertRound.at)))
