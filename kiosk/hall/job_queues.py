"""The queues, workers and failed jobs of a hall, as RQ's own registries tell of them.

Reading changes nothing, not even what RQ would tidy away. Of a job its function, its id, the duty
that it stands for and the kind of its error are told; everything else could quote what somebody
wrote. Raises RedisError where Redis does not answer. Neighbours: `queues` is the page,
`kiosk.hall_worker` puts jobs in, `alerting.findings` and `figures` look at the sums.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from redis import Redis
from rq import Queue, Worker
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.job import Job
from rq.registry import FailedJobRegistry, StartedJobRegistry
from rq.serializers import JSONSerializer

from forms.definition import Text
from kiosk.errors import Conflict, NotFound

#: So many failed jobs are on one page.
PAGE = 50
_MOST_OF_A_LINE = 160
_DUTY = re.compile(r"[a-z_]{1,40}")
#: What may quote somebody's words: quoted texts, long numbers, and all that is not ASCII.
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|\d{4,}|[^\x20-\x7e]+")


@dataclass(frozen=True, slots=True)
class QueueState:
    """One queue: how many jobs wait, run and have failed, and since when the first waits."""

    name: str
    waiting: int
    running: int
    failed: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class WorkerState:
    """One worker: where it works, what it does, when it was last heard of."""

    name: str
    host: str
    queues: Sequence[str]
    doing: str
    heard_at: datetime | None
    done: int
    failed: int


@dataclass(frozen=True, slots=True)
class FailedJob:
    """One job that has ended by an error."""

    id: str
    queue: str
    function: str
    duty: str
    error: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class State:
    """All queues and workers."""

    queues: Sequence[QueueState]
    workers: Sequence[WorkerState]

    @property
    def failed(self) -> int:
        """How many jobs have failed and wait for somebody."""
        return sum(queue.failed for queue in self.queues)

    @property
    def oldest_at(self) -> datetime | None:
        """Since when the job waits that has waited longest; None when none does."""
        return min((queue.oldest_at for queue in self.queues if queue.oldest_at), default=None)


def state(client: Redis) -> State:
    """Return queues and workers as they are."""
    workers = [
        _worker(found)
        for key in sorted(Worker.all_keys(client))
        # Asked first: RQ would strike a lost one off its list.
        if client.exists(key) and (found := Worker.find_by_key(key, connection=client))
    ]
    return State([_queue(each) for each in _queues(client)], workers)


def failed(client: Redis, page: int = 1) -> list[FailedJob]:
    """Return one page of what has failed, the newest of each queue first."""
    first, found = (page - 1) * PAGE, list[FailedJob]()
    for queue in _queues(client):
        registry = _failures(queue)
        count = registry.get_job_count(cleanup=False)
        if first < count and len(found) < PAGE:
            last = first + PAGE - len(found) - 1
            ids = registry.get_job_ids(first, last, desc=True, cleanup=False)
            jobs = Job.fetch_many(ids, connection=client, serializer=JSONSerializer)
            found += [_failed(queue.name, key, job) for key, job in zip(ids, jobs, strict=True)]
        first = max(0, first - count)
    return found


def find(client: Redis, queue: str, job_id: str) -> FailedJob:
    """Return one failed job; NotFound when it is none, or none any more."""
    registry = _failures(_known(client, queue))
    if job_id not in registry.get_job_ids(cleanup=False):
        raise _gone()
    return _failed(queue, job_id, _fetched(client, job_id))


def retry(client: Redis, queue: str, job_id: str) -> None:
    """Put one failed job on its queue again; Conflict when somebody did so meanwhile."""
    try:
        _failures(_known(client, queue)).requeue(job_id)
    except (NoSuchJobError, InvalidJobOperation) as error:
        raise _gone() from error


def retry_all(client: Redis) -> int:
    """Put every failed job on its queue again; return how many went."""
    done = 0
    for queue in _queues(client):
        for job_id in _failures(queue).get_job_ids(cleanup=False):
            try:
                _failures(queue).requeue(job_id)
            except (NoSuchJobError, InvalidJobOperation):
                continue
            done += 1
    return done


def delete(client: Redis, queue: str, job_id: str) -> None:
    """Forget one failed job; Conflict when it is none any more."""
    registry = _failures(_known(client, queue))
    if not client.zrem(registry.key, job_id):
        raise _gone()
    job = _fetched(client, job_id)
    if job is not None:
        job.delete()


def redacted(line: str) -> str:
    """Return a line of an error without anything in it that may quote what somebody wrote."""
    return _QUOTED.sub("…", line)[:_MOST_OF_A_LINE]


def _queues(client: Redis) -> list[Queue]:
    found = Queue.all(connection=client, serializer=JSONSerializer)
    return sorted(found, key=lambda queue: queue.name)


def _known(client: Redis, name: str) -> Queue:
    for queue in _queues(client):
        if queue.name == name:
            return queue
    raise NotFound("queue_unknown", Text("没有这个队列。", "There is no such queue."))


def _failures(queue: Queue) -> FailedJobRegistry:
    return FailedJobRegistry(queue=queue, serializer=JSONSerializer)


def _queue(queue: Queue) -> QueueState:
    started = StartedJobRegistry(queue=queue, serializer=JSONSerializer)
    return QueueState(
        queue.name,
        queue.count,
        started.get_job_count(cleanup=False),
        _failures(queue).get_job_count(cleanup=False),
        _oldest(queue),
    )


def _oldest(queue: Queue) -> datetime | None:
    for job_id in queue.get_job_ids(0, 5):
        job = _fetched(queue.connection, job_id)
        if job is not None and job.enqueued_at is not None:
            return _aware(job.enqueued_at)
    return None


def _worker(worker: Any) -> WorkerState:
    job_id = worker.get_current_job_id()
    job = _fetched(worker.connection, job_id) if job_id else None
    return WorkerState(
        worker.name[:12],
        worker.hostname or "",
        worker.queue_names(),
        (_duty_of(job) or job.func_name or "") if job else "",
        _aware(worker.last_heartbeat),
        worker.successful_job_count or 0,
        worker.failed_job_count or 0,
    )


def _failed(queue: str, job_id: str, job: Job | None) -> FailedJob:
    if job is None:
        return FailedJob(job_id, queue, "", "", "", None)
    result = job.latest_result()
    lines = ((result and result.exc_string) or "").strip().splitlines() or [""]
    at = _aware(job.ended_at)
    return FailedJob(job_id, queue, job.func_name or "", _duty_of(job), redacted(lines[-1]), at)


def _duty_of(job: Job) -> str:
    """Return the one argument of a job if it is a name, as that of a duty is; else nothing."""
    try:
        arguments = job.args
    except ValueError:
        return ""
    (name,) = arguments if len(arguments) == 1 else ("",)
    return name if isinstance(name, str) and _DUTY.fullmatch(name) else ""


def _fetched(client: Redis, job_id: str) -> Job | None:
    try:
        return Job.fetch(job_id, connection=client, serializer=JSONSerializer)
    except NoSuchJobError:
        return None


def _aware(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at


def _gone() -> Conflict:
    return Conflict(
        "job_not_failed",
        Text(
            "这个任务已不在失败之列，可能刚有人处理过。",
            "This job is not among the failed ones any more: somebody may have dealt with it.",
        ),
    )
