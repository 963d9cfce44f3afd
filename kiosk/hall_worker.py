"""The hall's RQ workers: duties that come round by the clock, whoever of them is free.

Any number of workers, on any number of machines, share one queue. Each has a thread that looks
which duty is due; Redis lets one of them put it on the queue. A duty reads what it has to do from
the database, so that one that is lost, doubled or killed costs time alone. The exchange needs
none of them: the hall answers terminals while they ask. Neighbours: ``worker`` is the terminal's.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from flask import Flask
from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from kiosk import clock, redis_link
from kiosk.app_services import Services
from kiosk.cases import redressing
from kiosk.hall import figures_kept, gauges, monthly
from kiosk.hall.alerting import rounds
from kiosk.operators import chain, service
from sync import expiring, jobs

log = structlog.get_logger(__name__)

QUEUE = "jishiban-hall"
#: So often (seconds) a worker looks whether a duty is due.
ROUND_SECONDS = 5.0
JOB_TIMEOUT_SECONDS = 600
#: What failed is shown to admins for a week.
FAILURE_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Duty:
    """What has to be done every so often; it must be idempotent and may run twice at once."""

    name: str
    every_seconds: int
    perform: Callable[[Services], None]


class DutyFailed(Exception):
    """A duty ended by an error; only its kind is told, for its words may quote what is held."""


class Worker(SimpleWorker):
    """Runs duties in its own process and asks a lost Redis again soon."""

    max_connection_wait_time = 5.0


#: Everything that comes round at a hall. A module that has such work adds its line here.
DUTIES = (
    Duty("forget_failed_sign_ins", 600, lambda _: service.forget_failures()),
    Duty("prove_audit_log", 3600, lambda _: chain.prove_by_the_clock()),
    Duty("alerts", rounds.EVERY_SECONDS, rounds.perform),
    Duty("open_older_redress", 3600, redressing.open_older),
    Duty("count_for_metrics", gauges.EVERY_SECONDS, gauges.count),
    Duty("count_figures", figures_kept.EVERY_SECONDS, figures_kept.keep),
    Duty("monthly_report", monthly.EVERY_SECONDS, monthly.make_due),
    Duty("sweep_files", 24 * 3600, lambda parts: parts.blobs.sweep(_a_day_ago())),
)

_parts: list[Services] = []


def _a_day_ago() -> float:
    return (clock.now() - timedelta(days=1)).timestamp()


def run(app: Flask) -> None:
    """Work until SIGTERM or SIGINT; a Redis that is away is waited for."""
    parts: Services = app.extensions["kiosk"]
    stop = threading.Event()
    with app.app_context():
        take_up(parts)
        threading.Thread(target=_call, args=(parts.config.redis, stop), daemon=True).start()
        # With connections of its own: to wait for a job one must hear nothing for longer than to
        # call a duty, and RQ ends a worker whose connection may not.
        client = redis_link.connect(parts.config.redis)
        queue = Queue(QUEUE, connection=client, serializer=JSONSerializer)
        worker = Worker([queue], connection=client, serializer=JSONSerializer, worker_ttl=60)
        worker.log_job_description = False
        try:
            worker.work(logging_level="WARNING")
        finally:
            stop.set()


def take_up(parts: Services) -> None:
    """Make ``parts`` what the duties of this process work with."""
    _parts[:] = [parts]


def perform(name: str) -> None:
    """Do a duty once; the job that RQ calls. Raises DutyFailed, LookupError for an unknown one."""
    found = {duty.name: duty for duty in DUTIES}
    if name not in found:
        raise LookupError(f"no duty is called {name}: the worker is of another version")
    try:
        found[name].perform(_parts[0])
    except Exception as error:
        kind = type(error).__name__
        log.error("duty_failed", duty=name, error=kind, at=jobs.places_of(error))
        raise DutyFailed(f"{name}: {kind}") from None


def call_due(client: Redis, queue: Queue) -> list[str]:
    """Put every duty that is due on the queue, unless another worker did; return their names."""
    called = []
    for duty in DUTIES:
        if expiring.take(client, f"jishiban:duty:{duty.name}", duty.every_seconds):
            queue.enqueue(
                "kiosk.hall_worker.perform",
                duty.name,
                job_timeout=JOB_TIMEOUT_SECONDS,
                # One that waits behind a long one is done late, and not forgotten.
                ttl=max(duty.every_seconds, JOB_TIMEOUT_SECONDS),
                result_ttl=0,
                failure_ttl=FAILURE_SECONDS,
            )
            called.append(duty.name)
    return called


def _call(redis: str, stop: threading.Event) -> None:
    client = redis_link.connect(redis)
    queue = Queue(QUEUE, connection=client, serializer=JSONSerializer)
    while not stop.is_set():
        try:
            call_due(client, queue)
        except Exception as error:  # whatever it is, what comes round must come round again
            log.warning("duties_not_called", error=type(error).__name__)
        stop.wait(ROUND_SECONDS)
