"""Named places where a test lets this process end itself by SIGKILL, as a power cut would.

Nothing happens unless the environment names a place (``KIOSK_FAULT_POINT``). A place is armed
once: whoever gets there first takes the mark away before it dies, so that what is started again
lives. It knows nothing of what is done there. Neighbour: ``tests/exchange/points.py`` reaches all.
"""

import os
import signal
from contextlib import suppress
from pathlib import Path

VARIABLE = "KIOSK_FAULT_POINT"
#: Read once: the places lie on hot paths. A name, or the folder in which armed names lie as files.
_ARMED = os.environ.get(VARIABLE, "")


def is_armed() -> bool:
    """Tell whether the environment names a place; ``kiosk.core`` says so at each start."""
    return bool(_ARMED)


def reach(name: str) -> None:
    """Die here when ``name`` is armed; return at once when it is not, as it always is in use.

    With a folder in the variable, the file ``name`` in it arms the place for one death. With a
    name in it, every process that gets there dies.
    """
    if not _ARMED:
        return
    if _ARMED.startswith("/"):
        with suppress(FileNotFoundError):
            Path(_ARMED, name).unlink()
            os.kill(os.getpid(), signal.SIGKILL)
    elif name == _ARMED:
        os.kill(os.getpid(), signal.SIGKILL)
