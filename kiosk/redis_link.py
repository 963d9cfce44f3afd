"""How to reach the Redis of a setting: at one address, or wherever its sentinels say it is.

``sentinel://host:port,host:port/name?db=0`` names the sentinels and what they call the server;
each new connection asks them which machine is the master now, so that a fail-over needs no
restart. ``password`` and ``sentinel_password`` may be given as further parameters. Knows no role
and no queue. Neighbours: ``kiosk.core``, ``kiosk.worker`` and ``kiosk.rate_store`` connect with it.
"""

import importlib
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from redis import Redis

SCHEME = "sentinel"
#: A sentinel that is away is left for the next one after this time (seconds).
_ASK_SECONDS = 0.3


def connect(url: str, **options: Any) -> Redis:
    """Return a client for ``url``; nothing is asked before its first command.

    ``options`` are those of redis-py's client; ``kiosk.config`` has judged the address.
    """
    if not url.startswith(f"{SCHEME}://"):
        return Redis.from_url(url, **options)
    hosts, name, more = _read(url)
    # A module that only a place with sentinels needs.
    sentinel = importlib.import_module("redis.sentinel").Sentinel(
        hosts,
        sentinel_kwargs={
            "socket_timeout": _ASK_SECONDS,
            "socket_connect_timeout": _ASK_SECONDS,
            "password": more.get("sentinel_password"),
        },
    )
    database = int(more.get("db", "0"))
    client: Redis = sentinel.master_for(name, db=database, password=more.get("password"), **options)
    return client


def _read(url: str) -> tuple[list[tuple[str, int]], str, dict[str, str]]:
    parts = urlsplit(url)
    pairs = [each.rpartition(":") for each in parts.netloc.split(",")]
    hosts = [(host.strip("[]"), int(port)) for host, _, port in pairs]
    return hosts, parts.path.strip("/"), dict(parse_qsl(parts.query))
