"""Temporary folders in memory where the system has them: every commit of SQLite waits for its disk.

What is tested is the same: files, modes, locks and `fsync` are those of any file system, and no test
pulls a plug. Without `/dev/shm`, or where it is small as in a container, everything lies where it
always did. Neighbour: `tests/conftest.py`.
"""

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
#: What a whole run needs at most, with room for another at the same time (bytes).
ENOUGH = 6 * 1024**3


def use() -> None:
    """Let pytest, `tempfile` and the programs that tests start make their folders in memory.

    Whoever has said where they are to lie, by TMPDIR or pytest's own variable, is heard.
    """
    if {"TMPDIR", "PYTEST_DEBUG_TEMPROOT"} & os.environ.keys() or not is_roomy(MEMORY):
        return
    os.environ["TMPDIR"] = os.environ["PYTEST_DEBUG_TEMPROOT"] = str(MEMORY)
    tempfile.tempdir = None  # Asked for anew.


def is_roomy(folder: Path) -> bool:
    """Tell whether a whole run finds room there."""
    return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free >= ENOUGH
