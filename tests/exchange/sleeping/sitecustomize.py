"""Loaded by a Python whose clock is faked: lets it sleep.

libfaketime 0.9.10 takes the end of a sleep for a time of the clock that it fakes, also where it is
told to leave that clock alone, and `time.sleep` fails. To wait for nothing takes as long.
"""

import select
import time


def sleep(seconds: float) -> None:
    select.select([], [], [], max(0.0, seconds))


time.sleep = sleep
