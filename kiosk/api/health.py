"""``/healthz`` and ``/metrics`` of both roles: is it alive, can it work, how much does it do.

Readiness names each part with a reason. Redis and the last backup are parts that may be missing:
submissions go on without them, so their absence is told and is no failure.
"""

import importlib
import shutil
from typing import Any

from flask import Blueprint, Response, jsonify
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from kiosk import redis_link
from kiosk.app_services import Services, services
from kiosk.backup import model
from kiosk.cases import standing
from kiosk.db import reading
from kiosk.operators.access import public

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
    # Half a megabyte that a machine never needs whose figures nobody gathers.
    figures = importlib.import_module("kiosk.api.figures")
    return Response(figures.text(), content_type=figures.CONTENT_TYPE)


def _backup() -> dict[str, Any]:
    """Tell when the last backup was; why one failed is for those who are signed in."""
    try:
        with reading() as session:
            found = model.state(session)
    except SQLAlchemyError as error:
        return {"ok": False, "reason": type(error).__name__}
    last_at = found.last_at.isoformat() if found.last_at else None
    return {"ok": not (found.is_late or found.problem), "last_at": last_at}


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
