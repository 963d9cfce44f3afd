"""``/healthz`` and ``/metrics`` of both roles: is it alive, can it work, how much does it do.

Readiness names each part with a reason. Redis and the last backup are parts that may be missing:
submissions go on without them, so their absence is told and is no failure.
"""

import shutil
from typing import Any

from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from redis.exceptions import RedisError
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from kiosk import redis_link
from kiosk.app_services import Services, services
from kiosk.backup import model
from kiosk.cases import standing
from kiosk.cases.model import Case
from kiosk.cases.queries import queue_state
from kiosk.db import reading
from kiosk.operators.access import public
from sync import ledger
from sync.ledger import Terminal

bp = Blueprint("health", __name__)

#: Below this share of free disk the service says so (10 % is also when an alert is due).
LOW_DISK = 0.10
#: Written over with each question, in the data folder.
PROBE = "healthz"


@bp.get("/healthz")
@public
def show() -> tuple[Response, int]:
    """Answer 200 when cases can be taken, 503 with reasons when not."""
    parts = {
        "database": _database(),
        "disk": _disk(services()),
        "catalogue": {"ok": True, "release": services().catalogue.release[:12]},
        "redis": _redis(services()),
        "backup": _backup(),
    }
    if services().config.role == "terminal":
        parts["recovery"] = _recovery()
    # Without Redis or a backup of late, cases can be taken all the same.
    needed = [name for name in parts if name not in ("redis", "backup")]
    ready = all(parts[name]["ok"] for name in needed)
    body = {"alive": True, "ready": ready, "role": services().config.role, "parts": parts}
    return jsonify(body), 200 if ready else 503


@bp.get("/metrics")
@public
def metrics() -> Response:
    """Return figures in the Prometheus text format; no personal data, no labels from people."""
    registry = CollectorRegistry()
    _case_figures(registry)
    _backup_figure(registry)
    if services().config.role == "terminal":
        _terminal_figures(registry)
    else:
        _hall_figures(registry)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _case_figures(registry: CollectorRegistry) -> None:
    gauge = Gauge("jishiban_cases", "Cases by state", ["state"], registry=registry)
    with reading() as session:
        for state, count in session.execute(select(Case.state, func.count()).group_by(Case.state)):
            gauge.labels(state).set(count)


def _terminal_figures(registry: CollectorRegistry) -> None:
    queue = queue_state(services())
    for name, value in (
        ("pending", queue.pending),
        ("held", queue.held),
        ("quarantined", queue.quarantined),
        ("refused", queue.refused),
        ("blobs_pending", queue.blobs_pending),
    ):
        Gauge(f"jishiban_queue_{name}", f"Entries or files {name}", registry=registry).set(value)
    if queue.oldest_at is not None:
        gauge = Gauge(
            "jishiban_queue_oldest_timestamp_seconds", "Oldest waiting entry", registry=registry
        )
        gauge.set(queue.oldest_at.timestamp())


def _hall_figures(registry: CollectorRegistry) -> None:
    entries = Gauge("jishiban_entries", "Ledger entries by verdict", ["verdict"], registry=registry)
    seen = Gauge(
        "jishiban_terminal_last_seen_timestamp_seconds",
        "Last contact",
        ["number"],
        registry=registry,
    )
    with reading() as session:
        sums: dict[str, int] = {}
        for tally in ledger.tallies(session).values():
            for verdict, count in tally.items():
                sums[verdict] = sums.get(verdict, 0) + count
        for verdict, count in sums.items():
            entries.labels(verdict).set(count)
        for terminal in session.scalars(select(Terminal)):
            if terminal.last_seen is not None:
                seen.labels(terminal.number).set(terminal.last_seen.timestamp())


def _backup() -> dict[str, Any]:
    """Tell when the last backup was; why one failed is for those who are signed in."""
    try:
        with reading() as session:
            found = model.state(session)
    except SQLAlchemyError as error:
        return {"ok": False, "reason": type(error).__name__}
    last_at = found.last_at.isoformat() if found.last_at else None
    return {"ok": not (found.is_late or found.problem), "last_at": last_at}


def _backup_figure(registry: CollectorRegistry) -> None:
    with reading() as session:
        last_at = model.state(session).last_at
    if last_at is not None:
        name = "jishiban_backup_last_timestamp_seconds"
        Gauge(name, "Last finished backup", registry=registry).set(last_at.timestamp())


def _database() -> dict[str, Any]:
    try:
        with reading() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        return {"ok": False, "reason": type(error).__name__}
    return {"ok": True}


def _recovery() -> dict[str, Any]:
    """Tell whether a terminal takes new cases, or is being recovered after a restore."""
    try:
        reason = standing.current()
    except SQLAlchemyError as error:
        return {"ok": False, "reason": type(error).__name__}
    return {"ok": True} if reason is None else {"ok": False, "reason": reason}


def _disk(parts: Services) -> dict[str, Any]:
    """Tell the space, and whether anything can be written: a broken disk still has space."""
    try:
        usage = shutil.disk_usage(parts.config.data_dir)
        (parts.config.data_dir / PROBE).write_bytes(b"\n")
    except OSError as error:
        return {"ok": False, "reason": error.strerror or type(error).__name__}
    share = usage.free / usage.total
    found: dict[str, Any] = {"ok": usage.free > 50 * 1024 * 1024, "free_bytes": usage.free}
    if share < LOW_DISK:
        found["reason"] = "less than 10 % free"
    return found


def _redis(parts: Services) -> dict[str, Any]:
    try:
        with redis_link.connect(parts.config.redis, socket_timeout=0.3) as client:
            client.ping()
    except RedisError as error:
        return {"ok": False, "reason": f"{type(error).__name__}; cases are kept and sent later"}
    return {"ok": True}
