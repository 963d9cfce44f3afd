"""What is printed: a figure and the conditions it was measured under.

Knows nothing of the product. `Watch` tells how busy the machine was meanwhile, because a figure
from a machine that did something else is no figure of the product.
"""

import math
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of output; `n` is how many cases, pages or processes the value stands on."""

    name: str
    value: float
    unit: str
    n: int
    conditions: str


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` of `values` do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


@dataclass(slots=True)
class Watch:
    """Started before and read after a measurement: seconds passed, cores busy, load average."""

    begun: float
    busy: float

    @classmethod
    def start(cls) -> "Watch":
        """Begin to watch."""
        return cls(time.perf_counter(), _busy_seconds())

    def seconds(self) -> float:
        """Return the seconds since the start."""
        return time.perf_counter() - self.begun

    def others(self, own_cpu: float) -> str:
        """Return in words how much of the machine was used by what does not belong to us.

        `own_cpu` are the CPU seconds that did belong to us.
        """
        others = max(0.0, _busy_seconds() - self.busy - own_cpu) / self.seconds()
        return (
            f"{os.cpu_count()} cores of which others used {others:.2f}, "
            f"load {os.getloadavg()[0]:.1f}"
        )


def _busy_seconds() -> float:
    """Return the CPU seconds that all processes of the machine have used, stolen time included."""
    fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:]
    user, nice, system, _idle, _wait, interrupt, soft, steal = map(int, fields[:8])
    return (user + nice + system + interrupt + soft + steal) / TICKS
