"""What is printed: a figure and the conditions it was measured under.

Knows nothing of the product. `Watch` tells how busy the machine was meanwhile, because a figure
from a machine that did something else is no figure of the product.
"""

import json
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
    yard: float

    @classmethod
    def start(cls) -> "Watch":
        """Begin to watch."""
        yard = yardstick()
        return cls(time.perf_counter(), _busy_seconds(), yard)

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
            f"load {os.getloadavg()[0]:.1f}, yardstick {self.yard:.0f} ms before "
            f"and {yardstick():.0f} ms after"
        )


def yardstick() -> float:
    """Return the milliseconds that a fixed piece of Python takes now, the best of five.

    A virtual machine shares its host with strangers whom no counter of its own shows: the same
    work was seen to take from 1 to 1.8 times as long within an hour. Figures compare when their
    yardsticks do.
    """
    document = {f"field_{number}": ["张三", number, {"code": "a"}] for number in range(200)}
    best = math.inf
    for _ in range(5):
        begun = time.perf_counter()
        for _ in range(200):
            text = json.dumps(document)
            sum(len(key) for key in json.loads(text) if key.endswith("7"))
        best = min(best, time.perf_counter() - begun)
    return best * 1000


def _busy_seconds() -> float:
    """Return the CPU seconds that all processes of the machine have used, stolen time included."""
    fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:]
    user, nice, system, _idle, _wait, interrupt, soft, steal = map(int, fields[:8])
    return (user + nice + system + interrupt + soft + steal) / TICKS
