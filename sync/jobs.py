"""The RQ edge of the exchange: the doorbell, and what it starts.

Every job here is idempotent and carries nothing: a lost, doubled or killed job
costs nothing but time, because the journal is the truth and a sweep rings
again. The terminal has one worker on one queue, so that jobs never overlap
there; if they did, the hall would answer both alike.
"""

import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy.exc import SQLAlchemyError

from sync import chance, elapsed, expiring
from sync.envelope import BadFrame, OtherVersion
from sync.heartbeat import LEAST_SECONDS, Heartbeat
from sync.push import MOST_SECONDS
from sync.transport import HallRefuses, LineDown, NeedsUpdate
from sync.versions import NEEDS_UPDATE

log = structlog.get_logger(__name__)

QUEUE = "jishiban-sync"
#: A ring is remembered this long (seconds), so that a flood of submissions makes one job.
RING_SECONDS = 5
#: After Redis failed, submissions do not ask it again for this long (seconds).
SILENCE_SECONDS = 2.0
SWEEP_SECONDS = 15.0
#: While news are awaited, they are asked for so often, and the more rarely, the longer the hall
#: told the terminal to wait between reports.
LOOK_SECONDS = 3.0
#: While cases come in numbers a push waits this long (seconds), so that they travel together.
GATHER_SECONDS = 0.03
MAX_BACKOFF_SECONDS = 15.0
JOB_TIMEOUT_SECONDS = 120


class Doorbell:
    """Rings for a push after a commit; never raises and never waits long.

    Redis holds no truth: a ring that is lost is made up by the next sweep.
    """

    def __init__(self, redis: Redis) -> None:
        """Use ``redis``, whose socket timeouts should be short."""
        self._redis = redis
        self._queue = Queue(QUEUE, connection=redis, serializer=JSONSerializer)
        self._silent_until = 0.0

    def ring(self, job: str, *, anew: bool = False, at_front: bool = False) -> bool:
        """Ask for ``push``, ``pull``, ``blobs`` or ``release``; False when Redis did not hear it.

        A ring that nobody has answered yet is enough for all; ``anew`` rings all the same.
        ``at_front`` goes before all that waits.
        """
        if elapsed.monotonic() < self._silent_until:
            return False
        try:
            key = f"jishiban:ring:{job}"
            is_first = expiring.take(self._redis, key, RING_SECONDS)
            if is_first or (anew and self._redis.set(key, 1, ex=RING_SECONDS)):
                self._queue.enqueue(
                    f"sync.jobs.{job}",
                    job_timeout=JOB_TIMEOUT_SECONDS,
                    ttl=30,
                    result_ttl=0,
                    failure_ttl=3600,
                    at_front=at_front,
                )
        except RedisError as error:
            self._silent_until = elapsed.monotonic() + SILENCE_SECONDS
            log.warning("doorbell_not_heard", job=job, error=type(error).__name__)
            return False
        return True

    def is_rung(self, job: str) -> bool:
        """Tell whether a ring waits for its job; False when Redis does not say."""
        try:
            return bool(self._redis.exists(f"jishiban:ring:{job}"))
        except RedisError:
            return False

    def answered(self, job: str) -> None:
        """Let the next ring through; the job calls it before it looks at the journal."""
        self._redis.delete(f"jishiban:ring:{job}")


@dataclass
class Backoff:
    """How long to leave a broken line alone: doubling, capped, with jitter, in seconds."""

    failures: int = 0
    until: float = 0.0
    #: The job that failed last.
    job: str = ""

    def is_over(self) -> bool:
        """Tell whether the line may be tried."""
        return elapsed.monotonic() >= self.until

    def failed(self, retry_after: float | None, job: str = "") -> None:
        """Note a failure of ``job``; ``retry_after`` is what the hall asked for, at least."""
        self.failures, self.job = self.failures + 1, job
        wait = min(MAX_BACKOFF_SECONDS, 0.5 * 2 ** min(self.failures, 10))
        self.until = elapsed.monotonic() + max(wait * chance.between(0.5, 1.0), retry_after or 0.0)

    def succeeded(self, job: str = "") -> None:
        """Forget the failures; a push that failed is forgotten by a push only.

        The hall may still take reports while it takes no entries.
        """
        if self.job != "push" or job == "push":
            self.failures, self.until, self.job = 0, 0.0, ""


@dataclass
class Duties:
    """What the worker does when the bell rings; ``kiosk.worker`` fills it in.

    ``note_error`` keeps the reason for staff and admins to see, ``note_versions`` those that a hall
    reads which refused another; None when it did not.
    """

    push: Callable[[], int]
    pull: Callable[[], list[str]]
    send_blobs: Callable[[list[str]], list[str]]
    note_error: Callable[[str], None]
    doorbell: Doorbell
    note_versions: Callable[[Any], None] = lambda supported: None
    #: Fetches a release of the catalogue for a while; tells whether more of it is to be fetched.
    fetch_release: Callable[[], bool] = lambda: False
    release_is_wanted: Callable[[], bool] = lambda: False
    #: Tells whether the last sending of files stopped before its work was done.
    files_are_left: Callable[[], bool] = lambda: False
    backoff: Backoff = field(default_factory=Backoff)
    wanted: list[str] = field(default_factory=list)
    #: How long the hall told this terminal to wait for its next report.
    heartbeat: Heartbeat = field(default_factory=Heartbeat)
    #: Whether the last push found more than one entry: then more are on their way.
    is_flooded: bool = False


_duties: list[Duties] = []


def take_up(duties: Duties) -> None:
    """Make ``duties`` what the jobs of this process do."""
    _duties[:] = [duties]


def failed() -> bool:
    """Tell whether the line failed when it was tried last, and has been left alone long enough."""
    return any(each.backoff.failures and each.backoff.is_over() for each in _duties)


def report_seconds() -> float:
    """Return how long to wait for the next report, as the hall told it last."""
    return max((each.heartbeat.seconds for each in _duties), default=LEAST_SECONDS)


def push() -> None:
    """Send what is pending, for a while, then ask for the feed. Idempotent."""
    duties = _duties[0]
    if not duties.backoff.is_over():
        # The ring stays unanswered, so that a flood of submissions makes no flood of jobs.
        return
    if duties.is_flooded:
        elapsed.sleep(GATHER_SECONDS)
    duties.doorbell.answered("push")
    begun = elapsed.monotonic()
    sent = _try(duties, "push", duties.push)
    is_long = elapsed.monotonic() - begun >= MOST_SECONDS
    duties.is_flooded = sent > 1
    if sent and is_long:
        # A long queue on a thin line is sent by several jobs, and before any file. News are asked
        # for in between: what the sweep rang meanwhile has waited for too long, or will.
        duties.doorbell.ring("push")
    if sent:
        duties.doorbell.ring("pull", anew=is_long, at_front=is_long)


def pull() -> None:
    """Report, apply the feed, and go on with files and releases that are wanted. Idempotent."""
    duties = _duties[0]
    duties.doorbell.answered("pull")

    had_failed, lacks_release = duties.backoff.failures > 0, False

    def fetch() -> int:
        nonlocal lacks_release
        duties.wanted = duties.pull()
        lacks_release = duties.release_is_wanted()
        return len(duties.wanted)

    if _try(duties, "pull", fetch):
        duties.doorbell.ring("blobs")
    if had_failed and not duties.backoff.failures:
        # It reported the failure that was over with it, which is not to stand there for long.
        duties.heartbeat.hurry()
    if lacks_release:
        duties.doorbell.ring("release")


def blobs() -> None:
    """Send wanted files for a while, then let newer cases go first. Idempotent."""
    duties = _duties[0]
    duties.doorbell.answered("blobs")
    before = len(duties.wanted)

    def send() -> int:
        duties.wanted = duties.send_blobs(duties.wanted)
        return before - len(duties.wanted)

    delivered = before and _try(duties, "blobs", send)
    if before and duties.backoff.is_over() and duties.files_are_left():
        duties.doorbell.ring("blobs")
    elif delivered:
        duties.doorbell.ring("blobs" if duties.wanted else "pull")


def release() -> None:
    """Fetch a release that the feed has told of for a while, then let cases go. Idempotent."""
    duties = _duties[0]
    duties.doorbell.answered("release")
    if _try(duties, "release", duties.fetch_release):
        duties.doorbell.ring("release")


def _try(duties: Duties, job: str, duty: Callable[[], int]) -> int:
    """Run a duty unless the line is being left alone; return what it returned, or 0."""
    if not duties.backoff.is_over():
        return 0
    try:
        done = duty()
    except LineDown as error:
        return _failed(duties, job, str(error), error.retry_after)
    except NeedsUpdate as error:
        return _failed(duties, job, f"{NEEDS_UPDATE}{error}", supported=error.supported)
    except OtherVersion as error:
        return _failed(duties, job, f"{NEEDS_UPDATE}{error}")
    except HallRefuses as error:
        return _failed(duties, job, f"needs attention: {error}")
    except BadFrame as error:
        return _failed(duties, job, f"the answer is not the hall's: {error}")
    except Exception as error:  # whatever stops the exchange, staff must see that it stands still
        # Only the kind and the place: RQ would log the words, and they may quote what was sent.
        name = type(error).__name__
        log.error("exchange_broke", error=name, at=places_of(error))
        return _failed(duties, job, f"needs attention: the exchange broke ({name})")
    duties.backoff.succeeded(job)
    return done


def _failed(
    duties: Duties,
    job: str,
    reason: str,
    retry_after: float | None = None,
    supported: Any = None,
) -> int:
    """Leave the line alone for a while and keep the reason; return 0, what was done.

    ``supported`` are the versions that a hall says it reads when it refused one.
    """
    duties.backoff.failed(retry_after, job)
    try:
        duties.note_error(reason)
        duties.note_versions(supported)
    except SQLAlchemyError as error:
        # A full disk may be what broke the exchange.
        log.error("error_not_noted", reason=reason, error=type(error).__name__)
    return 0


def places_of(error: Exception) -> list[str]:
    """Return where it was raised, outermost first: file and line of the last few calls."""
    calls = traceback.extract_tb(error.__traceback__)[-5:]
    return [f"{call.filename}:{call.lineno}" for call in calls]


@dataclass(slots=True)
class _Turn:
    """Something that is done again and again: when it was done last."""

    begun: float = float("-inf")
    #: Terminals that were started together must not ask together for ever.
    part: float = 1.0

    def left(self, seconds: float) -> float:
        """Return the seconds until it is due, when ``seconds`` lie between two times."""
        return self.begun + seconds * self.part - elapsed.monotonic()

    def begin(self) -> None:
        """Note that it is done now."""
        self.begun, self.part = elapsed.monotonic(), _about(1.0)


def sweep(
    doorbell: Doorbell,
    stop: threading.Event,
    awaited: Callable[[], bool],
    failed: Callable[[], bool] = lambda: False,
    seconds: Callable[[], float] = lambda: SWEEP_SECONDS,
) -> None:
    """Ring again and again until ``stop`` is set; runs in a thread of the worker.

    ``awaited`` tells whether somebody may be waiting for news from the hall, which are then
    asked for between the sweeps too; ``failed``, whether a line that failed may be tried again;
    ``seconds``, how long to wait between reports.
    """
    pushing, reporting, looks = _Turn(), _Turn(), 0
    while not stop.is_set():
        wait, looks = seconds(), looks + 1
        # Rung for once more at the next look where nobody heard it.
        if pushing.left(SWEEP_SECONDS) <= 0 and doorbell.ring("push", anew=True):
            # It costs nothing while nothing is pending.
            pushing.begin()
        if reporting.left(wait) <= 0 and doorbell.ring("pull", anew=True):
            reporting.begin()
            looks = 0
        elif failed():
            # The report first: how much waits, and since when, before the queue goes.
            doorbell.ring("pull")
            doorbell.ring("push")
        elif looks >= wait / SWEEP_SECONDS:
            looks = 0
            if awaited():
                doorbell.ring("pull")
        due = (pushing.left(SWEEP_SECONDS), reporting.left(wait))
        stop.wait(min([_about(LOOK_SECONDS), *(left for left in due if left > 0)]))


def _about(seconds: float) -> float:
    return seconds * chance.between(0.8, 1.2)
