"""Try a backup: bring it back in a place of its own, prove the invariants there, leave nothing.

It takes the very way of a real restore. A hall on PostgreSQL gets a database of its own for as long
as it lasts. Neighbours: ``restoring``, ``kiosk.cases.proof``.
"""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from pyrage import x25519
from sqlalchemy import NullPool, create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError

from kiosk import clock
from kiosk.backup import restoring
from kiosk.backup.vault import Backup
from kiosk.cases.proof import prove_data
from kiosk.config import BadConfig, Config
from kiosk.core import open_database
from kiosk.db import engine
from sync.blobs import BlobStore

_PREFIX = "kiosk_drill_"


def drill(backup: Backup, config: Config, secret: x25519.Identity) -> dict[str, Any]:
    """Return what was found, as JSON values: ``ok``, faults, counts, size in bytes, seconds.

    ``config`` names the database server of a backup of PostgreSQL; its data are not touched. What
    keeps a backup from being restored is raised as by `restoring.restore`.
    """
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="kiosk-drill-"))
    try:
        with _database(config, backup) as url:
            target = replace(config, data_dir=folder / "data", database_url=url)
            restoring.restore(backup, target, secret)
            with open_database(target).app_context():
                proof = prove_data(target.role, BlobStore(target.data_dir / "blobs"))
                engine().dispose()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    found = {
        "backup": backup.name,
        "drilled_at": clock.now().isoformat(),
        "bytes": backup.manifest.bytes,
        "seconds": round(time.monotonic() - began, 1),
        **proof.as_json(),
    }
    if backup.manifest.missing:
        found["faults"] = [
            *found["faults"],
            f"{len(backup.manifest.missing)} files were lost before",
        ]
    return {**found, "ok": not found["faults"]}


@contextmanager
def _database(config: Config, backup: Backup) -> Iterator[str]:
    """Yield the URL of an empty database beside that of ``config``; empty for SQLite."""
    if backup.manifest.database == "sqlite":
        yield ""
        return
    if config.is_sqlite:
        raise BadConfig("the backup is of PostgreSQL: name its server with --database-url")
    name = _PREFIX + clock.new_id().replace("-", "")
    server = create_engine(config.database, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
    except ProgrammingError as error:
        raise BadConfig(
            "no database for the drill can be made here: let the role do so with "
            f"ALTER ROLE … CREATEDB ({error.orig})"
        ) from error
    try:
        yield make_url(config.database).set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
