"""Since when the stations are open: nobody is missed while a station is closed.

The spans are those of ``KIOSK_STATION_OPEN`` at the hall; they hold on working days alone.
"""

from datetime import datetime, time

from kiosk import clock, workdays


def opened_at(spans: str, now: datetime) -> datetime | None:
    """Return when the present opening began, or None while the stations are closed.

    ``spans`` are as in the settings, such as ``09:00-11:30 13:30-17:00``, in Asia/Shanghai.
    """
    local = now.astimezone(clock.LOCAL)
    if not workdays.is_working_day(local.date()):
        return None
    for span in spans.split():
        opens, closes = (time.fromisoformat(each) for each in span.split("-"))
        if opens <= local.time() < closes:
            return datetime.combine(local.date(), opens, clock.LOCAL)
    return None
