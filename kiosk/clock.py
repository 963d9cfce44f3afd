"""The only place that asks for the time and makes identifiers.

Tests put another clock in with ``use``. It knows nothing else of the product.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import uuid_utils

#: The stations stand in China, which has one time zone.
LOCAL = ZoneInfo("Asia/Shanghai")

_wall: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731
_uptime: Callable[[], int] = lambda: time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000  # noqa: E731
_id: Callable[[], str] = lambda: str(uuid_utils.uuid7())  # noqa: E731


def now() -> datetime:
    """Return the present instant, aware, in UTC, to the microsecond."""
    return _wall()


def today() -> date:
    """Return the present calendar day in Asia/Shanghai."""
    return now().astimezone(LOCAL).date()


def instant(microseconds: int) -> datetime:
    """Return the time so many microseconds after 1970, aware; ValueError when it is beyond all."""
    try:
        return datetime.fromtimestamp(microseconds / 1_000_000, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError("the time is beyond all clocks") from error


def uptime_ms() -> int:
    """Return milliseconds since boot, which no change of the wall clock moves."""
    return _uptime()


def new_id() -> str:
    """Return a new UUIDv7 (RFC 9562) in its 36-character form; sorts by time of making."""
    return _id()


@contextmanager
def use(
    wall: Callable[[], datetime],
    uptime: Callable[[], int] | None = None,
    identifier: Callable[[], str] | None = None,
) -> Iterator[None]:
    """Let ``now`` and ``today`` ask ``wall`` while the block runs; for tests and the simulation.

    ``uptime`` and ``identifier`` stand for ``uptime_ms`` and ``new_id`` when they are given.
    """
    global _wall, _uptime, _id
    before = _wall, _uptime, _id
    _wall, _uptime, _id = wall, uptime or _uptime, identifier or _id
    try:
        yield
    finally:
        _wall, _uptime, _id = before
