"""The child process in which pictures from outside are opened: `python -m kiosk.materials.child`.

Answers one frame after the other on the socket that is its standard input, and ends by itself
when nothing has come for a while, when the other end closes, or after some hundred pictures.
Whatever a hostile picture does to the readers happens here, with little memory and time, without
the web process's secrets, and without a core file that would hold the picture. Neighbours:
`isolation` starts it; `pixels`, `quality` and `codes` do the work.
"""

import json
import os
import resource
import signal
import socket
import sys
import time
from pathlib import Path

from PIL import Image

from kiosk.materials import codes, faults, pixels, wire

MEMORY = 256 * 1024 * 1024
"""Bytes of address space beyond what the program takes when it has started."""
REQUESTS = 500
"""After so many pictures it ends, so that no reader's leak grows."""
GIVE_UP_AFTER = 0.8
"""Seconds after which a search for codes begins no further step; the parent's limit is 1.5."""

_MOST_REQUEST_BYTES = 16 * 1024 * 1024
_CPU_SECONDS = {wire.CODES: 2, wire.REBUILD: 5, wire.EDIT: 5}


def main(idle_seconds: float) -> None:
    """Serve until idle for so many seconds; returns then, and when the other end closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel = socket.socket(fileno=os.dup(sys.stdin.fileno()))
    channel.settimeout(idle_seconds)
    _confine()
    try:
        wire.send(channel, wire.READY)
        for _ in range(REQUESTS):
            kind, body = wire.receive(channel, _MOST_REQUEST_BYTES)
            _limit_cpu(_CPU_SECONDS[kind])
            wire.send(channel, *_answer(kind, body))
    except (TimeoutError, EOFError, ConnectionError):
        return


def _answer(kind: bytes, body: bytes) -> tuple[bytes, bytes]:
    try:
        return wire.ANSWER, _ANSWERS[kind](body)
    except pixels.Undecodable:
        return wire.REFUSAL, b"picture_undecodable"
    except (pixels.TooManyPixels, MemoryError):
        return wire.REFUSAL, b"picture_too_large"


def _codes(body: bytes) -> bytes:
    give_up_at = time.monotonic() + GIVE_UP_AFTER
    grey: Image.Image = pixels.grey(body, codes.LONGEST_EDGE)
    return json.dumps(codes.find(grey, give_up_at)).encode()


def _rebuilt(body: bytes) -> bytes:
    return _packed(pixels.rebuild(body))


def _edited(body: bytes) -> bytes:
    turns, *corners = wire.TURNS.unpack_from(body)
    return _packed(pixels.edit(body[wire.TURNS.size :], turns, corners))


def _packed(rebuilt: pixels.Rebuilt) -> bytes:
    bits = faults.to_bits(rebuilt.faults)
    return wire.PICTURE.pack(rebuilt.width, rebuilt.height, bits) + rebuilt.jpeg


_ANSWERS = {wire.CODES: _codes, wire.REBUILD: _rebuilt, wire.EDIT: _edited}


def _confine() -> None:
    """Little memory and no core file; the first to go when the machine runs out of memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    memory = pages * resource.getpagesize() + MEMORY
    Path("/proc/self/oom_score_adj").write_text("1000")
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_cpu(seconds: int) -> None:
    """So many seconds of processor time from now on; the kernel ends the process at the limit."""
    used = time.process_time()
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + 1 + seconds, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main(float(sys.argv[1]))
