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
from functools import cache
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
    leave = enter("streams", threads)
    has_room = leave is not None
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
        if leave is not None:
            leave()


def enter(purpose: str, threads: int) -> Callable[[], None] | None:
    """Take a place among those for ``purpose``; return what gives it back; None if all are taken.

    Each purpose has a quarter of the process's threads, at least one. To give it back again does
    nothing.
    """
    room = _room(purpose, threads)
    if not room.acquire(blocking=False):
        return None
    taken = [room]

    def leave() -> None:
        if taken:
            taken.pop().release()

    return leave


@cache
def _room(_purpose: str, threads: int) -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(max(1, threads // 4))
