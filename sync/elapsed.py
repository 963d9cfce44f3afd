"""The only place that the exchange asks how long something takes, and waits.

Seconds of a clock that runs on whatever the wall clock does. The simulation puts its own in with
``use``, so that five days pass in a moment. Knows no wall clock: ``kiosk.clock`` is that.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_monotonic: Callable[[], float] = time.monotonic
_sleep: Callable[[float], None] = time.sleep


def monotonic() -> float:
    """Return seconds since some moment; only differences mean anything."""
    return _monotonic()


def sleep(seconds: float) -> None:
    """Wait."""
    _sleep(seconds)


@contextmanager
def use(monotonic: Callable[[], float], sleep: Callable[[float], None]) -> Iterator[None]:
    """Let time be told, and waited for, by these while the block runs."""
    global _monotonic, _sleep
    before = _monotonic, _sleep
    _monotonic, _sleep = monotonic, sleep
    try:
        yield
    finally:
        _monotonic, _sleep = before
