"""Gunicorn's threaded worker, taking new connections only while it has a thread for them.

Browsers and programs keep their connections. Gunicorn's own worker takes all that wait, so that
after a burst one process may hold every connection while the others, and their cores, stand idle:
eight clients were seen on one of two processes. One of its addresses may have TLS. Neighbours:
``serving`` names it to gunicorn, ``kiosk.tls.serving`` has the certificate.
"""

from concurrent.futures import Future
from functools import cached_property
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from kiosk.tls.serving import Secured


class EvenWorker(ThreadWorker):
    """Leaves a connection to another process while all threads of this one are busy."""

    #: `kiosk.cli.serving.Server`, which imports this.
    app: Any
    _busy = 0

    @cached_property
    def _secured(self) -> Secured | None:
        """The configuration of connections with TLS, None while there are none."""
        # Another application, as in a trial, has no such address.
        secured = getattr(self.app, "secured", None)
        return secured and secured(self.cfg)

    def set_accept_enabled(self, enabled: bool | None) -> None:
        """Listen for new connections if ``enabled`` and a thread is free; asked in each round."""
        super().set_accept_enabled(bool(enabled) and self._busy < self.cfg.threads)

    def enqueue_req(self, conn: TConn) -> None:
        """Give a connection with a request to the threads, with TLS if it came where that is."""
        if self._secured is not None and _port_of(conn) == self.app.tls_port:
            # It stands for the configuration and is none by type.
            conn.cfg = self._secured  # type: ignore[assignment]
        self._busy += 1
        if self._busy >= self.cfg.threads:
            self.set_accept_enabled(False)
        super().enqueue_req(conn)

    def finish_request(self, conn: TConn, fs: "Future[Any]") -> None:
        """Take note that a thread is free again; the next round listens again."""
        self._busy -= 1
        super().finish_request(conn, fs)


def _port_of(conn: TConn) -> int | None:
    return conn.server[1] if isinstance(conn.server, tuple) else None
