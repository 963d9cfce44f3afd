"""The parts of a role without its web: database, keys, blobs, catalogue, doorbell.

Worker and command line stand on this alone, so that they carry no pages. It
holds no rules and starts nothing. Neighbour: ``kiosk.app`` adds the web.
"""

import shutil
from pathlib import Path

from flask import Flask
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

import forms
from forms.release import open_release
from kiosk import crypto
from kiosk.app_services import Releases, Services
from kiosk.config import BadConfig, Config
from kiosk.db import init_db
from kiosk.logs import init_logs
from sync import identity
from sync.blobs import BlobStore
from sync.jobs import Doorbell

#: The release that ships with this version.
SHIPPED = Path(forms.__file__).parent / "releases"


def create_core(config: Config) -> Flask:
    """Return an application with parts and no routes; BadConfig when it cannot work."""
    config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    app = Flask("kiosk", static_folder=None)
    app.config["SQLALCHEMY_DATABASE_URI"] = config.database
    # The connection used last has the warmest page cache: SQLite drops a cache that is behind.
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_use_lifo": True}
    init_logs(config)
    init_db(app)
    app.extensions["kiosk"] = _services(config)
    return app


def _services(config: Config) -> Services:
    keys = config.data_dir / "keys"
    return Services(
        config=config,
        releases=_releases(config),
        keyring=crypto.Keyring(crypto.secret_file(keys / "master.key", crypto.new_key())),
        identity=identity.load_or_make(keys),
        blobs=BlobStore(config.data_dir / "blobs"),
        doorbell=Doorbell(redis_client(config)),
    )


def redis_client(config: Config) -> Redis:
    """Return a client for the doorbell: it answers within half a second or not at all."""
    return Redis.from_url(
        config.redis,
        socket_timeout=0.5,
        socket_connect_timeout=0.3,
        retry=Retry(NoBackoff(), 0),
    )


def _releases(config: Config) -> Releases:
    """Open the shipped release, and keep a copy beside the older ones that cases refer to."""
    folder = config.data_dir / "releases"
    folder.mkdir(exist_ok=True)
    shipped = sorted(SHIPPED.glob("*.json"))
    if len(shipped) != 1:
        raise BadConfig(f"{SHIPPED} must hold one release; run `kiosk catalogue build`")
    if not (folder / shipped[0].name).exists():
        shutil.copyfile(shipped[0], folder / (shipped[0].name + ".new"))
        (folder / (shipped[0].name + ".new")).replace(folder / shipped[0].name)
    current = open_release(shipped[0])
    return Releases(folder, current, {current.release: current})
