"""The folder that the backups of one machine lie in, and the files they share.

::

    20261126T020000Z/   manifest.json  database.age  files.age  blobs.txt  [verified.json]
    blobs/ab/ab12…      files by SHA-256, ciphertext as on the machine, each written once

A backup appears whole or not at all: it is written under another name, flushed and renamed.
Neighbours: ``making`` writes, ``restoring`` reads, ``manifest`` says what one holds.
"""

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kiosk import clock
from kiosk.backup import manifest
from kiosk.backup.manifest import BadBackup, Manifest
from sync.blobs import BlobStore

BLOBS = "blobs.txt"
_VERIFIED = "verified.json"
_NAME = re.compile(r"[0-9]{8}T[0-9]{6}Z")
UNFINISHED = ".unfinished-"


@dataclass(frozen=True, slots=True)
class Backup:
    """One finished backup: where it lies and what it says of itself."""

    folder: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        """The name of its folder: when it was begun, UTC."""
        return self.folder.name

    @property
    def blobs(self) -> BlobStore:
        """The files that it shares with the others beside it."""
        return BlobStore(self.folder.parent / "blobs")

    def blob_names(self) -> Iterator[str]:
        """Yield the SHA-256 of each file that belongs to it."""
        with (self.folder / BLOBS).open() as lines:
            for line in lines:
                yield line.strip()

    @property
    def verified(self) -> dict[str, Any] | None:
        """What the last drill of it found, or None; ``ok`` is true when all was proved."""
        try:
            told: dict[str, Any] = json.loads((self.folder / _VERIFIED).read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        return told

    def note_drill(self, found: dict[str, Any]) -> None:
        """Remember what a drill found."""
        new = self.folder / (_VERIFIED + ".new")
        new.write_text(json.dumps(found) + "\n")
        new.replace(self.folder / _VERIFIED)


def folders(folder: Path) -> list[Path]:
    """Return where the finished backups of a folder lie, oldest first; OSError when it is none."""
    return sorted(filter(_is_backup, folder.iterdir()))


def backups(folder: Path) -> list[Backup]:
    """Return the finished backups of a folder, oldest first; BadBackup for a damaged manifest."""
    return [Backup(each, manifest.read(each)) for each in folders(folder)]


def find(source: Path) -> Backup:
    """Return the backup ``source``, or the newest of the folder ``source``; BadBackup."""
    if (source / manifest.FILE).exists():
        return Backup(source.resolve(), manifest.read(source))
    if not source.is_dir():
        raise BadBackup(f"{source} is no folder of backups")
    names = folders(source)
    if not names:
        raise BadBackup(f"{source} holds no backup")
    return Backup(names[-1].resolve(), manifest.read(names[-1]))


@contextmanager
def new_backup(folder: Path) -> Iterator[Path]:
    """Yield an empty folder that appears as the next backup at the end, whole and on disk.

    Its name without ``UNFINISHED`` is the backup's.

    When the block raises nothing of it stays; what a killed run left is taken away first.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(folder):
        for left in folder.glob(UNFINISHED + "*"):
            shutil.rmtree(left)
        name = clock.now().astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        if (folder / name).exists():
            raise BadBackup(f"{folder / name} is there already: backups are named by the second")
        unfinished = folder / (UNFINISHED + name)
        unfinished.mkdir(mode=0o700)
        try:
            yield unfinished
            for file in unfinished.iterdir():
                flush(file)
            flush(unfinished)
            unfinished.rename(folder / name)
            flush(folder)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let nobody delete files here while a backup that will name them is not there yet."""
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BadBackup(f"somebody else is at work in {folder}") from error
        yield


def check_owner(folder: Path, machine: str | None, public: str) -> None:
    """Raise BadBackup when ``folder`` holds backups of another machine."""
    for each in reversed(folders(folder)):
        try:
            found = manifest.read(each)
        except BadBackup:
            # A damaged one must not keep the next ones from being made.
            continue
        if (found.machine, found.public) != (machine, public):
            raise BadBackup(f"{folder} holds backups of another machine: give each its own folder")
        return


def prune(folder: Path, keep: int) -> list[str]:
    """Delete all but the newest ``keep`` backups and what no backup needs; return their names.

    The newest backup that a drill has verified stays, however old it is. BadBackup, and nothing is
    deleted, when one does not tell what it needs or another backup is being made here.
    """
    with _alone(folder):
        return _pruned(folder, keep)


def _pruned(folder: Path, keep: int) -> list[str]:
    known = backups(folder)
    proved = [each for each in known if (each.verified or {}).get("ok")]
    stay = {each.name for each in [*known[-max(keep, 1) :], *proved[-1:]]}
    gone = [each for each in known if each.name not in stay]
    for each in gone:
        # Under another name first: a backup is whole or it is none.
        left = folder / (UNFINISHED + each.name)
        each.folder.rename(left)
        shutil.rmtree(left)
    if gone:
        _drop_unnamed(folder, [each for each in known if each.name in stay])
    return [each.name for each in gone]


def _drop_unnamed(folder: Path, stay: list[Backup]) -> None:
    named = {sha for each in stay for sha in each.blob_names()}
    for sha in blob_names(folder / "blobs"):
        if sha not in named:
            BlobStore(folder / "blobs").remove(sha)


def blob_names(root: Path) -> Iterator[str]:
    """Yield the names of all files of a store, in order; none when there is no store."""
    for shelf in sorted(root.glob("[0-9a-f][0-9a-f]")):
        yield from sorted(file.name for file in shelf.iterdir())


def made_at(told: Manifest) -> datetime:
    """Return when a backup was made."""
    return datetime.fromtimestamp(told.made_at / 1_000_000, UTC)


def flush(path: Path) -> None:
    """Have a file or folder on disk (fsync)."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_backup(folder: Path) -> bool:
    return _NAME.fullmatch(folder.name) is not None
