"""Make one backup: a moment of the database, the files that go with it, the keys. Encrypted.

Files are copied after the moment was taken: they are only ever added, so all that the moment names
are among them. The machine goes on serving. Neighbours: ``vault`` lets it appear, ``snapshot``
takes the moment; the hall's marks move only when all is on disk.
"""

import os
import shutil
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kiosk import clock
from kiosk.app_services import Services
from kiosk.backup import manifest, model, recovery_key, turn, vault
from kiosk.backup.manifest import BadBackup, Manifest
from kiosk.backup.sealing import Part, measured, seal
from kiosk.backup.snapshot import Snapshot, taken
from kiosk.db import writing
from kiosk.operators import audit
from sync import journal, watermark
from sync.blobs import BlobStore
from sync.ledger import Hall
from sync.state import Peer

log = structlog.get_logger(__name__)

_SCRATCH = "backup.scratch"
#: What is kept elsewhere, is of the moment only, or is what a restore has put aside.
_LEFT_OUT = ("blobs", "uploads", "restoring", turn.LOCK, _SCRATCH, "migration.lock")
_LEFT_OUT_PATTERNS = ("before-*", "*.db", "*.db-*", "*.sock", "*.rdb", "*.pid", "*.log")
#: What is only being written, in whatever folder.
_IN_WORK = ("*.new", "*.part", "*.unfinished")


@dataclass(frozen=True, slots=True)
class Made:
    """What was made, for the command to print; ``seconds`` it took."""

    name: str
    bytes: int
    new_bytes: int
    blobs: int
    missing: tuple[str, ...]
    seconds: float


def make(services: Services, target: Path) -> Made:
    """Make a backup in the folder ``target`` and move the marks.

    OSError (BadBackup among them), BadConfig or SQLAlchemyError when it does not come about: then
    no mark moves, and why is noted for the status pages. No backup appears but one that was whole
    before the database failed.
    """
    with writing() as session:
        run = model.begin(session)
    try:
        with _alone(services.config.data_dir) as scratch:
            made, told = _made(services, target, scratch)
        _end(run, made, told)
    except (OSError, SQLAlchemyError, ValueError) as error:
        with writing() as session:
            model.fail(session, run, str(error) or type(error).__name__)
        raise
    return made


def _end(run: str, made: Made, told: Manifest) -> None:
    """Note that a backup is on disk and move the marks, in one transaction."""
    problem = f"{len(made.missing)} files are damaged or missing" if made.missing else None
    with writing() as session:
        model.end(session, run, made.name, made.bytes, problem)
        watermark.move(session, told.watermarks)
        detail = {"bytes": made.bytes, "missing": len(made.missing)}
        audit.record_at_hall(session, "backup.made", made.name, audit.COMMAND, detail)


@contextmanager
def _alone(data_dir: Path) -> Iterator[Path]:
    """Yield an empty folder for copies; BadBackup while another backup is made."""
    with turn.taken(data_dir) as is_free:
        if not is_free:
            raise BadBackup("another backup of this machine is being made")
        scratch = data_dir / _SCRATCH
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(mode=0o700)
        try:
            yield scratch
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def _made(services: Services, target: Path, scratch: Path) -> tuple[Made, Manifest]:
    began = time.monotonic()
    config, own = services.config, services.identity
    keys, now = recovery_key.recipients(config.data_dir), clock.now()
    with taken(config, scratch) as snapshot, vault.new_backup(target) as folder:
        machine = _machine(snapshot.session, config.role)
        vault.check_owner(target, machine["machine"], own.public.to_hex())
        with snapshot.opened() as source:
            database = seal(source, folder / "database.age", keys)
        copied = _copy_blobs(config.data_dir / "blobs", target, folder / vault.BLOBS)
        files = _files(config.data_dir, scratch, folder, keys)
        told = Manifest(
            **machine,
            **_moment(snapshot, config.role, copied),
            role=config.role,
            made_at=int(now.timestamp() * 1_000_000),
            public=own.public.to_hex(),
            program=version("jishiban"),
            database=snapshot.kind,
            parts={"database": database, "files": files, "blobs": measured(folder / vault.BLOBS)},
            blobs=len(copied.names),
            blob_bytes=copied.bytes,
            missing=tuple(copied.missing),
        )
        manifest.write(told, own, folder)
    return (
        Made(
            name=folder.name.removeprefix(vault.UNFINISHED),
            bytes=told.bytes,
            new_bytes=told.bytes - copied.bytes + copied.new_bytes,
            blobs=told.blobs,
            missing=told.missing,
            seconds=round(time.monotonic() - began, 1),
        ),
        told,
    )


def _moment(snapshot: Snapshot, role: str, copied: "_Copied") -> dict[str, Any]:
    """Return schema and marks of the moment, once its files are copied.

    What lies in the target is not asked: a file of an older backup alone is not brought back.
    """
    session, has_file = snapshot.session, copied.names.__contains__
    return {
        "schema": str(session.scalar(text("SELECT version_num FROM alembic_version"))),
        "watermarks": watermark.reached(session, has_file) if role == "hall" else {},
    }


def _machine(session: Session, role: str) -> dict[str, Any]:
    """Return who this is and how far it is, as the manifest has it."""
    if role == "hall":
        hall = session.get(Hall, 1)
        if hall is None:
            raise BadBackup("the hall is not initialised: there is nothing to keep yet")
        return {"machine": hall.hall_id, "number": None, "head": None}
    peer = session.get(Peer, 1)
    return {
        "machine": peer and peer.terminal_id,
        "number": peer and peer.terminal_number,
        "head": journal.head(session)[:2],
    }


@dataclass
class _Copied:
    """Which files belong to a backup, their bytes, those of new ones; names of damaged ones."""

    names: set[str] = field(default_factory=set)
    bytes: int = 0
    new_bytes: int = 0
    missing: list[str] = field(default_factory=list)


def _copy_blobs(source: Path, target: Path, listed: Path) -> _Copied:
    """Copy what the target lacks and list what belongs to this backup."""
    here, there = BlobStore(source), BlobStore(target / "blobs")
    copied = _Copied()
    with listed.open("w") as names:
        for sha in vault.blob_names(source):
            try:
                size = here.size(sha)
                if not (there.has(sha) and there.size(sha) == size):
                    if not there.put_named(sha, here.read(sha)):
                        log.error("blob_not_backed_up", sha256=sha)
                        copied.missing.append(sha)
                        continue
                    copied.new_bytes += size
            except FileNotFoundError:
                # A picture that nobody handed in was wiped meanwhile.
                continue
            names.write(sha + "\n")
            copied.names.add(sha)
            copied.bytes += size
    return copied


def _files(data_dir: Path, scratch: Path, folder: Path, keys: list[Any]) -> Part:
    """Seal keys, releases, certificates and whatever else lies in the data folder."""
    packed = scratch / "files.tar"
    with tarfile.open(packed, "w") as archive:
        for path in _kept(data_dir):
            # A file that went meanwhile was of the moment only: what stays is never deleted.
            with suppress(FileNotFoundError):
                _add(archive, path, str(path.relative_to(data_dir)), scratch)
    with packed.open("rb") as source:
        return seal(source, folder / "files.age", keys)


def _kept(data_dir: Path) -> Iterator[Path]:
    """Yield files and folders of a data folder that go into a backup, each after its folder."""
    for each in sorted(data_dir.iterdir()):
        left_out = each.name in _LEFT_OUT or any(map(each.match, _LEFT_OUT_PATTERNS + _IN_WORK))
        if left_out or not (each.is_file() or each.is_dir()):
            continue
        yield each
        if not each.is_dir() or each.is_symlink():
            continue
        for parent, folders, files in os.walk(each, onerror=_tell_unless_gone):
            for path in (Path(parent, name) for name in sorted(folders + files)):
                if not any(map(path.match, _IN_WORK)):
                    yield path


def _tell_unless_gone(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def _add(archive: tarfile.TarFile, path: Path, name: str, scratch: Path) -> None:
    """Add a file, folder or link; FileNotFoundError when it is gone, and nothing is added."""
    info = archive.gettarinfo(path, name)
    if not (info.isreg() or info.islnk()):
        archive.addfile(info)
        return
    # What a tar says of a length must be true, and the file may become shorter while it is read.
    with path.open("rb") as source, tempfile.TemporaryFile(dir=scratch) as copy:
        shutil.copyfileobj(source, copy)
        info.type, info.linkname, info.size = tarfile.REGTYPE, "", copy.tell()
        copy.seek(0)
        archive.addfile(info, copy)
