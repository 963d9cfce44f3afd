"""Gunicorn's threaded worker, taking new connections only while it has a thread for them.

Browsers and programs keep their connections. Gunicorn's own worker takes all that wait, so that
after a burst one process may hold every connection while the others, and their cores, stand idle:
eight clients were seen on one of two processes. Neighbour: ``serving`` names it to gunicorn.
"""

from concurrent.futures import Future
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker


class EvenWorker(ThreadWorker):
    """Leaves a connection to another process while all threads of this one are busy."""

    _busy = 0

    def set_accept_enabled(self, enabled: bool | None) -> None:
        """Listen for new connections if ``enabled`` and a thread is free; asked in each round."""
        super().set_accept_enabled(bool(enabled) and self._busy < self.cfg.threads)

    def enqueue_req(self, conn: TConn) -> None:
        """Give a connection with a request to the threads."""
        self._busy += 1
        if self._busy >= self.cfg.threads:
            self.set_accept_enabled(False)
        super().enqueue_req(conn)

    def finish_request(self, conn: TConn, fs: "Future[Any]") -> None:
        """Take note that a thread is free again; the next round listens again."""
        self._busy -= 1
        super().finish_request(conn, fs)
