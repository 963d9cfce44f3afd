"""Whose turn it is: while a backup is made nothing is wiped, and no second one begins."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = "backup.lock"


@contextmanager
def taken(data_dir: Path) -> Iterator[bool]:
    """Yield whether the turn was free; it is held to the end of the block."""
    with (data_dir / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
