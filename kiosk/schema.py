"""Brings a database's schema up to date, in a process of its own when it has to.

Alembic costs some 10 MB that no web process or worker needs again, so that
``ensure`` only looks whether the newest migration has run and starts this
module as a program when it has not. One process at a time.
"""

import fcntl
import subprocess
import sys
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from kiosk.config import BadConfig, Config

#: Lies in the data folder while a restore puts what it restored in place.
RESTORING = "restore.unfinished"
VERSIONS = Path(__file__).parent / "migrations" / "versions"


def newest() -> str:
    """Return the number of the newest migration, as its file's name begins."""
    return max(file.stem.partition("_")[0] for file in VERSIONS.glob("*.py"))


def is_current(config: Config) -> bool:
    """Tell whether the newest migration has run on the database of ``config``."""
    if config.is_sqlite and not Path(config.database.removeprefix("sqlite:///")).exists():
        return False
    engine = create_engine(config.database)
    try:
        with engine.connect() as connection:
            known = connection.scalar(text("SELECT version_num FROM alembic_version"))
            return bool(known == newest())
    except SQLAlchemyError:
        return False
    finally:
        engine.dispose()


def check_whole(config: Config) -> None:
    """Raise BadConfig when a restore was interrupted, which left some of both."""
    if (config.data_dir / RESTORING).exists():
        raise BadConfig(
            f"a restore of {config.data_dir} was interrupted: run the same `kiosk restore` again"
        )


def ensure(config: Config) -> None:
    """Bring the schema up to date when it is not; BadConfig with the reason when it cannot be.

    Idempotent. Every migration is one transaction: a kill leaves the old schema or the new one.
    """
    check_whole(config)
    config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (config.data_dir / "migration.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_current(config):
            return
        done = subprocess.run(  # noqa: S603 — our own module
            [sys.executable, "-m", "kiosk.migrations", config.role, str(config.data_dir)],
            input=config.database_url,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            lines = done.stderr.strip().splitlines() or ["no reason given"]
            raise BadConfig(f"the schema cannot be brought up to date: {lines[-1]}")
