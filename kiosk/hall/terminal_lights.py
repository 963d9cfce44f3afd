"""The rule of the lights: what is found at a terminal, in the order in which it counts.

One table, read by two: Python judges one terminal, the database all twenty thousand. Each test is
written once with comparisons that columns and values both know; an unknown value fulfils none.
Thresholds are those of the alerts. Neighbours: `opening` knows from when on nobody is missed,
`finding_words` says what is found, `fleet` asks for all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, case, func
from sqlalchemy.orm import Session

from kiosk.app_services import services
from kiosk.hall import heartbeat, opening
from sync.ledger import HELD, QUARANTINED, Terminal

SILENT = timedelta(minutes=15)
LATE = timedelta(minutes=2)
#: Where a terminal was told to wait for long, so many of its waits, each a fifth longer at times.
BEATS_LATE, BEATS_SILENT = 2.5, 3.0
OLD = timedelta(hours=4)
SKEW_MS = 5 * 60 * 1000
LOW_DISK_BYTES = 1024**3
#: A disk is low too once less than one part of so many is free.
LOW_DISK_PART = 10

RED, YELLOW, GREEN, GREY = "red", "yellow", "green", "grey"
#: The worst first.
LIGHTS = (RED, YELLOW, GREEN, GREY)
RANK = {light: rank for rank, light in enumerate(LIGHTS)}


def is_low(free: Any, total: Any) -> Any:
    """Tell whether a disk is low; values or columns, and `total` may be unknown."""
    # Divided and not multiplied: no figure that a terminal tells is too large for a column then.
    return (free < LOW_DISK_BYTES) | (free < total // LOW_DISK_PART)


@dataclass(frozen=True, slots=True)
class Moment:
    """The instant at which terminals are judged, and before which each kind was last seen."""

    now: datetime
    #: When the present opening of the stations began; None while they are closed.
    opened: datetime | None
    #: One that was seen since is in contact.
    heard: datetime
    #: Missed in opening hours, for long and for a while.
    silent: datetime
    late: datetime
    #: Not heard of for a while, and that is all right: nobody is missed while closed.
    closed: datetime


def moment(now: datetime, spans: str, beat: timedelta = timedelta(0)) -> Moment:
    """Return ``now`` as all terminals are judged by it.

    ``spans`` are the hours of the stations, ``beat`` is how long terminals are told to wait between
    reports; none is late before it has left out two of them.
    """
    late, silent = max(LATE, beat * BEATS_LATE), max(SILENT, beat * BEATS_SILENT)
    opened = opening.opened_at(spans, now)
    is_missed = opened is not None and now - opened > late
    return Moment(
        now=now,
        opened=opened,
        heard=now - late,
        silent=opening.missed_before(spans, now, silent),
        late=now - late if is_missed else opening.EVER,
        closed=opening.EVER if is_missed else now - late,
    )


def moment_here(session: Session, now: datetime) -> Moment:
    """Return ``now`` by the settings of this hall and the size of its fleet."""
    return moment(now, services().config.station_open, heartbeat.of_fleet(session))


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding: its name, its light, and what must be true of a terminal at a moment."""

    code: str
    light: str
    #: Gets the values or columns of a terminal and the present moment.
    is_true: Callable[[Any, Moment], Any]


#: The first that is true counts; what none is true of is well.
FINDINGS = (
    Finding("pending", YELLOW, lambda t, _: t.standing == "pending"),
    Finding("revoked", GREY, lambda t, _: t.standing == "revoked"),
    Finding("forked", RED, lambda t, _: t.forked_at.is_not(None)),
    Finding("twins", RED, lambda t, _: t.twins_at.is_not(None)),
    Finding("paused", GREY, lambda t, at: t.paused_until > at.now),
    Finding("unread", RED, lambda t, _: t.unread_version.is_not(None)),
    Finding("quarantined", RED, lambda t, _: t.quarantined > 0),
    # Behind nothing that is quarantined: a kind or version that is not known here yet.
    Finding("held", YELLOW, lambda t, _: t.held > 0),
    Finding("unheard", YELLOW, lambda t, _: t.last_seen.is_(None)),
    Finding("silent", RED, lambda t, at: t.last_seen < at.silent),
    Finding("old", RED, lambda t, at: t.reported_oldest_at < at.now - OLD),
    Finding("late", YELLOW, lambda t, at: t.last_seen < at.late),
    Finding("cloned", YELLOW, lambda t, _: t.cloned_at.is_not(None)),
    Finding("release", YELLOW, lambda t, _: t.refused_release > ""),
    Finding("skewed", YELLOW, lambda t, _: (t.skew_ms > SKEW_MS) | (t.skew_ms < -SKEW_MS)),
    Finding("disk", YELLOW, lambda t, _: is_low(t.reported_disk_free, t.reported_disk_total)),
    Finding("error", YELLOW, lambda t, _: t.reported_error > ""),
    # What is known to be wrong does not end with the day.
    Finding("closed", GREY, lambda t, at: t.last_seen < at.closed),
    Finding("sending", GREEN, lambda t, _: t.reported_pending > 0),
)
WELL = Finding("well", GREEN, lambda _t, _at: True)
BY_CODE = {finding.code: finding for finding in (*FINDINGS, WELL)}


def first_of(terminal: Terminal, tally: Mapping[str, int], at: Moment) -> Finding:
    """Return what counts for one terminal; ``tally`` has its entries by verdict."""
    values = _Values(terminal, tally)
    return next((finding for finding in FINDINGS if finding.is_true(values, at)), WELL)


def first_in_sql(terminal: FromClause, tally: FromClause, at: Moment) -> ColumnElement[str]:
    """Return the code of what counts for each row of ``terminal``.

    ``tally`` is joined to it from outside and may lack the row of a terminal.
    """
    counts = {name: func.coalesce(tally.c[name], 0) for name in (HELD, QUARANTINED)}
    columns = SimpleNamespace(**{column.key: column for column in terminal.c}, **counts)
    whens = [(and_(each.is_true(columns, at)), each.code) for each in FINDINGS]
    return case(*whens, else_=WELL.code)


class _Values:
    """The values of one terminal, to be compared as columns are."""

    def __init__(self, terminal: Terminal, tally: Mapping[str, int]) -> None:
        self._terminal, self._tally = terminal, tally

    def __getattr__(self, name: str) -> "_Value":
        if name in {HELD, QUARANTINED}:
            return _Value(self._tally.get(name, 0))
        return _Value(getattr(self._terminal, name))


class _Value:
    """A value that may be unknown: then every comparison is false, as in SQL."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __floordiv__(self, other: int) -> "_Value":
        return _Value(None if self._value is None else self._value // other)

    def __lt__(self, other: Any) -> bool:
        other = other._value if isinstance(other, _Value) else other
        return None not in (self._value, other) and bool(self._value < other)

    def __gt__(self, other: Any) -> bool:
        return self._value is not None and bool(self._value > other)

    def __eq__(self, other: object) -> bool:
        return self._value is not None and bool(self._value == other)

    __hash__ = None  # type: ignore[assignment]

    def is_(self, other: Any) -> bool:
        return self._value is other

    def is_not(self, other: Any) -> bool:
        return self._value is not other
