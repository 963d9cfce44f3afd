"""What every rule finds at this moment, from the terminals' rows, the ledger and the hall itself.

Questions to the database and to Redis; nothing is changed. Each question about terminals is one
statement over all of them. Neighbours: `rules` has the measures in words, `rounds` asks.
"""

import shutil
from datetime import datetime, timedelta

from redis.exceptions import RedisError
from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from kiosk import redis_link
from kiosk.app_services import Services
from kiosk.backup import model as backups
from kiosk.hall import heartbeat, job_queues
from kiosk.hall.alerting.rules import LOW_DISK, OLD, SILENT, SKEW_MS, STUCK
from kiosk.hall.certified import WARNED
from kiosk.hall.opening import opened_at
from kiosk.hall.terminal_lights import Moment, is_low, moment
from kiosk.hall.upkeep import Upkeep
from sync.feed import FeedItem
from sync.ledger import QUARANTINED, LedgerEntry, Terminal

#: A rule and the number of a terminal, or nothing for the hall itself.
Key = tuple[str, str]
#: No answer of Redis within this time (seconds) is none.
_ASK_SECONDS = 0.5


def found(session: Session, services: Services, now: datetime) -> set[Key]:
    """Return everything that is wrong now."""
    keys: set[Key] = set()
    at = moment(now, services.config.station_open, heartbeat.of_fleet(session))
    for rule, condition in of_terminals(at).items():
        query = select(Terminal.number).where(is_watched(now), condition)
        keys.update((rule, number) for number in session.scalars(query))
    return keys | _of_hall(session, services, now)


def is_watched(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a terminal calls for anybody: let in, and nobody works on it."""
    is_paused = Terminal.paused_until > now
    return and_(Terminal.standing == "approved", is_paused.is_not(True))


def resting(spans: str, now: datetime) -> set[str]:
    """Return the rules of which nothing new is an alert now; what has fired goes on.

    Whoever was away while the hall was, or paused, is not called for while the station is closed.
    """
    since = opened_at(spans, now)
    return set() if since is not None and now - since > SILENT else {"silent"}


def of_terminals(at: Moment) -> dict[str, ColumnElement[bool]]:
    """Return the condition of each rule that concerns terminals, for a question about them."""
    now = at.now
    return {
        # One that was never seen has not been put up yet, and is not found here.
        "silent": Terminal.last_seen < at.silent,
        "backlog": Terminal.reported_oldest_at < now - OLD,
        # Read once from the index by verdict, not asked anew for each terminal.
        "quarantine": Terminal.terminal_id.in_(
            select(LedgerEntry.terminal_id).where(LedgerEntry.verdict == QUARANTINED)
        ),
        "identity": or_(
            Terminal.forked_at.is_not(None),
            Terminal.twins_at.is_not(None),
            Terminal.cloned_at.is_not(None),
        ),
        "clock": func.abs(Terminal.skew_ms) > SKEW_MS,
        "disk": is_low(Terminal.reported_disk_free, Terminal.reported_disk_total),
        "version": Terminal.unread_version.is_not(None),
        "feed": _leaves_answers(at),
        "certificate": Terminal.terminal_id.in_(
            select(Upkeep.terminal_id).where(Upkeep.certified_until < now + WARNED)
        ),
    }


def _leaves_answers(at: Moment) -> ColumnElement[bool]:
    next_item = exists().where(
        FeedItem.terminal_id == Terminal.terminal_id,
        FeedItem.seq > Terminal.feed_cursor,
        FeedItem.recorded_at < _micros(at.now - STUCK),
    )
    return and_(
        Terminal.feed_head > Terminal.feed_cursor,
        Terminal.last_seen > at.heard,
        next_item,
    )


def _micros(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)


def _of_hall(session: Session, services: Services, now: datetime) -> set[Key]:
    keys: set[Key] = set()
    backup = backups.state(session)
    if backup.is_late or backup.problem:
        keys.add(("backup", ""))
    usage = shutil.disk_usage(services.config.data_dir)
    if usage.free < usage.total * LOW_DISK:
        keys.add(("storage", ""))
    if _queue_stands(services, now):
        keys.add(("queue", ""))
    return keys


def _queue_stands(services: Services, now: datetime) -> bool:
    wait = timedelta(0)
    try:
        with redis_link.connect(services.config.redis, socket_timeout=_ASK_SECONDS) as client:
            state = job_queues.state(client)
    except RedisError:
        return True
    if state.oldest_at is not None:
        wait = now - state.oldest_at
    return wait > STUCK or state.failed > 0
