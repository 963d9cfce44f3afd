"""A machine of the simulated world: a real application on a real database file, that can die.

The application is built once and its files are copied anew for each story. Neighbours: ``storage``
makes it fragile, ``world`` puts machines together.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from kiosk.app_services import Services
from kiosk.config import Config
from kiosk.crypto import Keyring
from kiosk.db import db, reading, writing
from kiosk.group_commit import GroupCommit
from kiosk.simulation.nature import Nature
from kiosk.simulation.storage import Disk, Fuse, connected
from sync import identity
from sync.blobs import BlobStore
from sync.jobs import Doorbell, Duties

T = TypeVar("T")
_KEEP_OPEN = ("", "-wal", "-shm", "-turn")


class Bell(Doorbell):
    """The doorbell without Redis: what has rung and is not answered yet, in order."""

    def __init__(self) -> None:
        """Nothing has rung."""
        self.rung: list[str] = []

    def ring(self, job: str, *, anew: bool = False, at_front: bool = False) -> bool:
        """See ``Doorbell.ring``; one ring of a job waits at a time."""
        if job not in self.rung:
            self.rung.append(job)
        return True

    def is_rung(self, job: str) -> bool:
        """See ``Doorbell.is_rung``."""
        return job in self.rung

    def answered(self, job: str) -> None:
        """See ``Doorbell.answered``; whoever takes the job has lifted its ring."""


@dataclass
class Machine:
    """A terminal or the hall; ``app`` is that of its web (hall) or of its worker (terminal)."""

    name: str
    app: Flask
    nature: Nature
    master: bytes
    #: The worker's duties, of a terminal alone.
    take_duties: Callable[["Machine"], Duties] | None = None
    skew: timedelta = timedelta()
    booted: float = 0.0
    fuse: Fuse = field(default_factory=Fuse)
    duties: Duties | None = None

    def __post_init__(self) -> None:
        """Let each connection be a fragile one."""
        self.disk = Disk(self.folder / "blobs", self.fuse)
        self._eye: sqlite3.Connection | None = None
        with self.app.app_context():
            self.engine = db.engine

        def open_fragile(_dialect: Any, _record: Any, arguments: Any, settings: Any) -> Any:
            return connected(arguments, settings, self.fuse)

        event.listen(self.engine, "do_connect", open_fragile)

    @property
    def config(self) -> Config:
        """Its settings."""
        return self.parts.config

    @property
    def folder(self) -> Path:
        """Where its files lie."""
        parts: Services = self.app.extensions["kiosk"]
        return parts.config.data_dir

    @property
    def parts(self) -> Services:
        """The parts of its application."""
        parts: Services = self.app.extensions["kiosk"]
        return parts

    @property
    def bell(self) -> Bell:
        """Its doorbell."""
        bell = self.parts.doorbell
        assert isinstance(bell, Bell)  # noqa: S101 — put there by ``start``
        return bell

    def keep(self, descriptor: int) -> None:
        """See ``nature.Placed``."""
        self.disk.keep(descriptor)

    # ---- life and death ----

    def start(self) -> None:
        """Build anew what a process holds in its memory; what is on disk is all that it knows."""
        self.fuse.arm(None)
        self.booted = self.nature.seconds
        parts = self.parts
        self.app.extensions["kiosk"] = replace(
            parts,
            keyring=Keyring(self.master),
            identity=identity.load_or_make(parts.config.data_dir / "keys"),
            blobs=BlobStore(parts.config.data_dir / "blobs"),
            doorbell=Bell(),
            group_commit=GroupCommit(),
        )
        self.duties = self.take_duties(self) if self.take_duties else None

    def die(self, *, power: bool = False) -> int:
        """End all programs at once, and the power with it; return how many files were lost."""
        self.close()
        lost = self.disk.forget() if power else 0
        self.start()
        return lost

    def close(self) -> None:
        """Let go of the database; what was not committed is gone."""
        self.engine.dispose()
        if self._eye is not None:
            self._eye.close()
            self._eye = None

    def copy_to(self, folder: Path) -> None:
        """Copy the whole disk, as a snapshot of it would be taken."""
        self.close()
        if folder.exists():
            shutil.rmtree(folder)
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("releases"))

    def become(self, folder: Path) -> None:
        """Put the copy of a disk in the place of this one, and start."""
        self.close()
        for each in self.folder.iterdir():
            if each.name != "releases":
                shutil.rmtree(each) if each.is_dir() else each.unlink()
        shutil.copytree(folder, self.folder, dirs_exist_ok=True)
        self.disk = Disk(self.folder / "blobs", self.fuse)
        self.disk.remember_all()
        self.start()

    # ---- use ----

    def within(self, verb: Callable[..., T], *arguments: Any, **more: Any) -> T:
        """Call a verb of the product as a request of this machine would."""
        with self.nature.at(self), self.app.app_context():
            return verb(*arguments, **more)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session of this machine, for reading."""
        with self.nature.at(self), self.app.app_context(), reading() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session of this machine that is committed at the end."""
        with self.nature.at(self), self.app.app_context(), writing() as session:
            yield session

    def rows(self, query: str, *parameters: Any) -> Sequence[Any]:
        """Look at what is committed, past the product."""
        if self._eye is None:
            file = self.config.database.removeprefix("sqlite:///")
            self._eye = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        return self._eye.execute(query, parameters).fetchall()
