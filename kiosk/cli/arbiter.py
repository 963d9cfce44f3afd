"""Gunicorn's arbiter with the terminal's RQ worker as one more child of the same memory.

A worker of its own loads the same libraries a second time. Forked from the process that has them
it shares their pages, which is worth some tens of megabytes on a machine that has one gigabyte.
Neighbours: ``serving`` runs it, ``kiosk.worker`` is what the child does.
"""

import ctypes
import os
import signal
import time
from collections.abc import Callable

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

#: A worker that dies at once is started again once in so many seconds.
_PAUSE_SECONDS = 1.0
#: A job that runs may end; RQ is then killed, and the job rung again.
_END_SECONDS = 5.0
#: From Linux' sys/prctl.h.
_PR_SET_PDEATHSIG = 1


class ArbiterWithWorker(Arbiter):
    """Keeps the web processes, as gunicorn does, and one process that runs ``work``."""

    def __init__(self, app: BaseApplication, work: Callable[[], None]) -> None:
        """Serve ``app``; ``work`` is called in a process of its own and ends on SIGTERM."""
        self._work = work
        self._worker = 0
        self._started = 0.0
        super().__init__(app)

    def manage_workers(self) -> None:
        """Start what is missing; gunicorn calls this about once a second."""
        super().manage_workers()
        if not self._is_there() and time.monotonic() - self._started >= _PAUSE_SECONDS:
            self._start()

    def stop(self, graceful: bool = True) -> None:
        """Stop the web processes and the worker."""
        self._tell(signal.SIGTERM)
        super().stop(graceful)
        deadline = time.monotonic() + _END_SECONDS
        while self._is_there() and time.monotonic() < deadline:
            time.sleep(0.05)
        self._tell(signal.SIGKILL)

    def _start(self) -> None:
        self._started = time.monotonic()
        parent = os.getpid()
        self._worker = os.fork()
        if self._worker:
            return
        try:
            self._become_worker(parent)
            self._work()
        finally:
            # Gunicorn's own way out must not be taken here: it stops the server.
            os._exit(0)

    def _become_worker(self, parent: int) -> None:
        # Whatever ends the arbiter ends the worker: systemd would start a second one beside it.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        for number in self.SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for listener in self.LISTENERS:
            listener.close()
        if os.getppid() != parent:
            os._exit(0)

    def _is_there(self) -> bool:
        if not self._worker:
            return False
        self.reap_workers()
        return self._tell(0)

    def _tell(self, number: int) -> bool:
        """Send a signal to the worker, 0 for none; tell whether there is a worker."""
        try:
            if self._worker:
                os.kill(self._worker, number)
        except ProcessLookupError:
            self._worker = 0
        return bool(self._worker)
