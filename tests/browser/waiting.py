"""Waiting for something that other processes do."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

# A sweep of the terminal's worker comes every 12 to 18 s and leaves a broken line alone for 15 s.
SECONDS = 60.0


def wait_until(look: Callable[[], Found], seconds: float = SECONDS, pause: float = 0.1) -> Found:
    """Return what `look` found as soon as it is truthy; fail after `seconds`."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"waited {seconds:.0f} s in vain"
        time.sleep(pause)
    return found
