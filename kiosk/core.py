"""The parts of a role without its web: database, keys, blobs, catalogue, doorbell.

Worker and command line stand on this alone, so that they carry no pages. It
starts nothing, and holds one rule: keys are made for an empty database only.
Neighbour: ``kiosk.app`` adds the web.
"""

import os
import shutil
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog
from flask import Flask
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import (
    NullPool,
    create_engine,
    inspect,
    literal_column,
    make_url,
    select,
    table,
)

import forms
from forms.release import Catalogue, open_release
from kiosk import crypto, redis_link, schema, workdays
from kiosk.app_services import Services
from kiosk.config import BadConfig, Config
from kiosk.db import init_db
from kiosk.late_rules import LateRule
from kiosk.logs import init_logs
from kiosk.releases import Releases
from sync import faultpoint, identity
from sync.blobs import BlobStore
from sync.jobs import Doorbell

log = structlog.get_logger(__name__)

#: The release that ships with this version.
SHIPPED = Path(forms.__file__).parent / "releases"

MASTER_KEY = "master.key"
#: A database's machine, or a hall's, that has not been heard of so long (seconds) is gone.
SILENCE_SECONDS = 25
#: Whoever has a row here has data that no new keys would read, or a name that they would not prove.
_TELLING = ("peer", "hall", "cases")


class _Application(Flask):
    url_rule_class = LateRule

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``func``: nothing here is asynchronous, and Flask asks thirty times a request."""
        return func


def create_core(config: Config) -> Flask:
    """Return an application with parts and no routes; BadConfig when it cannot work.

    Makes data folder and keys of a new machine; BadConfig when keys are missing on one with data.
    """
    schema.check_whole(config)
    config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_keys(config)
    app = _with_database(config)
    workdays.use_file_in(config.data_dir)
    app.extensions["kiosk"] = _services(config)
    return app


def _tell_of_fault_points() -> None:
    """Say that this process may be made to die, for that is right in a test alone."""
    if faultpoint.is_armed():
        log.critical(
            "fault_points_are_armed",
            variable=faultpoint.VARIABLE,
            told="for tests only: this process kills itself at the places named; unset it",
        )


def open_database(config: Config) -> Flask:
    """Return an application with its database alone: no keys are asked for, no file is made.

    BadConfig when there is no database to read.
    """
    file = _database_file(config)
    if file is not None and not file.exists():
        raise BadConfig(f"the database {file} is not there")
    return _with_database(config)


def _with_database(config: Config) -> Flask:
    app = _Application("kiosk", static_folder=None)
    app.config["SQLALCHEMY_DATABASE_URI"] = config.database
    # The connection used last has the warmest page cache: SQLite drops a cache that is behind.
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_use_lifo": True, **_of_a_server(config)}
    init_logs(config)
    _tell_of_fault_points()
    init_db(app)
    return app


def _of_a_server(config: Config) -> dict[str, Any]:
    """Return how to notice that the machine at the other end is gone, at either end.

    TCP itself takes hours, during which a hall's machine that lost its line would hold the rows
    that it had locked, and another one's requests would wait for them.
    """
    if config.is_sqlite:
        return {}
    ours = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
    theirs = {f"tcp_{name}": value for name, value in ours.items()}
    wait = {"tcp_user_timeout": SILENCE_SECONDS * 1000}
    given = make_url(config.database).query.get("options") or os.environ.get("PGOPTIONS", "")
    told = [given] if isinstance(given, str) else given
    options = " ".join([*told, *(f"-c {n}={value}" for n, value in (theirs | wait).items())])
    return {"connect_args": {**ours, **wait, "connect_timeout": 10, "options": options}}


def _services(config: Config) -> Services:
    keys = config.data_dir / "keys"
    return Services(
        config=config,
        releases=_releases(config),
        keyring=crypto.Keyring(crypto.secret_file(keys / MASTER_KEY, crypto.new_key())),
        identity=identity.load_or_make(keys),
        blobs=BlobStore(config.data_dir / "blobs"),
        doorbell=Doorbell(redis_client(config)),
    )


def _check_keys(config: Config) -> None:
    """Raise BadConfig when a key is missing that the data was written with.

    A new one in its place would start, and read nothing and be nobody to its peers.
    """
    keys = [config.data_dir / "keys" / name for name in (MASTER_KEY, identity.FILE)]
    if all(key.exists() for key in keys) or not _holds_data(config):
        return
    # Asked again: another process may have made keys and the first rows meanwhile.
    missing = [str(key) for key in keys if not key.exists()]
    if missing:
        raise BadConfig(
            f"{' and '.join(missing)} {'are' if len(missing) > 1 else 'is'} missing, and the "
            "database holds data that needs what was there: put it back from the backup of keys/ "
            "(docs/operations.md, Backup), owned by the service's user; nothing was changed"
        )


def _holds_data(config: Config) -> bool:
    file = _database_file(config)
    if file is not None and not file.exists():
        return False
    # Not the application's engine: no connection may be open when the web processes are forked.
    engine = create_engine(config.database, poolclass=NullPool)
    with engine.connect() as connection:
        known = inspect(connection)
        return any(
            connection.scalar(select(literal_column("1")).select_from(table(name)).limit(1))
            for name in _TELLING
            if known.has_table(name)
        )


def _database_file(config: Config) -> Path | None:
    return Path(config.database.removeprefix("sqlite:///")) if config.is_sqlite else None


def redis_client(config: Config) -> Redis:
    """Return a client for the doorbell: it answers within half a second or not at all."""
    return redis_link.connect(
        config.redis,
        socket_timeout=0.5,
        socket_connect_timeout=0.3,
        retry=Retry(NoBackoff(), 0),
    )


def shipped_file() -> Path:
    """Return the file of the release that comes with the program; BadConfig unless it was built."""
    shipped = sorted(SHIPPED.glob("*.json"))
    if len(shipped) != 1:
        raise BadConfig(f"{SHIPPED} must hold one release; run `kiosk catalogue build`")
    return shipped[0]


@lru_cache(maxsize=1)
def _opened(file: Path) -> Catalogue:
    """Open the shipped release once in a process, however many applications it makes.

    What has been decoded of it is shared too; nothing of a catalogue is ever changed.
    """
    return open_release(file)


def _releases(config: Config) -> Releases:
    """Open the shipped release, and keep a copy beside the older ones that cases refer to."""
    folder = config.data_dir / "releases"
    folder.mkdir(exist_ok=True)
    shipped = shipped_file()
    if not (folder / shipped.name).exists():
        shutil.copyfile(shipped, folder / (shipped.name + ".new"))
        (folder / (shipped.name + ".new")).replace(folder / shipped.name)
    catalogue = _opened(shipped)
    return Releases(folder, catalogue, {catalogue.release: catalogue})
