"""Sends the notices that are due, each once, and tries again for hours what was not taken.

A worker takes a notice for a while; one that dies over it leaves it to the next. So a notice may
come twice after a crash, with the same id, and is never lost. Neighbours: `rounds` writes notices,
`sending` carries them.
"""

import time
from dataclasses import dataclass
from datetime import timedelta

import orjson
import structlog
from sqlalchemy import select

from kiosk import clock
from kiosk.app_services import Services
from kiosk.db import writing
from kiosk.hall.alerting import channels
from kiosk.hall.alerting.model import Channel, Notice
from kiosk.hall.alerting.sending import NotSent

log = structlog.get_logger(__name__)

#: Longer than any attempt takes: ten seconds, and as many to look the name up.
TAKEN_FOR = timedelta(minutes=2)
#: The first wait after a failure; it doubles each time up to the longest.
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
#: Some eight hours in all.
TRIES = 14
#: In one round, and begun within so many seconds, so that receivers that hang do not hold the
#: worker up for long.
_AT_ONCE, _LONGEST_SECONDS = 20, 60.0


@dataclass(frozen=True, slots=True)
class _Taken:
    id: str
    channel: Channel
    body: str
    tries: int


def send_due(services: Services) -> None:
    """Send what is due now."""
    ends = time.monotonic() + _LONGEST_SECONDS
    for _ in range(_AT_ONCE):
        taken = _take() if time.monotonic() < ends else None
        if taken is None:
            return
        try:
            channels.tell(services, taken.channel, taken.id, orjson.loads(taken.body))
        except NotSent as error:
            _put_back(taken, str(error))
        except ValueError:
            _put_back(taken, "the secret does not open: set the channel up anew")
        else:
            _tick_off(taken)


def wait_after(tries: int) -> timedelta:
    """Return how long to wait after so many attempts."""
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(tries - 1, 20)))


def _take() -> _Taken | None:
    now = clock.now()
    with writing() as session:
        found = session.execute(
            select(Notice, Channel)
            # What is left of a channel that was taken away meanwhile is for nobody.
            .join(Channel, Channel.id == Notice.channel_id)
            .where(Notice.due_at <= now)
            .order_by(Notice.due_at)
            .limit(1)
            .with_for_update(skip_locked=True, of=Notice)
        ).first()
        if found is None:
            return None
        notice, channel = found
        notice.tries, notice.due_at = notice.tries + 1, now + TAKEN_FOR
        return _Taken(notice.id, channel, notice.body, notice.tries)


def _tick_off(taken: _Taken) -> None:
    with writing() as session:
        now = clock.now()
        if notice := session.get(Notice, taken.id):
            notice.sent_at, notice.due_at = now, None
        channels.note(session, taken.channel.id, None)


def _put_back(taken: _Taken, problem: str) -> None:
    log.warning("alert_not_sent", channel=taken.channel.id, tries=taken.tries, reason=problem)
    with writing() as session:
        if notice := session.get(Notice, taken.id):
            again = clock.now() + wait_after(taken.tries)
            notice.due_at = again if taken.tries < TRIES else None
        channels.note(session, taken.channel.id, problem)
