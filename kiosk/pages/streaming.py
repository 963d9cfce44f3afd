"""Server-sent events (WHATWG HTML section 9.2) from a server with a fixed number of threads.

A stream holds a thread while it lasts: it ends after a while, and while others hold their share a
stream tells the present state alone and has the browser ask again
(docs/adr/0022-form-on-a-phone.md). Knows no page. Neighbours: `kiosk.terminal.following` and
`kiosk.hall.watching` say what is told.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any


@dataclass(frozen=True, slots=True)
class Tempo:
    """How long a stream lasts and how often it looks, in seconds; when a browser asks again, in
    milliseconds: after a stream, and when there was no room for one.
    """

    seconds: float
    look_seconds: float
    soon_ms: int
    later_ms: int


def stream(
    look: Callable[[], Mapping[str, Any]], threads: int, tempo: Tempo, told: Any = None
) -> Iterator[str]:
    """Yield what ``look`` finds: at once unless it was ``told`` before, and when it changes."""
    room = _room(threads)
    has_room = room.acquire(blocking=False)
    try:
        yield f"retry: {tempo.soon_ms if has_room else tempo.later_ms}\n\n"
        until = time.monotonic() + (tempo.seconds if has_room else 0.0)
        while True:
            found = look()
            # A line that says nothing finds out whether the browser is still there.
            yield ":\n\n" if found == told else f"data: {json.dumps(found)}\n\n"
            told = found
            if time.monotonic() >= until:
                return
            time.sleep(tempo.look_seconds)
    finally:
        if has_room:
            room.release()


@lru_cache(maxsize=1)
def _room(threads: int) -> threading.BoundedSemaphore:
    """Return the places for streams in this process: a quarter of its threads, at least one."""
    return threading.BoundedSemaphore(max(1, threads // 4))
