"""Keeps one picture child for this process: starts it when needed, limits it, replaces it.

Opening a hostile picture can hang, swell or crash a reader, so no picture is opened in a web
process. One child of about 20 MB serves all threads, one picture at a time, and is gone a minute
after the last one: a fresh start costs a quarter of a second. Neighbours: `child` is the program,
`wire` the frames; `scan` and `capture` are the users.
"""

import atexit
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from kiosk.materials import wire
from kiosk.materials.refusals import refusal

MOST_BYTES = 15_000_000
"""Size of a picture that is taken."""
IDLE_SECONDS = 60.0

_START_SECONDS = 15.0
_WAIT_SECONDS = 10.0
_END_SECONDS = 0.5
_MOST_ANSWER_BYTES = 2_000_000
_ROOT = Path(__file__).parents[2]
_KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "LANG")
# A fixed threshold makes glibc give back a large picture's memory as soon as it is freed.
_SET_VARIABLES = {"MALLOC_MMAP_THRESHOLD_": "131072"}


class IsolatedReader:
    """A picture child and the turn-taking for it. Safe for threads, not to be used after a fork."""

    def __init__(
        self, idle_seconds: float = IDLE_SECONDS, wait_seconds: float = _WAIT_SECONDS
    ) -> None:
        """Start nothing yet. The child ends after `idle_seconds`; a turn waits `wait_seconds`."""
        self._idle_seconds = idle_seconds
        self._wait_seconds = wait_seconds
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None

    @property
    def pid(self) -> int | None:
        """The child's process id, None when there is none or it has ended."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def ask(self, kind: bytes, picture: bytes, seconds: float, order: bytes = b"") -> bytes:
        """What the child answers to this picture within so many seconds.

        `order` says what to do with it, as `wire` has it for this kind.
        Waiting for a turn and starting the child are not counted in them. Raises the domain errors
        of `refusals`. Idempotent; a failure costs the child, not the next request.
        """
        if not picture:
            raise refusal("picture_undecodable")
        if len(picture) > MOST_BYTES:
            raise refusal("picture_too_large")
        if not _is_allowed_type(picture):
            raise refusal("picture_type")
        if not self._turn.acquire(timeout=self._wait_seconds):
            raise refusal("pictures_busy")
        try:
            return self._answer(kind, order + picture, seconds)
        finally:
            self._turn.release()

    def close(self) -> None:
        """End the child if there is one; a later `ask` starts another. Idempotent."""
        with self._turn:
            self._stop(grace=_END_SECONDS)

    def _answer(self, kind: bytes, picture: bytes, seconds: float) -> bytes:
        for _ in range(2):
            ended = self._exchange(kind, picture, seconds)
            if isinstance(ended, bytes):
                return ended
            if ended == 0:
                # It had just ended for want of work: the picture was not seen, so another child is
                # asked.
                continue
            if ended == -signal.SIGXCPU:
                raise refusal("picture_timeout")
            # A reader that crashes by itself (SIGSEGV, SIGABRT, a traceback) did so over this
            # picture; one killed from outside, as by the kernel short of memory, did not.
            raise refusal(
                "picture_reader_lost" if ended == -signal.SIGKILL else "picture_undecodable"
            )
        raise refusal("picture_reader_lost")

    def _exchange(self, kind: bytes, picture: bytes, seconds: float) -> bytes | int:
        """The child's answer, or its exit status when it ended instead of answering."""
        answered = False
        try:
            channel = self._running()
            channel.settimeout(seconds)
            deadline = time.monotonic() + seconds
            wire.send(channel, kind, picture)
            channel.settimeout(max(0.001, deadline - time.monotonic()))
            verdict, body = wire.receive(channel, _MOST_ANSWER_BYTES)
            answered = True
        except TimeoutError as error:
            raise refusal("picture_timeout") from error
        except ValueError as error:
            raise refusal("picture_undecodable") from error
        except (EOFError, ConnectionError):
            return self._stop(grace=_END_SECONDS)
        finally:
            # Also when an exception of another thread's making passes here: the answer to this
            # picture must never be read as the answer to the next.
            if not answered:
                self._stop()
        if verdict == wire.REFUSAL:
            raise refusal(body.decode("ascii"))
        return body

    def _running(self) -> socket.socket:
        """The channel to a child that is ready."""
        if self._channel is None or self.pid is None:
            self._stop()
            self._start()
        if self._channel is None:
            raise refusal("picture_reader_lost")
        return self._channel

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        command = [sys.executable, "-P", "-m", "kiosk.materials.child", str(self._idle_seconds)]
        with theirs:
            self._channel = ours
            self._process = subprocess.Popen(  # noqa: S603 - our own program and interpreter
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                cwd="/",
                env=kept | _SET_VARIABLES | {"PYTHONPATH": str(_ROOT)},
            )
        ours.settimeout(_START_SECONDS)
        try:
            wire.receive(ours, 0)
        except (OSError, EOFError) as error:
            # A child that cannot start (no libzbar0, no memory) is no fault of the picture.
            self._stop()
            raise refusal("picture_reader_lost") from error

    def _stop(self, grace: float = 0.0) -> int:
        """End the child, by force after `grace` seconds; return its exit status, 0 without one."""
        channel, process = self._channel, self._process
        self._channel = self._process = None
        if channel is not None:
            channel.close()
        if process is None:
            return 0
        try:
            # A child whose channel has closed is ending by itself, and its own status is wanted.
            return process.wait(timeout=grace)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()


_readers: dict[int, IsolatedReader] = {}


def shared() -> IsolatedReader:
    """The reader of this process; after a fork the new process gets its own."""
    return _readers.setdefault(os.getpid(), IsolatedReader())


def _close_own() -> None:
    reader = _readers.get(os.getpid())
    if reader is not None:
        reader.close()


atexit.register(_close_own)


def _is_allowed_type(picture: bytes) -> bool:
    """JPEG, PNG or WebP by its first bytes; a name or a declared type proves nothing."""
    return picture.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (
        picture.startswith(b"RIFF") and picture[8:12] == b"WEBP"
    )
