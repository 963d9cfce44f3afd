"""Bring a machine back from a backup: everything is checked first, then it appears.

What is restored lies in ``restoring/`` of the data folder until it is whole, migrated and declared
restored. Only then does anything take its place, under a marker that keeps the machine from
starting half-way; whoever is interrupted runs the same command again. Neighbours: ``vault`` has the
backup, ``databases`` the way back of a database.
"""

import json
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path

from pyrage import x25519
from sqlalchemy.orm import Session

from kiosk import clock, schema
from kiosk.backup import databases, model, vault
from kiosk.backup.manifest import BadBackup, Manifest
from kiosk.backup.sealing import measured, unseal
from kiosk.backup.snapshot import ASIDE
from kiosk.backup.vault import Backup
from kiosk.config import Config
from kiosk.operators import audit
from sync import identity, recovery, restored_hall, watermark
from sync.blobs import BlobStore

_STAGING = "restoring"
_DUMP = "database.dump"
#: What may lie in an empty data folder, by how its name begins.
_NOTHING = (_STAGING, "lost+found", schema.RESTORING, ASIDE)


class Occupied(BadBackup):
    """There are data where the backup should go, and nobody said to put them aside."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back, for the command to print."""

    role: str
    name: str
    number: str | None
    fingerprint: str
    made_at: str
    schema: str
    blobs: int
    #: Where what was there before lies now; None when there was nothing.
    before: str | None


def restore(
    backup: Backup, config: Config, secret: x25519.Identity, *, replacing: bool = False
) -> Restored:
    """Bring ``backup`` back to the data folder and database of ``config``; returns when on disk.

    Idempotent: interrupted at any point it may be run again. Raises Occupied when there are data
    and ``replacing`` is false, BadBackup, Unopened or OSError when something does not prove; then
    what was there is as it was.
    """
    told = backup.manifest
    _check_fit(told, config)
    marker = _Marker(config.data_dir)
    before = marker.before or f"{ASIDE}{clock.now():%Y%m%dT%H%M%SZ}"
    occupied = _is_occupied(config) and not marker.is_settling
    if occupied and not (replacing or marker.before):
        raise Occupied(
            f"{config.data_dir} or its database holds data; stop the services and say --replace "
            "to put them aside and restore"
        )
    if not (marker.is_settling or config.is_sqlite) and databases.holds_tables(config):
        # Before anything is marked or moved: a database that does not let it keeps the machine.
        databases.check_put_aside(config, before)
    staging = _empty_folder(config.data_dir)
    with ExitStack() as undone:
        undone.callback(shutil.rmtree, staging, ignore_errors=True)
        public = _stage(backup, config, staging, secret)
        undone.pop_all()
    _settle(config, staging, marker, before, told)
    return Restored(
        role=told.role,
        name=backup.name,
        number=told.number,
        fingerprint=public.fingerprint(),
        made_at=vault.made_at(told).isoformat(),
        schema=schema.newest(),
        blobs=told.blobs,
        before=before if occupied else None,
    )


def _empty_folder(data_dir: Path) -> Path:
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    staging = data_dir / _STAGING
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(mode=0o700)
    return staging


def _stage(
    backup: Backup, config: Config, staging: Path, secret: x25519.Identity
) -> identity.PublicIdentity:
    """Lay the whole machine out in ``staging``, current and declared restored; who it is."""
    _unpack(backup, staging, secret, config)
    public = _check_identity(staging, backup.manifest)
    if config.is_sqlite:
        inside = replace(config, data_dir=staging, database_url="")
        databases.revive(inside, _deed(backup.manifest))
        _flush_all(staging)
    return public


def _check_fit(told: Manifest, config: Config) -> None:
    if told.role != config.role:
        raise BadBackup(f"this is the backup of a {told.role}, not of a {config.role}")
    if told.schema > schema.newest():
        raise BadBackup(
            f"the backup was made by a newer program ({told.program}, schema {told.schema}; this "
            f"one knows {schema.newest()}): install that version first"
        )
    if told.database == "sqlite" and config.database_url:
        raise BadBackup("the backup is of SQLite: restore it without a database URL")
    if told.database == "postgresql" and config.is_sqlite:
        raise BadBackup("the backup is of PostgreSQL: name an empty database with --database-url")


def _is_occupied(config: Config) -> bool:
    if config.data_dir.exists() and _present(config.data_dir):
        return True
    return not config.is_sqlite and databases.holds_tables(config)


def _unpack(backup: Backup, staging: Path, secret: x25519.Identity, config: Config) -> None:
    """Check every part and file and lay it out in ``staging``; BadBackup, Unopened, OSError."""
    for part in backup.manifest.parts.values():
        if measured(backup.folder / Path(part.file).name) != part:
            raise BadBackup(f"{part.file} of {backup.name} is not what the manifest says")
    database = staging / (f"{config.role}.db" if config.is_sqlite else _DUMP)
    unseal(backup.folder / "database.age", database, secret)
    if config.is_sqlite:
        with closing(sqlite3.connect(database)) as connection:
            found = connection.execute("PRAGMA quick_check").fetchone()[0]
        if found != "ok":
            raise BadBackup(f"the database in {backup.name} is damaged: {found}")
    packed = staging / "files.tar"
    unseal(backup.folder / "files.age", packed, secret)
    _lay_out(packed, staging)
    packed.unlink()
    store = BlobStore(staging / "blobs")
    for sha in backup.blob_names():
        if not store.put_named(sha, backup.blobs.read(sha)):
            raise BadBackup(f"the file {sha} is not what its name says")


def _lay_out(packed: Path, staging: Path) -> None:
    """Unpack files and folders for the owner alone; BadBackup for a name that leads elsewhere.

    Not by ``extractall``: Python 3.11 has no safe way of it before its fourth patch.
    """
    with tarfile.open(packed) as archive:
        for member in archive:
            path = staging / member.name
            if ".." in path.parts or Path(member.name).is_absolute():
                raise BadBackup(f"the backup holds a file outside of its folder: {member.name}")
            if member.isdir():
                path.mkdir(mode=0o700, parents=True, exist_ok=True)
            elif (content := archive.extractfile(member)) is not None:
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                path.touch(mode=0o600)
                with path.open("wb") as out:
                    shutil.copyfileobj(content, out)


def _check_identity(staging: Path, told: Manifest) -> identity.PublicIdentity:
    """Return who the backup makes this machine; BadBackup when another one signed it."""
    if not (staging / "keys" / identity.FILE).exists():
        raise BadBackup("the backup holds no keys")
    public = identity.load_or_make(staging / "keys").public
    if public.to_hex() != told.public:
        raise BadBackup("the manifest was signed by another machine than the one in the backup")
    return public


def _deed(told: Manifest) -> Callable[[Session], None]:
    def declare(session: Session) -> None:
        model.forget_unfinished(session)
        if told.role == "terminal":
            recovery.declare_restored(session)
        else:
            restored_hall.raise_epoch(session, clock.now())
            # What came back is in this backup, which the rows in it could not know yet.
            watermark.move(session, told.watermarks)
            when = {"made_at": told.made_at}
            audit.record(session, "hall.restored", told.machine or "-", audit.COMMAND, when)

    return declare


class _Marker:
    """The file that says how far the last part of a restore got; see ``schema.check_whole``."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / schema.RESTORING
        told = json.loads(self._path.read_bytes()) if self._path.exists() else {}
        #: Where what was there is put, when a restore was interrupted that might.
        self.before: str | None = told.get("before")
        #: What was there is aside already: what lies in the folder now is of the backup.
        self.is_settling: bool = told.get("settling", False)

    def write(self, before: str, *, settling: bool) -> None:
        new = self._path.with_name(self._path.name + ".new")
        new.write_text(json.dumps({"before": before, "settling": settling}))
        vault.flush(new)
        new.replace(self._path)
        vault.flush(self._path.parent)
        self.before, self.is_settling = before, settling

    def remove(self) -> None:
        self._path.unlink()
        vault.flush(self._path.parent)


def _settle(config: Config, staging: Path, marker: _Marker, before: str, told: Manifest) -> None:
    """Put what was there aside and what was restored in its place; may be done again from start."""
    folder = config.data_dir
    if not marker.is_settling:
        marker.write(before, settling=False)
        _put_aside(config, folder, before)
        marker.write(before, settling=True)
    else:
        _clear(config, folder)
    if not config.is_sqlite:
        databases.fill(config, staging / _DUMP)
        databases.revive(replace(config, data_dir=staging), _deed(told))
        (staging / _DUMP).unlink()
        _flush_all(staging)
    (staging / "migration.lock").unlink(missing_ok=True)
    for each in staging.iterdir():
        each.rename(folder / each.name)
    vault.flush(folder)
    staging.rmdir()
    marker.remove()


def _put_aside(config: Config, folder: Path, before: str) -> None:
    # The database first: it alone can refuse.
    if not config.is_sqlite and databases.holds_tables(config):
        databases.put_aside(config, before)
    aside = folder / before
    for each in _present(folder):
        aside.mkdir(mode=0o700, exist_ok=True)
        each.rename(aside / each.name)


def _clear(config: Config, folder: Path) -> None:
    """Take away what an interrupted run has put in place already."""
    for each in _present(folder):
        if each.is_dir():
            shutil.rmtree(each)
        else:
            each.unlink()
    if not config.is_sqlite and databases.holds_tables(config):
        databases.put_aside(config, None)


def _present(folder: Path) -> list[Path]:
    return [each for each in folder.iterdir() if not each.name.startswith(_NOTHING)]


def _flush_all(folder: Path) -> None:
    for parent, _, files in os.walk(folder):
        for name in files:
            if Path(parent, name).is_file():
                vault.flush(Path(parent, name))
        vault.flush(Path(parent))
