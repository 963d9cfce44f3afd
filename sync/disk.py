"""The only place that asks the disk to keep a file of the store of blobs.

A file that was written and not kept is lost by a power cut, and so is a name in a folder that was
not kept. The simulation puts a disk in with ``use`` that forgets, or is full. Neighbour: ``blobs``.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_keep: Callable[[int], None] = lambda descriptor: os.fsync(descriptor)  # noqa: E731


def keep(descriptor: int) -> None:
    """Return when what was written to this open file or folder survives a power cut; OSError."""
    _keep(descriptor)


def keep_names(folder: Path) -> None:
    """Return when the names in this folder survive a power cut; OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _keep(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def use(disk: Callable[[int], None]) -> Iterator[None]:
    """Let ``disk`` stand for ``os.fsync`` while the block runs."""
    global _keep
    before, _keep = _keep, disk
    try:
        yield
    finally:
        _keep = before
