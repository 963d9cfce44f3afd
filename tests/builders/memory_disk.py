"""pytest's temporary folders in memory where the system has them: SQLite waits for its disk.

What is tested is the same: files, modes, locks and `fsync` are those of any file system, and no test
pulls a plug. Without `/dev/shm`, or where it is small as in a container, everything lies where it
always did, and so does what is made by `tempfile`: PostgreSQL, and the platform of the exchange,
whose sockets want short names. Neighbour: `tests/conftest.py`.
"""

import os
import shutil
from pathlib import Path

MEMORY = Path("/dev/shm")
#: What a whole run needs at most, with room for another at the same time (bytes).
ENOUGH = 6 * 1024**3


def use() -> None:
    """Let pytest make its folders in memory; who has said where, by its own variable, is heard."""
    if "PYTEST_DEBUG_TEMPROOT" not in os.environ and is_roomy(MEMORY):
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(MEMORY)


def is_roomy(folder: Path) -> bool:
    """Tell whether a whole run finds room there."""
    return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free >= ENOUGH
