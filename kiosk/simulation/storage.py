"""Disks and connections that fail on demand: killed at any moment, full, locked, forgetful.

Works below SQLAlchemy, where the real ones fail, so that all above is the product's. A *moment* is
a statement, a commit (before and after), a file that is kept, a request at the line. Neighbour:
``machines``.
"""

import errno
import os
import shutil
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Trouble = Literal["kill", "full", "locked"]


class Killed(BaseException):
    """The machine's programs have ended here, as by SIGKILL; nothing of the product catches it."""


@dataclass
class Fuse:
    """What is to befall a machine, and after how many moments; ``full`` and ``locked`` stay."""

    trouble: Trouble | None = None
    moments: int = 0
    dead: bool = False

    def arm(self, trouble: Trouble | None, moments: int = 0) -> None:
        """Let it happen after so many moments; None puts all right again."""
        self.trouble, self.moments, self.dead = trouble, moments, False

    def reach(self, *, writes: bool = False, begins: bool = False) -> None:
        """Pass one moment: raises Killed, or the error of SQLite that fits."""
        if self.dead:
            raise Killed
        if self.trouble is None:
            return
        self.moments -= 1
        if self.moments > 0:
            return
        if self.trouble == "kill":
            self.dead = True
            raise Killed
        if self.trouble == "full" and writes:
            raise sqlite3.OperationalError("database or disk is full")
        if self.trouble == "locked" and begins:
            raise sqlite3.OperationalError("database is locked")


_WRITES = ("INSERT", "UPDATE", "DELETE")


class FragileCursor(sqlite3.Cursor):
    """Passes a moment with each statement."""

    connection: "FragileConnection"

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:  # type: ignore[override]
        """See sqlite3."""
        self._pass(sql)
        return super().execute(sql, *parameters)

    def executemany(self, sql: str, parameters: Any) -> sqlite3.Cursor:  # type: ignore[override]
        """See sqlite3."""
        self._pass(sql)
        return super().executemany(sql, parameters)

    def _pass(self, sql: str) -> None:
        fuse = self.connection.fuse
        if fuse.trouble is not None or fuse.dead:
            fuse.reach(writes=sql.startswith(_WRITES), begins=sql == "BEGIN IMMEDIATE")


class FragileConnection(sqlite3.Connection):
    """Passes a moment before and after each commit."""

    fuse: Fuse

    def cursor(self, factory: Any = FragileCursor) -> Any:
        """See sqlite3."""
        return super().cursor(factory)

    def commit(self) -> None:
        """See sqlite3; a disk that is full shows here at the latest."""
        try:
            self.fuse.reach(writes=self.in_transaction)
        except sqlite3.OperationalError:
            super().rollback()
            raise
        super().commit()
        self.fuse.reach()


def connected(arguments: Any, settings: Any, fuse: Fuse) -> FragileConnection:
    """Open a connection that passes its moments at ``fuse``."""
    connection = sqlite3.connect(*arguments, **settings, factory=FragileConnection)
    connection.fuse = fuse
    return connection


@dataclass
class Disk:
    """What of a folder's files would survive a power cut."""

    folder: Path
    fuse: Fuse
    _sizes: dict[int, int] = field(default_factory=dict)
    _names: dict[int, frozenset[str]] = field(default_factory=dict)

    def keep(self, descriptor: int) -> None:
        """Do as ``os.fsync`` does; OSError when the disk is full."""
        try:
            self.fuse.reach(writes=True)
        except sqlite3.OperationalError as error:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        found = os.fstat(descriptor)
        if os.path.isdir(f"/dev/fd/{descriptor}"):
            self._names[found.st_ino] = frozenset(os.listdir(descriptor))
        else:
            self._sizes[found.st_ino] = found.st_size

    def forget(self) -> int:
        """Lose what was not kept, as a power cut may; return how many files are gone or cut."""
        return self._forget_below(self.folder) if self.folder.exists() else 0

    def remember_all(self) -> None:
        """Take everything that is here for kept: the copy of a whole disk."""
        if not self.folder.exists():
            return
        # The folder itself too: without its names all that lies in it would be forgotten.
        for file in (self.folder, *self.folder.rglob("*")):
            found = file.stat()
            if file.is_dir():
                self._names[found.st_ino] = frozenset(os.listdir(file))
            else:
                self._sizes[found.st_ino] = found.st_size

    def _forget_below(self, folder: Path) -> int:
        kept = self._names.get(folder.stat().st_ino, frozenset())
        lost = 0
        for each in sorted(folder.iterdir()):
            if each.name not in kept:
                lost += 1
                shutil.rmtree(each) if each.is_dir() else each.unlink()
            elif each.is_dir():
                lost += self._forget_below(each)
            elif each.stat().st_size > (size := self._sizes.get(each.stat().st_ino, 0)):
                lost += 1
                os.truncate(each, size)
        return lost
