"""The settings of either side, the address of the server, and what is done with both."""

import json
import os
import sqlite3
import time
from importlib.metadata import version
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db.backends.signals import connection_created

_FOLDER = Path(os.environ["PEER_FOLDER"])
_PIECE = int(os.environ["PEER_PIECE"])
_TURNS = 3


def _settle(side: str) -> None:
    settings.configure(
        SECRET_KEY="bench",
        ALLOWED_HOSTS=["*"],
        USE_TZ=True,
        ROOT_URLCONF="morango.urls",
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "rest_framework",
            "morango",
            "morango_peer",
        ],
        AUTHENTICATION_BACKENDS=["morango_peer.models.Everybody"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(_FOLDER / f"{side}.db"),
                "OPTIONS": {"timeout": 100},
            }
        },
    )
    connection_created.connect(_as_ours)
    django.setup()


def _as_ours(connection, **_told) -> None:
    """Let SQLite keep its journal as our terminals do."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode = wal")
        cursor.execute("PRAGMA synchronous = full")


def prepare() -> None:
    """Make the server's tables and its root certificate, and print the certificate's id."""
    _settle("hall")
    call_command("migrate", run_syncdb=True, verbosity=0)
    _scope()
    from morango.models import Certificate

    print(Certificate.generate_root_certificate("station").id)


def serve():
    """Return the server's application, for gunicorn."""
    _settle("hall")
    return get_wsgi_application()


def _scope() -> None:
    from morango.models import ScopeDefinition

    ScopeDefinition.objects.create(
        id="station",
        profile="bench",
        version=1,
        primary_scope_param_key="station",
        description="all cases of a station",
        read_write_filter_template="${station}",
    )


def send(station: str, port: int, count: int, size: int) -> None:
    """Write `count` cases of `size` bytes, push them and print what that took as JSON."""
    _settle("terminal")
    call_command("migrate", run_syncdb=True, verbosity=0)
    _scope()
    from morango.models import Filter
    from morango.sync.syncsession import NetworkSyncConnection

    line = NetworkSyncConnection(base_url=f"http://127.0.0.1:{port}", chunk_size=_PIECE)
    (server,) = line.get_remote_certificates(station, "station")
    mine = line.certificate_signing_request(
        server, "station", {"station": station}, userargs="peer", password="peer"
    )
    _write(station, 0, count, size)
    begun = time.perf_counter()
    session = line.create_sync_session(mine, server)
    _push(session, Filter(station))
    seconds = time.perf_counter() - begun
    waits = []
    for turn in range(_TURNS):
        _write(station, count + turn, 1, size)
        start = time.perf_counter()
        _push(session, Filter(station))
        waits.append((time.perf_counter() - start) * 1000)
    line.close_sync_session(session.sync_session)
    with sqlite3.connect(_FOLDER / "hall.db") as hall:
        (there,) = hall.execute("select count(*) from morango_peer_case").fetchone()
    told = {"written": there - _TURNS, "seconds": seconds, "put": sorted(waits)[_TURNS // 2]}
    print(json.dumps({**told, "morango": version("morango"), "django": django.__version__}))


def _write(station: str, first: int, count: int, size: int) -> None:
    from django.db import transaction
    from morango_peer.models import Case

    with transaction.atomic():
        for number in range(first, first + count):
            body = os.urandom(size // 2).hex()
            Case(number=f"{number:08d}", station=station, body=body).save()


def _push(session, wanted) -> None:
    client = session.get_push_client()
    client.initialize(wanted)
    client.run()
    client.finalize()
