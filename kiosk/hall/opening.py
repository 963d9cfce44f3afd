"""When the stations are open, and from when on nobody is missed: lights and alerts both ask here.

The spans are those of ``KIOSK_STATION_OPEN`` at the hall; they hold on working days alone. Where
none are known the stations are always open. Neighbours: `terminal_lights` and `alerting.findings`
have the measures.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from kiosk import clock, workdays

#: Longer than the stations are closed over any holiday; nothing is looked for before that.
_LOOKED_BACK = 31
#: Always open since then; and before this nothing was ever seen.
EVER = datetime.fromtimestamp(0, UTC)


def opened_at(spans: str, now: datetime) -> datetime | None:
    """Return when the present opening began, or None while the stations are closed.

    ``spans`` are as in the settings, such as ``09:00-11:30 13:30-17:00``, in Asia/Shanghai.
    """
    begin, end = next(_openings(spans, now), (EVER, EVER))
    return begin if now < end else None


def missed_before(spans: str, now: datetime, span: timedelta) -> datetime:
    """Return the instant before which who is missed was last seen.

    Missed is who was away for more than ``span`` of one opening, at ``now`` or before; nobody seen
    since is.
    """
    for begin, end in _openings(spans, now):
        until = min(now, end)
        if until - begin > span:
            return until - span
    return EVER


def _openings(spans: str, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield begin and end of the openings that have begun, the newest first."""
    if not spans:
        yield EVER, datetime.max.replace(tzinfo=UTC)
        return
    local = now.astimezone(clock.LOCAL)
    times = [tuple(time.fromisoformat(each) for each in span.split("-")) for span in spans.split()]
    for back in range(_LOOKED_BACK + 1):
        day = local.date() - timedelta(days=back)
        if not workdays.is_working_day(day):
            continue
        for opens, closes in sorted(times, reverse=True):
            begin, end = (datetime.combine(day, at, clock.LOCAL) for at in (opens, closes))
            if begin <= now:
                yield begin, end
