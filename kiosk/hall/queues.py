"""The page 'Queues': queues, workers and failed jobs of the hall, and what admins do about them.

Looking changes nothing. That Redis does not answer is a state of its own, said in words. Routes
hold no rules. Neighbour: `job_queues` reads and acts.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from redis import Redis
from redis.exceptions import RedisError
from werkzeug.wrappers import Response

from kiosk.api.language import reading_language
from kiosk.app_services import services
from kiosk.core import redis_client
from kiosk.db import writing
from kiosk.errors import Conflict
from kiosk.hall import job_queues
from kiosk.hall.pages import ADMINS, TERMINAL_READERS, page_blueprint, the_operator
from kiosk.operators import audit
from kiosk.operators.access import requires

bp = page_blueprint("queues", __name__)


@bp.get("/queues")
@requires(*TERMINAL_READERS)
def show() -> str:
    """Show queues, workers, and a page of what has failed."""
    page = max(1, min(request.args.get("page", 1, type=int), 10_000))
    try:
        with _redis() as client:
            state, failed = job_queues.state(client), job_queues.failed(client, page)
    except RedisError:
        return render_template("hall/queues.html", state=None)
    pages = max(1, -(-state.failed // job_queues.PAGE))
    return render_template("hall/queues.html", state=state, failed=failed, page=page, pages=pages)


@bp.post("/queues/failed/retry")
@requires(*ADMINS)
def retry_all() -> Response:
    """Put every failed job on its queue again."""

    def deed(client: Redis) -> str:
        with writing() as session:
            count = job_queues.retry_all(client)
            audit.record(session, "job.retried", "all", the_operator().id, {"count": count})
        return str(ngettext("%(num)d job goes again.", "%(num)d jobs go again.", count))

    return _done(deed)


@bp.post("/queues/<queue>/failed/<job_id>/retry")
@requires(*ADMINS)
def retry(queue: str, job_id: str) -> Response:
    """Put one failed job on its queue again."""

    def deed(client: Redis) -> str:
        # The record last: others wait for it, and what Redis refuses is not recorded.
        with writing() as session:
            job_queues.retry(client, queue, job_id)
            audit.record(session, "job.retried", job_id[:80], the_operator().id)
        return str(gettext("The job goes again."))

    return _done(deed)


@bp.get("/queues/<queue>/failed/<job_id>/delete")
@requires(*ADMINS)
def confirm_deletion(queue: str, job_id: str) -> str | Response:
    """Ask once more, saying what it means."""
    try:
        with _redis() as client:
            job = job_queues.find(client, queue, job_id)
    except RedisError:
        return redirect(url_for("hall.queues.show"), 303)
    return render_template("hall/queue_delete.html", job=job)


@bp.post("/queues/<queue>/failed/<job_id>/delete")
@requires(*ADMINS)
def delete(queue: str, job_id: str) -> Response:
    """Forget one failed job."""

    def deed(client: Redis) -> str:
        with writing() as session:
            job_queues.delete(client, queue, job_id)
            audit.record(session, "job.deleted", job_id[:80], the_operator().id)
        return str(gettext("The job is forgotten."))

    return _done(deed)


@contextmanager
def _redis() -> Iterator[Redis]:
    with redis_client(services().config) as client:
        yield client


def _done(deed: Callable[[Redis], str]) -> Response:
    try:
        with _redis() as client:
            flash(deed(client))
    except RedisError:
        flash(gettext("Redis does not answer; nothing was changed."))
    except Conflict as refusal:
        flash(refusal.message.to(reading_language()))
    return redirect(url_for("hall.queues.show"), 303)
