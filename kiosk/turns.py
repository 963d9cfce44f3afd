"""Requests that only compute, one at a time in each process.

Python runs one thread at a time anyway. Several that compute together only take the interpreter
from each other, also from the one that holds the database: with four threads submitting, a case
cost a quarter more processor time and the slowest waited twice as long (docs/performance.md).
Threads are for what waits: uploads, pictures, slow readers, the disk. Neighbours: ``kiosk.app``
wraps with it, ``kiosk.group_commit`` steps aside.
"""

import io
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

#: Bodies of programs. A form of a page may have a picture drawn or a paper made in a child process.
COMPUTING = "application/json"
#: A body of more than this is left to the thread that reads it (bytes).
MAX_BODY_BYTES = 1024 * 1024


class Turns:
    """WSGI middleware; whatever is no short JSON body passes as it is.

    The body is read before the turn begins, so that a slow sender keeps nobody waiting.
    """

    def __init__(self, app: WSGIApplication) -> None:
        """Wrap ``app``, whose answers to such requests must be whole when it returns."""
        self._app = app
        self._turn = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        length = _length(environ)
        if not 0 < length <= MAX_BODY_BYTES:
            return self._app(environ, start)
        environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(length))
        with self._turn:
            _held.turn = self._turn
            try:
                return self._app(environ, start)
            finally:
                _held.turn = None


#: The turn that the present thread has, if any.
_held = threading.local()


@contextmanager
def aside() -> Iterator[None]:
    """Let others compute while this thread waits for a disk, and take a turn again after it."""
    turn: threading.Lock | None = getattr(_held, "turn", None)
    if turn is None:
        yield
        return
    turn.release()
    try:
        yield
    finally:
        turn.acquire()


def _length(environ: WSGIEnvironment) -> int:
    """Return the length of a body that is computed with, 0 for all others."""
    media_type = str(environ.get("CONTENT_TYPE", "")).partition(";")[0].strip().lower()
    declared = str(environ.get("CONTENT_LENGTH") or "")
    return (
        int(declared)
        if media_type == COMPUTING and declared.isdecimal() and declared.isascii()
        else 0
    )
