"""What something hostile may cost: memory of the web process and of the picture child.

Neighbours: `test_codes`, `test_uploads`.
"""

from pathlib import Path

from kiosk.materials import isolation

#: Kilobytes that one of them may add to the web process, which has it in memory, and that the
#: child may ever have had.
WEB_GROWTH = 60_000
CHILD_PEAK = 256_000


def kilobytes(pid: int | str, name: str) -> int:
    """Return a line of /proc/PID/status in kilobytes."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])


def own() -> int:
    """Return the kilobytes of this process that are in memory now."""
    return kilobytes("self", "VmRSS")


def of_the_child_at_most() -> int:
    """Return the kilobytes that the picture child has ever had in memory; 0 when it has ended."""
    child = isolation.shared().pid
    return kilobytes(child, "VmHWM") if child is not None else 0
