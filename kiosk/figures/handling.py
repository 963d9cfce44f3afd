"""How long a case was worked on, from its facts: the one place that decides what counts. Pure.

From acceptance to the decision, without days on which offices do not work and without pauses that
the applicant was told of (Administrative Licensing Law, articles 45 and 82). A working day counts
with its 24 hours, so that the result compares with a promise in working days.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from kiosk import clock, workdays

#: Seconds of one working day.
DAY = 86_400

Span = tuple[datetime, datetime]


def handling_seconds(accepted: datetime, decided: datetime, pauses: Sequence[Span] = ()) -> float:
    """Return the seconds between both on working days, without ``pauses``; 0 when reversed.

    ``pauses`` do not overlap each other; parts outside the time are left out.
    """
    paused = sum(_working_seconds(max(begin, accepted), min(end, decided)) for begin, end in pauses)
    return max(0.0, _working_seconds(accepted, decided) - paused)


def _working_seconds(begin: datetime, end: datetime) -> float:
    total = 0.0
    begin, end = begin.astimezone(clock.LOCAL), end.astimezone(clock.LOCAL)
    while begin < end:
        midnight = datetime.combine(begin.date() + timedelta(days=1), time(), begin.tzinfo)
        if workdays.is_working_day(begin.date()):
            total += (min(midnight, end) - begin).total_seconds()
        begin = midnight
    return total
