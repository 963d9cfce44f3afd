"""The terminal's RQ worker: one process, one queue, jobs without content.

It pushes, pulls and carries files when the bell rings, and a thread rings again
so that a lost bell costs seconds. One worker on one queue: RQ then takes jobs
with BLMOVE and keeps one that crashed. The hall answers while it is asked; what
comes round by the clock there is ``hall_worker``'s.
"""

import importlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from importlib.metadata import version
from typing import Any

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy.exc import SQLAlchemyError

from kiosk import clock, redis_link, tidying
from kiosk.app_services import Services
from kiosk.carriers.report import status
from kiosk.cases import awaiting, feedback
from kiosk.cases.feedback import Feedback
from kiosk.cases.help import old_promises
from kiosk.cases.rebuilding import Rebuild
from kiosk.config import Config
from kiosk.db import AppTransactions
from kiosk.tls import names
from kiosk.tls.files import TlsFiles
from sync import elapsed, jobs, once, releases, versions
from sync.branches import Shown
from sync.carry import Sending, send_blobs
from sync.envelope import BadFrame
from sync.heartbeat import Heartbeat
from sync.jobs import Duties
from sync.obtain import obtain
from sync.pace import Pace
from sync.pull import apply_kept, pull
from sync.push import Line, push
from sync.recovery import recover
from sync.refetch import Fetching, fetch_files
from sync.state import NotEnrolled, Peer
from sync.transport import HallRefuses, HttpTransport, LineDown

log = structlog.get_logger(__name__)

#: Files are sent for about this long (seconds) before newer cases go first.
BLOB_SECONDS = 5.0
RELEASE_SECONDS = 5.0
CERTIFY_AGAIN_SECONDS = 3600.0


class Worker(SimpleWorker):
    """Runs jobs in its own process and asks a lost Redis again soon."""

    max_connection_wait_time = 5.0


def run(app: Flask) -> None:
    """Work until SIGTERM or SIGINT; a Redis that is away is waited for."""
    parts: Services = app.extensions["kiosk"]
    client = redis_link.connect(parts.config.redis)
    stop = threading.Event()
    with app.app_context():
        jobs.take_up(duties(app, parts))
        _want_release_again(app, parts)
        _apply_kept(app, parts)
        for duty in (_sweep, _tidy, _read_old_promises):
            threading.Thread(target=duty, args=(app, parts, stop), daemon=True).start()
        queue = Queue(jobs.QUEUE, connection=client, serializer=JSONSerializer)
        worker = Worker([queue], connection=client, serializer=JSONSerializer, worker_ttl=60)
        worker.log_job_description = False
        try:
            worker.work(logging_level="WARNING")
        finally:
            stop.set()


def _want_release_again(app: Flask, parts: Services) -> None:
    """Look once more at what was refused: it may be another version of the program that starts."""
    try:
        with AppTransactions(app).writing() as session:
            releases.want_again(session, parts.releases.current.release)
    except SQLAlchemyError as error:
        log.error("refused_release_not_tried", error=type(error).__name__)


def _apply_kept(app: Flask, parts: Services) -> None:
    """Apply what the feed brought and an older program did not know."""
    program = once.program(version("jishiban"), feedback.KNOWN)
    try:
        apply_kept(AppTransactions(app), Feedback(parts.keyring), program)
    except SQLAlchemyError as error:
        log.error("kept_items_not_applied", error=type(error).__name__)


def _sweep(app: Flask, parts: Services, stop: threading.Event) -> None:
    transactions = AppTransactions(app)

    def awaited() -> bool:
        try:
            with transactions.reading() as session:
                return awaiting.decision_is_awaited(session)
        except SQLAlchemyError as error:
            # The sweep must outlive a disk that was full for a while.
            log.warning("cannot_tell_what_is_awaited", error=type(error).__name__)
            return False

    jobs.sweep(parts.doorbell, stop, awaited, jobs.failed, jobs.report_seconds)


def _tidy(app: Flask, parts: Services, stop: threading.Event) -> None:
    tidying.run(AppTransactions(app), parts, stop)


def _read_old_promises(app: Flask, parts: Services, stop: threading.Event) -> None:
    """Once after an upgrade; a few at a time, so that nobody waits for the database."""
    transactions = AppTransactions(app)
    while not stop.is_set():
        try:
            with transactions.writing() as session:
                if not old_promises.read_some(session, parts.keyring):
                    return
        except (SQLAlchemyError, OSError) as error:
            log.error("old_promises_not_read", error=type(error).__name__)
            stop.wait(tidying.TIDY_SECONDS)


def duties(
    app: Flask,
    parts: Services,
    connect: Callable[[str, str, Ed25519PrivateKey, Pace], HttpTransport] = HttpTransport,
) -> Duties:
    """Return what the jobs of this terminal do; ``connect`` as of ``Exchange``."""
    transactions = AppTransactions(app)
    line = Exchange(transactions, parts, connect)

    def note_error(reason: str) -> None:
        log.warning("exchange_failed", reason=reason)
        with transactions.writing() as session:
            peer = session.get(Peer, 1)
            if peer is not None:
                peer.last_error = reason

    def note_versions(supported: Any) -> None:
        with transactions.writing() as session:
            peer = session.get(Peer, 1)
            if peer is not None:
                versions.refused(peer, supported)

    return Duties(
        push=line.push,
        pull=line.pull,
        send_blobs=line.send_blobs,
        fetch_release=line.fetch_release,
        release_is_wanted=line.release_is_wanted,
        files_are_left=line.files_are_left,
        heartbeat=line.heartbeat,
        note_error=note_error,
        note_versions=note_versions,
        doorbell=parts.doorbell,
    )


def _renew(line: Line, config: Config) -> datetime:
    # Needed once a year, and costs a megabyte.
    ends: datetime = importlib.import_module("kiosk.certifying").renew(line, config)
    return ends


class Exchange:
    """The terminal's three duties over the line of the moment; enrolment may come later."""

    def __init__(
        self,
        transactions: AppTransactions,
        parts: Services,
        connect: Callable[[str, str, Ed25519PrivateKey, Pace], HttpTransport] = HttpTransport,
    ) -> None:
        """Read the peer anew for each duty, so that a re-enrolment is followed.

        ``connect`` makes the way to the hall of an address, the terminal's id and its key.
        """
        self._transactions, self._parts, self._connect = transactions, parts, connect
        self._transport: HttpTransport | None = None
        self._address = ("", "")
        self._certify_at, self._stands_still = 0.0, False
        self._report = partial(status, parts=parts)
        self._pace = Pace()
        self.heartbeat = Heartbeat()
        self._courier = ThreadPoolExecutor(1, "courier")
        self._sending = Sending(self._pace, lambda: parts.doorbell.is_rung("push"))
        self._fetching, self._shown = Fetching(), Shown()

    def push(self) -> int:
        """Send what is pending; return how many entries went."""
        line = self._line()
        if line is None:
            return 0
        self._recover(line)
        return push(line)

    def pull(self) -> list[str]:
        """Report and fetch; return the blobs that the hall wants."""
        line = self._line()
        if line is None:
            return []
        self._recover(line)
        wanted = pull(line, Feedback(self._parts.keyring), self._report)
        self._renew_certificate(line)
        self._fetch_files(line)
        return wanted

    def _recover(self, line: Line) -> None:
        # As it was a moment ago; what stands still since is told so by what follows.
        if self._stands_still:
            recover(line, line.rebuild)

    def _fetch_files(self, line: Line) -> None:
        """Fetch back files for a while; a line that falters does not undo the pull before it."""
        if self._transport is None:
            return
        store, fetching = self._parts.blobs, self._fetching
        try:
            fetch_files(line.transactions, self._transport, store, BLOB_SECONDS, fetching)
        except LineDown as error:
            log.warning("file_not_fetched", reason=str(error))
            return
        if fetching.goes_on:
            self.heartbeat.hurry()

    def certify(self) -> datetime:
        """Get another certificate for HTTPS now; return its end. Raises as `certifying.renew`."""
        line = self._line()
        if line is None:
            raise NotEnrolled("the terminal is not enrolled at a hall")
        return _renew(line, self._parts.config)

    def _renew_certificate(self, line: Line) -> None:
        """Ask for a certificate when one is due, after a failure not before an hour."""
        config = self._parts.config
        if not config.tls_port or elapsed.monotonic() < self._certify_at:
            return
        with self._transactions.reading() as session:
            skew = timedelta(milliseconds=session.get_one(Peer, 1).skew_ms or 0)
        # By the hall's time: a clock that is wrong by a year must not ask with every contact.
        if not TlsFiles.below(config.data_dir).is_due(names.own(config), clock.now() + skew):
            return
        self._certify_at = elapsed.monotonic() + CERTIFY_AGAIN_SECONDS
        try:
            _renew(line, config)
        except (LineDown, HallRefuses, BadFrame, OSError, ValueError) as error:
            log.warning("certificate_not_renewed", error=type(error).__name__)

    def send_blobs(self, wanted: list[str]) -> list[str]:
        """Send wanted files for a while; return those left."""
        line = self._line()
        if line is None:
            return wanted
        self._parts.releases.lend(self._parts.blobs, wanted)
        return send_blobs(line.transport, self._parts.blobs, wanted, BLOB_SECONDS, self._sending)

    def files_are_left(self) -> bool:
        """Tell whether the last sending of files stopped before its work was done."""
        return self._sending.stopped_early

    def fetch_release(self) -> bool:
        """Fetch the release that the hall has made current; True while there is more of it."""
        line = self._line()
        return line is not None and obtain(line, self._parts.releases, RELEASE_SECONDS)

    def release_is_wanted(self) -> bool:
        """Tell whether a release is still to be fetched."""
        with self._transactions.reading() as session:
            return releases.wanted(session) is not None

    def _line(self) -> Line | None:
        with self._transactions.reading() as session:
            peer = session.get(Peer, 1)
        if peer is None:
            return None
        self._stands_still = peer.recovery is not None
        address = (peer.hall_url, peer.terminal_id)
        if self._transport is None or address != self._address:
            signing = self._parts.identity.signing
            self._transport = self._connect(*address, signing, self._pace)
            self._address = address
        return Line(
            self._transactions,
            self._transport,
            self._parts.identity,
            self._parts.keyring,
            clock.now,
            self._pace,
            self._courier,
            Rebuild(self._parts.keyring),
            self.heartbeat,
            self._shown,
        )
